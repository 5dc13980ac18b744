"""A print that is lost and goes on, on a board that shows what it did."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.independent_gcode import Canonical, canonical
from tests.server.live import Live
from tests.server.running import Caller

START = ["M140 S50", "M104 S190", "M190 S50", "M109 S190", "G28", "G90", "M82", "M204 P900"]
START += ["M106 S128", "G92 E0"]
LAYERS = 6


def gcode(layers: int = LAYERS, start: list[str] = START) -> str:
    """Squares of 100 mm above each other; on the board of these tests each takes a while."""
    lines, e = [*start], 0.0
    for layer in range(layers):
        lines += [f";LAYER:{layer}", f"G1 Z{layer + 1} F600", "G1 X10 Y10 F3000"]
        for x, y in ((110, 10), (110, 110), (10, 110), (10, 10)) * 5:
            e += 1.5
            lines.append(f"G1 X{x} Y{y} E{e:g} F900")
    return "\n".join([*lines, "M104 S0", "M140 S0", "M107", ""])


TEXT = gcode()
LINES = TEXT.split("\n")
FIRST = len(START) + 1
"""The line that the first layer begins with."""


async def begin(live: Live, client: Caller, line: int = FIRST + 30, text: str = TEXT) -> None:
    await live.print(client, text, "squares.gcode")
    await live.pass_line(client, line)


async def lost(live: Live, client: Caller, line: int = FIRST + 30, text: str = TEXT) -> None:
    """The board is reset in the middle of a print, and its user has looked after that."""
    await begin(live, client, line, text)
    live.house.fault("reset")
    await live.reach(client, "ERROR")
    await live.rest(client)


async def stay_cold(live: Live, client: Caller) -> None:
    """The bed is cold and warms no more, so that a way back waits for it."""
    live.house.fault("unprotected")
    live.house.fault("heater-disconnected bed")
    while (await client.result("get_snapshot"))["state"]["bed"]["current"] > 45:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def job(client: Caller) -> dict[str, Any]:
    told: dict[str, Any] = (await client.result("get_job"))["job"]
    return told


async def phase(client: Caller) -> str:
    return str((await client.result("get_snapshot"))["state"]["phase"])


async def waiting(client: Caller) -> str:
    """The print that every client knows to be waiting."""
    return str((await client.result("get_snapshot"))["state"]["lost_print"])


async def finished(live: Live, client: Caller) -> None:
    await live.reach(client, "READY")
    assert (await job(client))["outcome"] == "finished"


def is_over(lines: list[str]) -> bool:
    """Whether the board has made what came after the file's last command; the log lags."""
    return "M104 S0" in lines and lines[-1] == "M400"


def stands_before(line: int) -> list[float]:
    """Z, X, Y and E after all lines before `line`."""
    at = dict.fromkeys("ZXYE", 0.0)
    for text in LINES[: line - 1]:
        if text.startswith("G1"):
            at |= {word[0]: float(word[1:]) for word in text.split()[1:]}
    return [at[axis] for axis in "ZXYE"]


def feed_before(line: int) -> str:
    """As `G1 F900`; a layer begins with a move and a travel, each at a rate of its own."""
    words = [word for text in LINES[: line - 1] for word in text.split()]
    return f"G1 {[word for word in words if word.startswith('F')][-1]}"


def printed(said: list[str]) -> list[Canonical]:
    return [canonical(line) for line in said]


def commands_from(line: int) -> list[Canonical]:
    found = [canonical(text) for text in LINES[line - 1 :]]
    return [command for command in found if command.code]


async def resumed_whole(live: Live, client: Caller, before: int, line: int) -> list[str]:
    """The print goes on to its end, and the board has got every command from `line` on once."""
    await finished(live, client)
    said = (await live.sent(before, is_over))[:-1]
    wanted = commands_from(line)
    assert printed(said[-len(wanted) :]) == wanted
    way = said[: -len(wanted)]
    assert [text for text in way if text.startswith("G28")][-1] == "G28 X Y"
    assert way[-1].startswith("G1 F")
    return way
