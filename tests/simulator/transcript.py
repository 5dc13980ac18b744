"""Reading the recordings of a real Marlin and playing them to the simulated one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from gbterm.simulator.board import Board
from gbterm.simulator.faults import Fault, HeaterDisconnected, Reset, SensorBroken
from gbterm.simulator.thermal import SensorFault
from gbterm.simulator.variants import VARIANTS

FOLDER = Path(__file__).parent.parent / "data" / "marlin"
# Recorded times are rounded, and a turn of the real main loop took up to a millisecond: an input
# recorded in the same millisecond as a periodic report had come before its end.
EARLY = 0.002
PATIENCE = 200.0  # virtual seconds until a recorded line must have come

_EVENT = re.compile(r"\[ *([\d.]+)\] ([<>]) ?(.*)")
PERIODIC = re.compile(r"echo:busy:| T\d?:|wait$")
_TIMES = re.compile(r"(\d+) x (.*)")

# What the recording machine did at a comment: faults, and whether the board was reset before
# the banner that follows.
REPAIRED: list[Fault] = [
    SensorBroken("E0", None),
    SensorBroken("bed", None),
    HeaterDisconnected("E0", connected=True),
]
FAULTS: dict[str, list[Fault]] = {
    "thermistor open while idle (MINTEMP)": [SensorBroken("E0", SensorFault.OPEN)],
    "thermistor shorted while idle (MAXTEMP)": [SensorBroken("E0", SensorFault.SHORT)],
    "bed sensor open": [SensorBroken("bed", SensorFault.OPEN)],
    "heater disconnected: M109 S200 does not heat": [HeaterDisconnected("E0")],
}


CARD = {
    "SQUARE.GCO": b"G1 X20 F6000\nG1 Y20\nG1 X0\nG1 Y0 ; home.\n",
    "A long file name.gcode": b"G1 X1\n" * 4116 + b"G1 ;",
    "SUB/INNER.GCO": b"G1 X20 F6000\nG1 Y20\nG1 X0\nG1 Y0 ; home.\n",
}
"""As large as those of the recordings; what they held was not recorded."""


@dataclass
class Step:
    """Input given at once, and all that was answered before the next input."""

    comment: str = ""
    at: float = 0.0
    data: bytes = b""
    answers: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class Transcript:
    """One recording."""

    name: str
    options: list[str]
    steps: list[Step]


def load(name: str) -> Transcript:
    """Read one recording."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="latin-1").split("\n")
    options = lines[0].partition("options:")[2].split()
    steps = [Step()]
    for line in lines[2:]:
        if line.startswith("#"):
            steps.append(Step(comment=line[1:].strip(), at=-1.0))
            continue
        event = _EVENT.fullmatch(line)
        if event is None:
            continue
        at, text = float(event[1]), event[3]
        step = steps[-1]
        if event[2] == "<":
            step.answers.append((at, text))
        elif step.at == at and step.data and not step.answers:
            step.data += sent(text)
        elif step.at < 0 and not step.answers:
            step.at, step.data = at, sent(text)
        else:
            steps.append(Step(at=at, data=sent(text)))
    return Transcript(name, options, steps)


def sent(text: str) -> bytes:
    """The bytes of an input line as recorded."""
    if text == "(empty line)":
        return b"\n"
    many = _TIMES.fullmatch(text)
    if many:
        head, _, rest = many[2].partition("/")
        second, _, tail = rest.partition(" ")
        stem = head.rstrip("0123456789")
        first = head[head.rfind(" ") + 1 :]
        pair = [f"{head} {tail}", f"{stem[: -len(first.rstrip('0123456789'))]}{second} {tail}"]
        return "".join(pair[i % 2] + "\n" for i in range(int(many[1]))).encode()
    plain = re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)
    return plain.replace("\\r", "\r").encode("latin-1") + b"\n"


def _milestones(step: Step) -> list[tuple[float, str, tuple[int, int]]]:
    """What to wait for: every line, but of the periodic ones only those at the end.

    The others take as long as the heating or the move that the line behind them ends.
    """
    found = []
    firm = periodic = 0
    last_firm = max(
        (i for i, (_, text) in enumerate(step.answers) if not PERIODIC.match(text)), default=-1
    )
    for index, (at, text) in enumerate(step.answers):
        if not PERIODIC.match(text):
            firm, periodic = firm + 1, 0
        elif index > last_firm:
            periodic += 1
        else:
            continue
        found.append((at, text, (firm, periodic)))
    return found


class Player:
    """Plays one recording to a board, in virtual time."""

    def __init__(self, transcript: Transcript, split: int = 0) -> None:
        self.transcript = transcript
        self.split = split  # give the bytes in pieces of this size, 0 = all at once
        options = transcript.options

        def option(name: str, default: str) -> str:
            return options[options.index(name) + 1] if name in options else default

        self.board = Board(
            VARIANTS[option("--variant", "default")],
            heat_speed=float(option("--heat-speed", "1")),
            baud=float(option("--baud", "0")),
            rx_drop="--rx-drop" in options,
            boot_delay=float(option("--boot-delay", "0")) / 1000,
            sd_card=dict(CARD) if "--sd" in options else None,
        )
        self.now = 0.0
        self.said: list[tuple[float, str]] = []
        self._half = b""
        self._fails_in_move = False
        if "--reset-on-open" in options:
            self.board.inject(Reset())

    def play(self) -> list[list[tuple[float, str]]]:
        """The answers to each step."""
        heard: list[list[tuple[float, str]]] = []
        before_theirs = before_ours = 0.0
        for step in self.transcript.steps:
            self._comment(step.comment)
            start = len(self.said)
            if step.data:
                gap = step.at - before_theirs
                self._run_to(before_ours + gap - (EARLY if gap > 10 * EARLY else 0.0))
                before_theirs, before_ours = step.at, self.now
                # What came while the recorded host paused belongs to the step before.
                if len(self.said) > start and heard:
                    heard[-1] += self.said[start:]
                    start = len(self.said)
                self._give(step.data)
                if self._fails_in_move and step.data.startswith(b"G1"):
                    self.board.inject(HeaterDisconnected("E0"))
            for at, text, wanted in _milestones(step):
                if text == "start":
                    self._reset(before_ours + at - before_theirs)
                before_theirs, before_ours = at, self._wait_for(start, wanted, text)
            heard.append(self.said[start:])
        self._run_to(self.now + 0.5)
        return heard

    def _comment(self, comment: str) -> None:
        if not comment or comment.startswith("(timeout"):
            return
        faults = FAULTS.get(comment, [])
        self._fails_in_move = comment.startswith("heater fails at temperature")
        for fault in faults:
            self.board.inject(fault)

    def _reset(self, at: float) -> None:
        if self.board.resetting:
            return
        self._run_to(at - 0.02)
        for fault in REPAIRED:
            self.board.inject(fault)
        self.board.inject(Reset())

    def _give(self, data: bytes) -> None:
        size = self.split or len(data)
        for place in range(0, len(data), size):
            self.board.receive(data[place : place + size], self.now)
        self._hear()

    def _wait_for(self, start: int, wanted: tuple[int, int], text: str) -> float:
        """Tick until the step has so many lines, and behind them so many periodic ones."""
        deadline = self.now + PATIENCE
        while True:
            firm = periodic = 0
            for at, line in self.said[start:]:
                if PERIODIC.match(line):
                    periodic += 1
                else:
                    firm, periodic = firm + 1, 0
                if (firm, periodic) >= wanted:
                    return at
            due = self.board.next_deadline
            if due is None:
                return self.now  # what is missing shows in the comparison
            if due > deadline:
                raise AssertionError(f"{text!r} never came; the last was {self.said[-3:]}")
            self._run_to(due)

    def _run_to(self, now: float) -> None:
        while (due := self.board.next_deadline) is not None and due <= now and due > self.now:
            self._tick(due)
        self._tick(now)

    def _tick(self, now: float) -> None:
        if now > self.now:
            self.now = now
        self.board.tick(self.now)
        self._hear()

    def _hear(self) -> None:
        *lines, self._half = (self._half + self.board.data_to_send()).split(b"\n")
        self.said += [(self.now, line.decode("latin-1")) for line in lines]


__all__ = ["FOLDER", "PERIODIC", "Player", "Step", "Transcript", "load", "replace", "sent"]
