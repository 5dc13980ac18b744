"""A server that wants to hang, flood or script the terminal, over real sockets."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.backends.hostile import EVIL, Harm, Speaker, hostile, memory_mib, nothing
from tests.console.terminal import KEYS, Terminal

AGAIN_S = 2.0
MOST_MIB = 500
"""A message of 64 MiB is held more than once while it is read."""


async def phases(speaker: Speaker) -> None:
    """Alternate between an error and its end, each with another reason, as quickly as can be."""
    for number in range(100):
        phase = "ERROR" if number % 2 else "READY"
        await speaker.event("phase_changed", {"phase": phase, "reason": f"{number} {EVIL}"})


async def questions(speaker: Speaker) -> None:
    """Ask and take back."""
    await speaker.event("prompt_shown", {"prompt": {"text": EVIL, "choices": [EVIL] * 50}})
    await speaker.event("prompt_closed", {})


async def lines(speaker: Speaker) -> None:
    """Say what went over a cable, with no end."""
    line = {"at": -1e300, "direction": EVIL, "text": EVIL}
    await speaker.event("console_lines", {"lines": [line] * 1000, "skipped": -1})


async def readings(speaker: Speaker) -> None:
    """Tell of more heaters, fans and nozzles with each event."""
    index = 1000 * speaker.seq
    heater = {"current": 20.0, "target": 0.0}
    named = {str(number): heater for number in range(index, index + 1000)}
    await speaker.event("temperatures_reported", {"nozzles": named | {"-1": heater}})
    await speaker.event("fan_changed", {"fan": index, "percent": 1e15})
    await speaker.event("nozzle_selected", {"index": -index})
    await speaker.event("flow_changed", {"percent": 100, "nozzle": index})
    await speaker.event("message_reported", {"message": {"text": EVIL, "at": index}})


async def endless(speaker: Speaker) -> None:
    """A message in pieces that never ends."""
    piece = b"a" * 65535
    await speaker.raw(b"\x01\x7e\xff\xff" + piece)
    while True:
        await speaker.raw(b"\x00\x7e\xff\xff" + piece)


async def gigabyte(speaker: Speaker) -> None:
    """A message that is said to be of a gibibyte."""
    await speaker.raw(b"\x81\x7f" + (1 << 30).to_bytes(8, "big") + b"[" * 65536)
    await asyncio.Event().wait()


async def nested(speaker: Speaker) -> None:
    """Lists in lists in lists."""
    await speaker.connection.send("[" * 500_000)
    await speaker.connection.send('{"event":' + "[" * 5000)
    await speaker.connection.send('{"id":1,"result":' + '{"a":' * 900 + "1" + "}" * 901)


async def many(speaker: Speaker) -> None:
    """Millions of empty lists, which take forty times the room once they are read."""
    await speaker.connection.send('{"event":"x","params":[' + "[]," * 5_000_000 + "[]]}")


async def long_texts(speaker: Speaker) -> None:
    """Texts of mebibytes, which are to be scrubbed."""
    text = "\u202e" * (4 << 20)
    body = {"jsonrpc": "2.0", "event": "error_reported", "params": {"text": text}}
    await speaker.connection.send(json.dumps(body, ensure_ascii=False))
    await speaker.event("error_reported", {"text": text})


async def nonsense(speaker: Speaker) -> None:
    """Every kind of value where another one belongs."""
    values: tuple[Any, ...] = (None, -1, 1e308, "x", [], {}, [[]], True, "NaN", 10**400)
    names = ("phase_changed", "temperatures_reported", "position_reported", "job_changed")
    for value in values:
        for name in (*names, "prompt_shown", "message_reported", "wait_began", EVIL):
            await speaker.event(name, value)
            await speaker.event(name, {"phase": value, "nozzles": value, "job": value})
            await speaker.event(name, {"position": {"x": value}, "prompt": {"text": value}})
        raw = '{"event": "position_reported", "params": {"position": {"x": NaN, "y": Infinity}}}'
        await speaker.connection.send(raw)
        await speaker.connection.send(json.dumps({"id": value, "result": value}))
        await speaker.connection.send(json.dumps({"id": 1, "error": {"code": value}}))


def for_ever(*rounds: Harm) -> Harm:
    """One after the other, as quickly as can be."""

    async def harm(speaker: Speaker) -> None:
        while True:
            for each in rounds:
                await each(speaker)

    return harm


HARMS = {
    "nothing": nothing,
    "flood": for_ever(phases, questions, readings),
    "cable": for_ever(lines),
    "endless": endless,
    "gigabyte": gigabyte,
    "rotten": for_ever(nested, many, long_texts, nonsense),
}


class Watched(Terminal):
    """The console on a pty; how much memory it took at most is kept."""

    def __init__(self, url: str, home: Path, *options: str) -> None:
        self.most_mib = 0.0
        command = (sys.executable, "-m", "gbterm", "--url", url, *options)
        state, data, config = (str(home / name) for name in ("state", "data", "config"))
        super().__init__(
            command=command,
            HOME=str(home),
            XDG_STATE_HOME=state,
            XDG_DATA_HOME=data,
            XDG_CONFIG_HOME=config,
        )

    def read(self, for_s: float) -> bool:
        ready = super().read(for_s)
        self.most_mib = max(self.most_mib, memory_mib(self.program.pid))
        return ready

    def went(self, key: bytes, shows: str) -> None:
        """A key that shows another screen does so; a question on top is closed before."""
        asked_at = 0.0

        def there() -> bool:
            nonlocal asked_at
            if time.monotonic() - asked_at > AGAIN_S:
                asked_at = time.monotonic()
                self.types(b"\x1b")
                self.read(0.2)
                self.types(key)
            return shows in self.screen.lines[0]

        self.until(there, f"screen {shows}")


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_keys_work_and_a_stop_goes_out_whatever_a_server_does(harm: Harm, tmp_path: Path) -> None:
    """On a real terminal: it is not hung, flooded or scripted, and memory has a bound."""
    with hostile(harm) as (url, server):
        terminal = Watched(url, tmp_path)
        try:
            terminal.shows("STOP NOW")
            for screen, tab in (("console", "F7 Cons"), ("files", "F3 Files"), ("job", "F4 Job")):
                terminal.went(KEYS[screen], f"[{tab}]")
            terminal.types(b"\x1c")
            terminal.shows("STOPPED: the printer confirmed")
            terminal.until(lambda: "emergency_stop" in server.calls, "stop at the server")
            assert terminal.program.poll() is None
            assert terminal.most_mib < MOST_MIB
            # Textual's own, for the shape of the pointer.
            assert {command[:5] for command in terminal.screen.unknown} <= {"\x1b]22;"}
            assert all("".join(line).isprintable() for line in terminal.screen.lines)
        finally:
            terminal.close()
    assert not any(tmp_path.rglob("*.gcode"))
