"""The file that a report is: members of text, without secrets, none of them long."""

from __future__ import annotations

import io
import json
import os
import tarfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gbterm.cli.bug_report.secrets import Secrets
from gbterm.errors import UsageError
from gbterm.text import scrub

MEMBER_MAX = 512 << 10
"""Bytes; of what is longer, the end is kept, where the trouble is."""
CONTENTS = "README.txt"


class Archive:
    """Members as they are found; `write` makes a file of them."""

    def __init__(self, secrets: Secrets, about: str) -> None:
        """`about` says of what it is, in a few words."""
        self._secrets, self._about = secrets, scrub(secrets.hide(about), 500)
        self._members: dict[str, tuple[str, bytes]] = {}
        self._missing: list[str] = []

    def put_lines(self, name: str, what: str, lines: Iterable[str]) -> None:
        """A member of lines; `what` says in a few words what it is."""
        told = (scrub(self._secrets.hide(line)) for line in lines)
        self._put(name, what, "".join(f"{line}\n" for line in told))

    def put_json(self, name: str, what: str, value: Any) -> None:
        """A member of JSON."""
        told = self._secrets.hide_in(value)
        self._put(name, what, json.dumps(told, indent=1, default=str) + "\n")

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return name in self._members

    def lacks(self, what: str, why: object) -> None:
        """Say in it that `what` is missing, and `why`."""
        line = scrub(self._secrets.hide(f"{what}: {why}"), 500)
        if line not in self._missing:
            self._missing.append(line)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not in it, and why, a line each."""
        return tuple(self._missing)

    def contents(self) -> list[str]:
        """What is in it, a line each."""
        wide = max((len(name) for name in self._members), default=0)
        return [f"{name:<{wide}}  {what}" for name, (what, _) in sorted(self._members.items())]

    def write(self, path: Path) -> None:
        """Make the file, which must not be there yet. Raises `UsageError`."""
        packed = self.packed(path.name.removesuffix(".gz").removesuffix(".tar"))
        try:
            # Only its owner's until he gives it away.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError as error:
            raise UsageError(f"{path} is there already: name another file.") from error
        except OSError as error:
            raise UsageError(
                f"{path} can't be written ({error.strerror}): name a file in a folder of yours."
            ) from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(packed)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise UsageError(
                    f"{path} can't be written ({error.strerror}): name a file on another disk."
                ) from error
            raise

    def packed(self, folder: str) -> bytes:
        """All of it, to be unpacked into `folder`."""
        now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        head = [f"{self._about}, {now}. Keys and passwords are taken out.", "", *self.contents()]
        if self._missing:
            head += ["", "Missing:", *(f"- {line}" for line in self._missing)]
        self._put(CONTENTS, "this list", "".join(f"{line}\n" for line in head))
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name, (_, data) in sorted(self._members.items()):
                member = tarfile.TarInfo(f"{folder}/{name}")
                member.size, member.mtime, member.mode = len(data), int(time.time()), 0o600
                tar.addfile(member, io.BytesIO(data))
        return packed.getvalue()

    def _put(self, name: str, what: str, text: str) -> None:
        data = text.encode("utf-8", "replace")
        if len(data) > MEMBER_MAX:
            self.lacks(name, f"its first {len(data) - MEMBER_MAX} bytes are left out")
            data = data[-MEMBER_MAX:]
        self._members[name] = (what, data)
