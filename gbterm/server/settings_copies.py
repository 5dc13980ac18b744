"""Saved copies of a board's settings: files of G-code that any host could send."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from gbterm import board_settings, whole_file, wire
from gbterm.backends.opengb import records
from gbterm.backends.opengb.peer import Peer
from gbterm.board_settings import BoardSettings, Difference, SettingsCopy
from gbterm.errors import NeedsConfirmation, UsageError, WrongState
from gbterm.firmware_settings import MOST_CHARS, MOST_LINES, read
from gbterm.params import REQUIRED, Param, boolean, strings, words
from gbterm.server.client import Client
from gbterm.server.table import CHECK_S, Method, Table
from gbterm.text import scrub

MOST_COPIES = 100
MOST_BYTES = MOST_LINES * MOST_CHARS
LISTED = 8
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,59}", re.ASCII)
_SUFFIX = ".gcode"


class Copies:
    """The copies in `folder`, which is made with the first of them. Its methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[SettingsCopy]:
        """The newest first."""
        with suppress(OSError):
            found = [self._copy(path) for path in self._folder.glob(f"*{_SUFFIX}")]
            return sorted(filter(None, found), key=lambda copy: copy.saved_at, reverse=True)
        return []

    def _copy(self, path: Path) -> SettingsCopy | None:
        if not _NAME.fullmatch(path.stem):
            return None
        with suppress(OSError):
            count = len(read(_lines(path)).settings)
            return SettingsCopy(path.stem, path.stat().st_mtime, count)
        return None

    def lines(self, name: str) -> tuple[str, ...]:
        """What a copy holds. Raises `UsageError` where there is none of that name."""
        with suppress(OSError):
            return _lines(self.path(name))
        known = ", ".join(copy.name for copy in self.all()[:LISTED]) or "none"
        raise UsageError(f"There is no copy {scrub(name, 60)!r}; there are: {known}.")

    def save(self, name: str, settings: BoardSettings, *, confirmed: bool) -> SettingsCopy:
        """Write a copy. Raises `UsageError`, `NeedsConfirmation`, `WrongState`."""
        path = self.path(name)
        if path.exists() and not confirmed:
            raise NeedsConfirmation(f"There is a copy {name} already: replace it?")
        if not path.exists() and len(self.all()) >= MOST_COPIES:
            raise WrongState(f"There are {MOST_COPIES} copies already: delete one first.")
        try:
            whole_file.write(path, "".join(f"{line}\n" for line in _written(settings)), mode=0o600)
        except OSError as error:
            raise WrongState(f"The copy {name} can't be written: {error.strerror}.") from error
        return SettingsCopy(name, path.stat().st_mtime, len(settings.settings))

    def delete(self, name: str) -> None:
        """Delete a copy. Raises `UsageError` where there is none."""
        self.lines(name)
        self.path(name).unlink(missing_ok=True)

    def path(self, name: str) -> Path:
        """Where a copy of that name lies. Raises `UsageError` for what is no name."""
        if not _NAME.fullmatch(name) or name != name.strip():
            raise UsageError(
                f"{scrub(name, 60)!r} is no name for a copy: 60 letters, digits, spaces, . _ or -"
                " at most, not with a . or - first."
            )
        return self._folder / f"{name}{_SUFFIX}"


def _lines(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8", errors="replace") as file:
        return tuple(file.read(MOST_BYTES).splitlines())


def _written(settings: BoardSettings) -> list[str]:
    """The commands below their headings, as M503 lists them."""
    headings = {setting.name: setting.heading for setting in settings.settings}
    lines, heading = [], ""
    for entry in read(settings.commands).entries:
        found = next((headings.get(setting.key, "") for setting in entry.settings), "")
        if found != heading:
            lines.append(f"; {found}:")
            heading = found
        lines.append(entry.command())
    return lines


class CopyMethods:
    """Saves what the printer goes by, and gives it back what was saved."""

    def __init__(self, printer: Peer, copies: Copies) -> None:
        self._printer, self._copies = printer, copies
        name, confirmed = Param("name", words, REQUIRED), Param("confirmed", boolean, False)
        self.table: Table = {
            "get_settings_copies": Method((), self._all),
            "save_settings_copy": Method((name, confirmed), self._save, timeout_s=CHECK_S),
            "compare_settings_copy": Method((name,), self._compare, timeout_s=CHECK_S),
            "restore_settings_copy": Method(
                (name, Param("only", strings), confirmed), self._restore, timeout_s=CHECK_S
            ),
            "delete_settings_copy": Method((name,), self._delete),
        }
        """By their names."""

    async def _all(self, _: Client, __: dict[str, Any]) -> Any:
        return {"copies": wire.to_json(await asyncio.to_thread(self._copies.all))}

    async def _save(self, _: Client, params: dict[str, Any]) -> Any:
        name, confirmed = params["name"], params["confirmed"]
        self._copies.path(name)
        settings = await self._active()
        save = self._copies.save
        return wire.to_json(await asyncio.to_thread(save, name, settings, confirmed=confirmed))

    async def _compare(self, _: Client, params: dict[str, Any]) -> Any:
        return {"differences": wire.to_json(await self._differences(params["name"]))}

    async def _restore(self, _: Client, params: dict[str, Any]) -> Any:
        name, only = params["name"], params["only"]
        found = await self._differences(name)
        changes = board_settings.changes(found)
        if only is not None:
            wanted = {" ".join(one.upper().split()) for one in only}
            changes = {setting: changes[setting] for setting in changes if setting in wanted}
        if changes and not params["confirmed"]:
            raise NeedsConfirmation(_question(name, [d for d in found if d.name in changes]))
        given = {"changes": changes, "confirmed": True}
        return await self._printer.call("set_board_settings", given, CHECK_S)

    async def _delete(self, _: Client, params: dict[str, Any]) -> bool:
        await asyncio.to_thread(self._copies.delete, params["name"])
        return True

    async def _active(self) -> BoardSettings:
        return records.board_settings(await self._printer.call("get_board_settings", {}, CHECK_S))

    async def _differences(self, name: str) -> tuple[Difference, ...]:
        lines = await asyncio.to_thread(self._copies.lines, name)
        return board_settings.differences(await self._active(), lines)


def _question(name: str, found: list[Difference]) -> str:
    told = ", ".join(f"{d.name} {d.copied} (now {d.value})" for d in found[:LISTED])
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return f"Go by the copy {name} again: {told}{more}? Nothing is stored by that."
