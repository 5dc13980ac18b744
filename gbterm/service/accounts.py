"""Whom a part of the service runs as."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gbterm.errors import UsageError
from gbterm.paths import SERVICE_STATE
from gbterm.service.units import USER


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the system."""

    name: str
    uid: int
    group: int
    home: str

    @property
    def environment(self) -> tuple[str, ...]:
        """What has gbterm find the service's files, where it is the service's user."""
        kinds = ("CONFIG", "DATA", "STATE") if self.name == USER else ()
        return tuple(f"XDG_{kind}_HOME={SERVICE_STATE.parent}" for kind in kinds)

    @property
    def config(self) -> str:
        """The configuration file of its own."""
        folder = SERVICE_STATE if self.name == USER else Path(self.home, ".config/gbterm")
        return str(folder / "config.toml")

    def may_run(self, path: Path) -> bool:
        """Whether it reaches the file `path` and what that leads to, by the folders above both."""
        return all(map(self._may_pass, {*path.absolute().parents, *path.resolve().parents}))

    def _may_pass(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        bit = stat.S_IXGRP if found.st_gid == self.group else stat.S_IXOTH
        return bool(found.st_mode & bit)


def account(root: Path, name: str, programs: Iterable[Path]) -> Account:
    """The user of that name below `root`, who runs `programs`.

    Raises `UsageError` where it must not, or can't, be that one.
    """
    if name == "root":
        raise UsageError(
            "The console is open to whoever is at the terminal, so not as root: name another"
            " --user, or none."
        )
    found = _found(root, name)
    if found is None:
        raise UsageError(
            f"There is no user {name!r} here: gbterm service install makes the user {USER}, or name"
            " yours with --user."
        )
    for program in programs:
        if not found.may_run(program):
            raise UsageError(
                f"The user {name} may not read {program}: install gbterm where everybody may, as"
                " its Debian package does, or name its owner with --user."
            )
    return found


def _found(root: Path, name: str) -> Account | None:
    path = root / "etc/passwd"
    for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
        fields = line.split(":")
        if fields[0] == name and len(fields) == 7:
            return Account(name, int(fields[2]), int(fields[3]), fields[5])
    return None
