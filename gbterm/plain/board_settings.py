"""The settings that the board keeps: told, changed, stored, loaded."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.board_settings import BoardSettings
from gbterm.plain.command import Command, Desk, WrongWords


async def _board_settings(desk: Desk, text: str) -> Sequence[str]:
    backend, confirmed = desk.backend, desk.confirmed
    match text.split():
        case []:
            return _told(await backend.board_settings())
        case ["store"]:
            await backend.store_board_settings(confirmed=confirmed)
            return ["The board's settings are stored."]
        case ["load"]:
            await backend.load_board_settings(confirmed=confirmed)
            return ["The board goes by what it had stored."]
        case ["reset"]:
            await backend.reset_board_settings(confirmed=confirmed)
            return ["The board goes by its firmware's defaults; nothing is stored by that."]
        case [*name, value] if len(name) > 1:
            key = " ".join(name).upper()
            await backend.set_board_settings({key: value}, confirmed=confirmed)
            return [f"{key} is {value} now, and not stored: board_settings store does that."]
    raise WrongWords("Say a setting and its new value, as M92 E 93.1, or store, load or reset.")


def _told(settings: BoardSettings) -> Sequence[str]:
    told = []
    for setting in settings.settings:
        stored = f", stored {setting.stored}" if setting.differs else ""
        told.append(f"{setting.name} {setting.value}{stored}")
    return [*told, *([settings.why] if settings.why else [])]


COMMANDS = (
    Command(
        "board_settings",
        _board_settings,
        "tell, change or store what the board keeps, as steps and speeds",
        "[SETTING VALUE|store|load|reset]",
    ),
)
