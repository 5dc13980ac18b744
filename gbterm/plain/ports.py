"""Commands on the port of the printer: opened, closed, chosen."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.connection import ConnectionChoice
from gbterm.plain.command import Command, Desk, WrongWords, count, nothing

_MEMBERS = ("port", "baud", "profile")


async def _connect(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.connect_printer()
    return ["Connecting."]


async def _disconnect(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.disconnect_printer(confirmed=desk.confirmed)
    return ["The printer's port is closed, its heaters are off."]


async def _choose(desk: Desk, text: str) -> Sequence[str]:
    """Without words what there is; `choose_port port=/dev/ttyUSB0 baud=115200` connects."""
    if not text:
        return await _options(desk)
    given = dict(_member(word) for word in text.split())
    baud = count(given["baud"], "baud rate") if given.get("baud") else None
    choice = ConnectionChoice(given.get("port") or None, baud, given.get("profile") or None)
    await desk.backend.connect_printer_by(choice)
    return ["Connecting."]


def _member(word: str) -> tuple[str, str]:
    key, sign, value = word.partition("=")
    if not sign or key not in _MEMBERS:
        raise WrongWords(f"“{word}” is no port=NAME, baud=RATE or profile=ID.")
    return key, value


async def _options(desk: Desk) -> list[str]:
    told = await desk.backend.connection_options()
    now = told.present
    return [
        f"Ports: {', '.join(told.ports)}",
        f"Baud rates: {', '.join(map(str, told.baud_rates))}; 0 is found out",
        f"Profiles: {', '.join(f'{key} ({name})' for key, name in (told.profiles or {}).items())}",
        f"Now port={now.port or ''} baud={now.baud or 0} profile={now.profile or ''}",
    ]


COMMANDS = (
    Command("connect_printer", _connect, "open the printer's port"),
    Command("disconnect_printer", _disconnect, "turn the heaters off and close the printer's port"),
    Command(
        "choose_port",
        _choose,
        "tell by what the printer can be connected, or connect it so",
        "[port=NAME] [baud=RATE] [profile=ID]",
    ),
)
