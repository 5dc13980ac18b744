"""G-code as it is typed, and what the firmware says to it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence

from gbterm.actions import Reply
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Run, Verb
from gbterm.errors import UsageError
from gbterm.gcode import typed
from gbterm.model import Position
from gbterm.text import scrub

REPLIES = "print what the printer says"
LONGEST_INPUT = 100_000
"""Bytes from standard input; more is a file, which is printed."""
_PLACE = re.compile(r"(?:^| )([XYZE]): *(-?\d{1,7}(?:\.\d{1,6})?)")


def answer(replies: Iterable[Reply]) -> Answer:
    """What a board said, a line each."""
    told = list(replies)
    data = [{"command": reply.command, "lines": list(reply.lines)} for reply in told]
    return Answer(tuple(scrub(line) for reply in told for line in reply.lines), data)


def _takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="+", metavar="GCODE", help="- is standard input")
    parser.add_argument("--no-wait", action="store_true", help="don't wait for its answer")


def _joined(words: Sequence[str]) -> str:
    return " ".join(words)


def _line_each(words: Sequence[str]) -> str:
    return "\n".join(words)


def _sends(join: Callable[[Sequence[str]], str], prefix: str = "", *, as_is: bool = False) -> Run:
    async def run(asked: Asked) -> Answer:
        words = asked.args.code
        text = await _standard_input() if words == ["-"] else join(words)
        commands = typed.read(text)
        _refuse_options(commands)
        if prefix:
            commands = tuple(f"{prefix} {command}" for command in commands)
        if not as_is:
            commands = tuple(typed.all_in_capitals(command) for command in commands)
        wait = not asked.args.no_wait
        replies = await asked.backend.send_gcode(
            "\n".join(commands), confirmed=asked.confirmed, wait=wait
        )
        return answer(replies) if wait else DONE

    return run


def _refuse_options(commands: Iterable[str]) -> None:
    """Raise `UsageError` for what would be sent, and to another printer than it names."""
    words = [word for one in commands if not typed.is_text(one) for word in one.split()]
    if late := next((word for word in words if word.startswith("--")), None):
        raise UsageError(
            f"{scrub(late)} is no G-code: write options before it, as g --port DEVICE M105."
        )


async def _standard_input() -> str:
    from gbterm.cli.verbs import standard_input

    text = await standard_input.text(LONGEST_INPUT)
    if len(text) > LONGEST_INPUT:
        raise UsageError("Standard input holds too much for that: print it with gbterm runfile -.")
    return text


async def _getpos(asked: Asked) -> Answer:
    from gbterm.backends.capability import Capability

    if Capability.GCODE in asked.backend.capabilities:
        replies = await asked.backend.send_gcode("M114")
        said = [scrub(line) for reply in replies for line in reply.lines]
        # A board may tell it by itself as well: the last one is the answer.
        lines = tuple([line for line in said if _PLACE.search(line)][-1:] or said)
    else:
        lines = (_told(asked.backend.state.position),)
        if not lines[0]:
            asked.backend.require(Capability.GCODE, "tell where its head is")
    # Behind Count are the steps of its motors.
    told = dict(_PLACE.findall(" ".join(lines).partition("Count")[0]))
    return Answer(
        lines, {axis.lower(): float(told[axis]) if axis in told else None for axis in "XYZE"}
    )


def _told(place: Position) -> str:
    axes = (("X", place.x), ("Y", place.y), ("Z", place.z), ("E", place.e))
    return " ".join(f"{axis}:{value:.2f}" for axis, value in axes if value is not None)


def _verb(name: str, help: str, run: Run, example: str, also: tuple[str, ...] = ()) -> Verb:
    # A homing or a wait for a heater takes its time; the printer's server ends what is in vain.
    return Verb(
        name,
        help,
        run,
        _takes,
        also=also,
        examples=(example,),
        is_text=True,
        confirms=True,
        within_s=None,
    )


VERBS = (
    _verb("g", f"send G-code in capitals, {REPLIES}", _sends(_joined), "m104 s200", ("gcode",)),
    _verb("gcase", f"send G-code as it is typed, {REPLIES}", _sends(_joined, as_is=True), "M115"),
    _verb("g0", f"send a G0, {REPLIES}", _sends(_joined, "G0"), "X10 Y20"),
    _verb("g1", f"send a G1, {REPLIES}", _sends(_joined, "G1"), "X10 F600"),
    _verb("gmulti", f"send several commands, {REPLIES}", _sends(_line_each), '"G28 X" M114'),
    Verb("getpos", "print where the head is", _getpos),
)
