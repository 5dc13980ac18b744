"""Whether a file may be printed, found out in one pass in constant memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gbterm.errors import FileRefused
from gbterm.gcode import heat
from gbterm.gcode.layers import LayerStarts
from gbterm.gcode.lines import Command, Commands, read_lines
from gbterm.gcode.policy import Action, judge
from gbterm.gcode.source import Source, opened
from gbterm.model import Firmware
from gbterm.text import scrub

LISTED = 100
"""So many asked and held lines are listed; a file may hold millions."""

Lines = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a file that may be printed holds; `asked` and `held` are (line, scrubbed text)."""

    commands: int
    lines: int
    """As an editor counts them, comments and blank lines included."""
    bytes: int
    sha256: str
    """In hexadecimal, of the whole file."""
    asked: Lines = ()
    held: Lines = ()
    layers: tuple[int, ...] = ()
    """The numbers of the commands that layers begin with."""
    hottest: Mapping[str, heat.Hottest] = field(default_factory=dict)
    """By `heat.NOZZLE` and its likes; none of a heater that it leaves alone."""


def check_file(path: Path, firmware: Firmware | None, name: str = "") -> FileReport:
    """Read the whole file and judge each command for `firmware`.

    With None only whether this is G-code at all. `name` is what the user calls it.
    Raises `FileRefused`, naming the line.
    """
    with opened(path, name) as source:
        check = _Check(source, firmware)
        commands, layers = Commands(), LayerStarts()
        for line in read_lines(source):
            if command := commands.read(line):
                check.see(command)
            layers.see_line(line, check.commands)
    asked, held = (tuple(lines) for lines in check.lines.values())
    return FileReport(
        *(check.commands, source.lines, source.bytes, source.sha256),
        *(asked, held, tuple(layers.commands), check.hottest),
    )


class _Check:
    """Judges the commands of one file."""

    def __init__(self, source: Source, firmware: Firmware | None) -> None:
        self.source, self.firmware = source, firmware
        self.commands = 0
        self.lines: dict[Action, list[tuple[int, str]]] = {Action.ASKED: [], Action.HELD: []}
        self.hottest: dict[str, heat.Hottest] = {}

    def see(self, command: Command) -> None:
        """The next command. Raises `FileRefused` where it must not be sent."""
        self.commands += 1
        if not self.source.is_known:
            self.source.see(command.data)
        if self.firmware is None:
            return
        verdict = judge(command.text, self.firmware)
        if verdict.action is Action.SENT:
            if command.text.startswith("M"):
                self._see_targets(command)
            return
        text = scrub(command.text, 60)
        if verdict.action is Action.REFUSED:
            raise FileRefused(
                f"{self.source.name} can't be printed: line {command.line}, {text!r}, "
                f"{verdict.reason}. Change or remove that line."
            )
        if len(listed := self.lines[verdict.action]) < LISTED:
            listed.append((command.line, text))

    def _see_targets(self, command: Command) -> None:
        for heater, target in heat.targets(command.text):
            if heater not in self.hottest or target > self.hottest[heater].target:
                text = scrub(command.text, 60)
                self.hottest[heater] = heat.Hottest(target, command.line, text)
