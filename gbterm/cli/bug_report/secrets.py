"""What nobody may read in a report: the keys that are known here, and what looks like a secret."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from gbterm import credentials, environment, octocmd, paths, trace
from gbterm.config import Config
from gbterm.console_lines import without_passwords
from gbterm.credentials import HIDDEN

KEY_MAX = 4096
"""Bytes; no file of a key is as long."""
SHORTEST = 4
"""Characters; what is shorter is no key, and would make holes in every word."""
_SURE = re.compile(r"gbterm_[A-Za-z0-9_-]{16,}")
"""A key for clients of gbterm."""
_USERINFO = re.compile(r"(?<=://)[^\s/@\"']+@")
_NAMED = re.compile(
    r"((?:api[_-]?key|authorization|cookie|passw(?:or)?d|secret|session|token|x-api-key)"
    r"[\"']?\s*[:=]\s*[\"']?)(?:(?:basic|bearer)\s+)?[^\s\"',;&]+",
    re.IGNORECASE,
)
"""As headers, queries and settings have them."""


class Secrets:
    """Takes them out of texts."""

    def __init__(self, keys: Iterable[str]) -> None:
        """`keys` are those that are known."""
        forms = {form for key in keys for form in _forms(key) if len(form) >= SHORTEST}
        # Else a part of one that is another's form would leave the rest.
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def hide(self, line: str) -> str:
        """A line without them."""
        line = _SURE.sub(HIDDEN, self._known.sub(HIDDEN, line))
        line = _NAMED.sub(rf"\1{HIDDEN}", _USERINFO.sub(f"{HIDDEN}@", line))
        return without_passwords(line)

    def hide_in(self, value: Any) -> Any:
        """A JSON value without them, nor what its own names call secret."""
        return self._in(trace.public(value))

    def _in(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, list):
            return [self._in(item) for item in value]
        if isinstance(value, dict):
            return {self.hide(name): self._in(item) for name, item in value.items()}
        return value


def known(configured: Config, *more: str) -> Iterator[str]:
    """Every key that this user's gbterm could show to a server, and `more`. Raises nothing."""
    yield from more
    yield environment.value("key")
    files = {printer.key_file for printer in configured.printers.values()}
    files |= {environment.value("key_file"), configured.mqtt.password_file}
    files -= {""}
    folder = credentials.file_of("any").parent
    with suppress(OSError):
        files |= {str(path) for path in folder.iterdir()}
    for file in files:
        with suppress(OSError, RuntimeError):
            yield from _start_of(Path(file).expanduser()).split()
    for path in octocmd.files():
        with suppress(OSError, ValueError, AttributeError, RecursionError):
            yield str(json.loads(_start_of(path)).get(octocmd.KEY, "")).strip()
    with suppress(OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        for key in json.loads(paths.keys_file().read_text())["keys"]:
            yield str(key.get("sha256", ""))


def _start_of(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(KEY_MAX).decode("utf-8", "replace").strip()


def _forms(key: str) -> Iterator[str]:
    """How a key may stand in a text."""
    data = key.encode()
    yield from (key, json.dumps(key)[1:-1], quote(key, safe=""), quote_plus(key))
    yield from (data.hex(), data.hex().upper())
    for behind in range(3):
        whole = base64.b64encode(bytes(behind) + data).decode().rstrip("=")
        # The first and the last of its digits hold bits of what stands beside it.
        inner = whole[(0, 2, 3)[behind] : len(whole) - ((behind + len(data)) % 3 > 0)]
        if inner:
            yield from (inner, inner.replace("+", "-").replace("/", "_"))
