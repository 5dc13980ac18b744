"""The stretch of a file in which a board stopped, and where in it a print can go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gbterm.errors import OutOfRange, WrongState
from gbterm.gcode.lines import read_commands
from gbterm.gcode.standpoint import Standpoint, Walker
from gbterm.gcode.whereabouts import MOVE
from gbterm.model import Firmware


@dataclass(frozen=True, slots=True)
class Step:
    """A command in which the board may have stopped, and the nozzle's height before and after it,
    None where unknown."""

    command: int
    line: int
    from_z: float | None
    z: float | None
    is_move: bool
    is_known: bool
    """Whether the file says where the head is before it."""
    is_safe: bool
    """Whether no line of plastic is broken off before it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the first command that the board may not have made to the last that it may have."""

    first_line: int
    last_line: int
    """Lines of the file count from 1."""
    start_line: int
    """Where to go on by default."""
    heights: tuple[float, float]
    """The lowest and the highest place of the nozzle in it, in mm; zero where unknown."""
    top_mm: float
    """The highest place of all that was printed."""


def find_stretch(
    path: Path, firmware: Firmware, layers: Sequence[int], *, done: int, held: int, sent: int
) -> Stretch:
    """Where the board stopped that acknowledged `done` commands and may have been given `sent`.

    `held` of the moves up to `done` it may not have made; `layers` are the commands that layers
    begin with. Blocking. Raises `WrongState` where it isn't certain that anything was printed.
    """
    starts, first = frozenset(layers), layers[0] if layers else 1
    if done < first:
        raise WrongState(
            "The print stopped before its first layer, or within a moment of its beginning: clear"
            " the bed and print the file anew."
        )
    walker, steps, moves = Walker(firmware), deque[Step](), 0
    with path.open("rb") as file:
        for command in read_commands(file):
            if command.number > sent and steps:
                break
            was_known, from_z = walker.is_known, walker.z
            walker.see(command)
            if command.number < first:
                continue
            is_move = MOVE.match(command.data) is not None
            is_safe = was_known and (walker.travels or command.number in starts)
            place = (from_z, walker.z)
            steps.append(Step(command.number, command.line, *place, is_move, was_known, is_safe))
            if command.number <= done:
                moves += is_move
                # What was acknowledged and is no move was done, unless a move before it waits.
                while steps and (moves > held or not steps[0].is_move):
                    moves -= steps.popleft().is_move
    if not steps:
        raise WrongState("The print had come to the end of its file: nothing is missing.")
    return _stretch(steps, walker.top_mm, done=done, sent=sent)


def _stretch(steps: Sequence[Step], top_mm: float, *, done: int, sent: int) -> Stretch:
    # None past what was acknowledged: all before it might be missing.
    safe = (step for step in steps if step.is_safe and step.command <= done + 1)
    start = next(safe, None) or next((step for step in steps if step.is_known), steps[0])
    places = [steps[0].from_z, *(step.z for step in steps if step.command <= sent)]
    known = [place for place in places if place is not None] or [0.0]
    return Stretch(
        first_line=steps[0].line,
        last_line=steps[-1].line,
        start_line=start.line,
        heights=(min(known), max(known)),
        top_mm=top_mm,
    )


def stand_before(path: Path, firmware: Firmware, line: int, layers: Iterable[int]) -> Standpoint:
    """How the printer must stand before `line` of the file, or the first command after it.

    Blocking. Raises `FileRefused`, and `OutOfRange` for a line before the first layer or past the
    last command.
    """
    walker, before = Walker(firmware), None
    first = next(iter(layers), 1)
    with path.open("rb") as file:
        for command in read_commands(file):
            if command.line >= line:
                if command.number < first:
                    raise OutOfRange(
                        f"Line {line} comes before the first layer, and the file's start is not run"
                        " again: name a later line, or print the file anew."
                    )
                return walker.standpoint()
            walker.see(command)
            before = command
    last = before.line if before else 0
    raise OutOfRange(f"The file's last command is in line {last}: name a line up to that.")
