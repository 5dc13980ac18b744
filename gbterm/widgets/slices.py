"""The state cut into what one widget each shows, rounded and scrubbed: equal means look alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from gbterm.freshness import FRESH, Freshness
from gbterm.model import Message, Phase, PrinterState, StreamStatistics, Temperature
from gbterm.text import scrub
from gbterm.widgets.words import (
    PHASES,
    babysteps,
    clock,
    counted,
    degrees,
    doubt,
    heater_now,
    link_word,
    trend,
)

Trend = Callable[[str], float | None]
"""By how many °C a minute a heater rises, by its name on the wire; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the console itself has to say.

    `after` holds the printer's message that was the last one then, if there was one: which came
    first is not to be told by its time, for that is by the clock of the printer's host.
    """

    message: Message
    after: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What the printer does and why."""

    phase: Phase = Phase.DISCONNECTED
    reason: str = ""
    waiting_for: str = ""
    last_error: str = ""
    prompt: str = ""
    choices: tuple[str, ...] = ()
    """The answers to the prompt, none where it only tells something."""
    lost: str = ""
    """The print that was lost and waits."""
    known: bool = False
    """Whether anything was ever heard of the printer."""
    fresh: Freshness = FRESH
    is_held: bool = False
    """Whether a print waits for the printer's cable."""

    @property
    def title(self) -> str:
        """The name of the phase."""
        return self.phase.value.replace("_", " ")

    @property
    def explanation(self) -> str:
        """The reason where there is one, else what the phase means."""
        return self.reason or PHASES[self.phase]


@dataclass(frozen=True, slots=True)
class Heater:
    """One line of the temperatures, in whole degrees."""

    name: str
    current: str
    target: str
    word: str
    trend: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person changes in mid-print: speed, flow and fans in percent, babysteps in mm."""

    speed: str = "100 %"
    flow: str = "100 %"
    fans: tuple[tuple[str, str], ...] = (("Fan", "---"),)
    babystep: str = ""
    """Empty where there were none."""


@dataclass(frozen=True, slots=True)
class Motion:
    """Position in mm and the overrides, as text; a `?` behind what may not be true any more."""

    position: tuple[str, str, str] = ("---", "---", "---")
    overrides: Overrides = Overrides()


def status(state: PrinterState, fresh: Freshness = FRESH) -> Status:
    """What the printer does and why."""
    return Status(
        state.phase,
        scrub(state.reason),
        scrub(state.waiting_for),
        scrub(state.last_error),
        scrub(state.prompt.text) if state.prompt else "",
        tuple(scrub(choice) for choice in state.prompt.choices) if state.prompt else (),
        scrub(state.lost_print),
        state.bed.current is not None or any(n.current is not None for n in state.nozzles),
        fresh,
        state.holds_print,
    )


def heaters(
    state: PrinterState, trend_of: Trend = lambda _: None, *, is_old: bool = False
) -> tuple[Heater, ...]:
    """Nozzles, bed and, where there is one, chamber; `is_old` where that may be otherwise now."""

    many = len(state.nozzles) > 1
    named: list[tuple[str, str, Temperature]] = []
    for index, nozzle in enumerate(state.nozzles):
        active = "*" if many and index == state.active_nozzle else ""
        name = f"Nozzle {index + 1}{active}" if many else "Nozzle"
        named.append((f"nozzle{index + 1}", name, nozzle))
    named.append(("bed", "Bed", state.bed))
    if state.chamber is not None:
        named.append(("chamber", "Chamber", state.chamber))

    def told(key: str, name: str, temperature: Temperature) -> Heater:
        c_min = trend_of(key)
        word = heater_now(state.phase, temperature, c_min, is_old=is_old)
        return _heater(name, temperature, word, c_min)

    return tuple(told(*heater) for heater in named)


def overrides(state: PrinterState, *, is_old: bool = False) -> Overrides:
    """How they stand; fans go by their numbers where there are several."""
    fans, mark = sorted(state.fans.items()), doubt(is_old)
    named = tuple(
        (f"Fan {number}" if len(fans) > 1 else "Fan", f"{percent:.0f} %{mark}")
        for number, percent in fans
    )
    return Overrides(
        f"{state.speed_percent:.0f} %{mark}",
        f"{state.flow_percent:.0f} %{mark}",
        named or (("Fan", "---"),),
        f"{babysteps(state.babystep_mm)}{mark}" if state.babystep_mm else "",
    )


def motion(state: PrinterState, *, is_old: bool = False) -> Motion:
    """Where the head is and how the overrides and fans stand."""
    at, mark = state.position, doubt(is_old)
    x, y, z = (_coordinate(value, mark) for value in (at.x, at.y, at.z))
    return Motion((x, y, z), overrides(state, is_old=is_old))


def pace(state: PrinterState, *, is_old: bool = False) -> str:
    """What sets the pace of the print; empty where nobody tells."""
    return scrub(state.stream.verdict) if state.stream and not is_old else ""


def link(state: PrinterState, statistics: StreamStatistics | None) -> str:
    """How the cable fares, by what was counted since its port was opened; empty where unknown."""
    if statistics is None or statistics.since is None or state.phase is Phase.DISCONNECTED:
        return ""
    stream = state.stream or statistics.stream
    word = link_word(stream.resends, statistics.lines_sent)
    since = clock(statistics.since, "%H:%M")
    errors = sum(statistics.errors.values())
    found = f"{counted(stream.resends, 'resend')}, {counted(errors, 'error')}"
    return f"{word}: {found} since {since}; up to {counted(stream.window_lines, 'line')} at once"


def messages(state: PrinterState, noted: tuple[Note, ...] = ()) -> tuple[Message, ...]:
    """The last messages of the printer and those that the console noted, oldest first."""
    places = {message: place for place, message in enumerate(state.messages)}
    after: dict[int, list[Message]] = defaultdict(list)
    for note in noted:
        after[max((places.get(before, -1) for before in note.after), default=-1)].append(
            note.message
        )
    everything = list(after[-1])
    for place, message in enumerate(state.messages):
        everything += (message, *after[place])
    return tuple(Message(scrub(m.text).strip(), scrub(m.level), m.at) for m in everything)


def _heater(name: str, temperature: Temperature, word: str, c_min: float | None) -> Heater:
    return Heater(
        name,
        degrees(temperature.current),
        "---" if temperature.target is None else degrees(temperature.target),
        word,
        "" if word in ("at target", "last reading") else trend(c_min),  # a regulated one wavers
    )


def _coordinate(value: float | None, mark: str) -> str:
    return "---" if value is None else f"{value:.2f}{mark}"
