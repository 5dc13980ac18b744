"""The state cut into what one widget each shows, rounded and scrubbed: equal means look alike."""

from __future__ import annotations

from dataclasses import dataclass

from gbterm.jobs import Job
from gbterm.model import Message, Phase, PrinterState, StreamReport, Temperature
from gbterm.text import scrub
from gbterm.widgets.words import PHASES, degrees, heater_word


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


@dataclass(frozen=True, slots=True)
class Motion:
    """Position in mm, overrides and fans in percent, as text."""

    position: tuple[str, str, str] = ("---", "---", "---")
    speed: str = "100 %"
    flow: str = "100 %"
    fans: str = "---"


@dataclass(frozen=True, slots=True)
class Progress:
    """The job, in whole percent and whole seconds."""

    name: str
    percent: int
    line: int
    lines: int
    byte: int
    bytes: int
    elapsed_s: int
    left_s: int | None
    outcome: str
    active: bool
    layer: str = ""
    """Which one of how many, and the next pause; empty where layers are unknown."""
    pace: str = ""
    """How quick it is and what sets the pace; empty where the backend doesn't tell."""


def status(state: PrinterState) -> Status:
    """What the printer does and why."""
    return Status(
        state.phase,
        scrub(state.reason),
        scrub(state.waiting_for),
        scrub(state.last_error),
        scrub(state.prompt.text) if state.prompt else "",
        tuple(scrub(choice) for choice in state.prompt.choices) if state.prompt else (),
    )


def heaters(state: PrinterState) -> tuple[Heater, ...]:
    """Nozzles, bed and, where there is one, chamber."""
    many = len(state.nozzles) > 1
    named = [
        (f"Nozzle {i + 1}" if many else "Nozzle", nozzle) for i, nozzle in enumerate(state.nozzles)
    ]
    if many and state.active_nozzle < len(named):
        name, nozzle = named[state.active_nozzle]
        named[state.active_nozzle] = (f"{name}*", nozzle)
    named.append(("Bed", state.bed))
    if state.chamber is not None:
        named.append(("Chamber", state.chamber))
    return tuple(_heater(name, temperature) for name, temperature in named)


def motion(state: PrinterState) -> Motion:
    """Where the head is and how the overrides and fans stand."""
    position = state.position
    fans = ", ".join(f"{percent:.0f} %" for _, percent in sorted(state.fans.items()))
    return Motion(
        tuple(_coordinate(v) for v in (position.x, position.y, position.z)),  # type: ignore[arg-type]
        f"{state.speed_percent:.0f} %",
        f"{state.flow_percent:.0f} %",
        fans or "---",
    )


def progress(state: PrinterState) -> Progress | None:
    """The job under way, or the last one."""
    job = state.job
    if job is None:
        return None
    return Progress(
        name=scrub(job.name),
        percent=int(job.fraction * 100),
        line=job.line,
        lines=job.lines,
        byte=job.byte,
        bytes=job.bytes,
        elapsed_s=int(job.elapsed_s),
        left_s=None if job.left_s is None else int(job.left_s),
        outcome=scrub(job.outcome),
        active=state.phase.is_printing and not job.outcome,
        layer=_layer(job),
        pace=_pace(state.stream),
    )


def _layer(job: Job) -> str:
    if job.layer is None or not job.layers:
        return ""
    pause = f", pauses before {job.pause_layers[0]}" if job.pause_layers else ""
    return f"{job.layer} of {job.layers}{pause}"


def _pace(stream: StreamReport | None) -> str:
    if stream is None or not stream.verdict:
        return ""
    return f"{stream.lines_s:.0f} lines/s; {scrub(stream.verdict)}"


def messages(state: PrinterState, noted: tuple[Message, ...] = ()) -> tuple[Message, ...]:
    """The last messages of the printer and those that the console noted, oldest first."""
    everything = sorted((*state.messages, *noted), key=lambda m: m.at)
    return tuple(Message(scrub(m.text).strip(), scrub(m.level), m.at) for m in everything)


def _heater(name: str, temperature: Temperature) -> Heater:
    return Heater(
        name,
        degrees(temperature.current),
        "---" if temperature.target is None else degrees(temperature.target),
        heater_word(temperature),
    )


def _coordinate(value: float | None) -> str:
    return "---" if value is None else f"{value:.2f}"
