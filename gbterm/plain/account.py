"""What is known of a printer in sentences, one fact a line."""

from __future__ import annotations

import time
from collections.abc import Iterator

from gbterm.freshness import FRESH, Freshness
from gbterm.jobs import Job
from gbterm.model import Message, Phase, PrinterState, Prompt, StopReport, Temperature
from gbterm.widgets.words import (
    PHASES,
    are_heaters_off,
    clock,
    degrees,
    done_at,
    duration,
    foretold,
    heater_now,
    how_it_ended,
)

LAST_MESSAGES = 5
MOST_CHOICES = 20
_PHASES = PHASES | {Phase.READY: "nothing to do; files lists what can be printed"}


def status(state: PrinterState, fresh: Freshness = FRESH) -> Iterator[str]:
    """Everything that the dashboard shows."""
    is_old = fresh.is_old
    yield phase(state)
    yield from age(fresh)
    if state.waiting_for:
        yield waiting(state)
    if state.prompt is not None:
        yield from question(state.prompt)
    if state.last_error and state.last_error != state.reason:
        yield error(state)
    if state.lost_print and not tells_lost(state):
        yield lost(state)
    yield from temperatures(state, is_old=is_old)
    yield from motion(state, is_old=is_old)
    yield from selected(state)
    if state.job is not None:
        yield from print_of(state, state.job, is_old=is_old)
        yield from stream(state)
    yield from firmware(state)
    yield from (f"Message {message(m)}" for m in state.messages[-LAST_MESSAGES:])


def stopped(report: StopReport, printer: str) -> list[str]:
    """What came of the emergency stop of `printer`, and what to do."""
    if report.confirmed:
        return [f"STOPPED: {printer} confirmed that it halted."]
    return [f"NOT CONFIRMED: {report.text}", f"Unless {printer} stopped, cut its power now!"]


def phase(state: PrinterState) -> str:
    """What the printer does and why."""
    name = state.phase.value.replace("_", " ").capitalize()
    what = lost(state) if tells_lost(state) else state.reason or _PHASES[state.phase]
    return f"{name}: {what}"


def tells_lost(state: PrinterState) -> bool:
    """Whether what the printer does is to wait for somebody to decide about a lost print."""
    return bool(state.phase is Phase.READY and state.lost_print and not state.reason)


def age(fresh: Freshness) -> Iterator[str]:
    """How old is what is known, and what is done about it; nothing while it is fresh."""
    if fresh.trying:
        yield fresh.trying
    if fresh.is_old:
        then = f"{fresh.heard.capitalize()}: what" if fresh.heard else "What"
        yield f"{then} is told of it was true then"


def waiting(state: PrinterState) -> str:
    """What the printer waits for."""
    return f"Waiting for {state.waiting_for}"


def error(state: PrinterState) -> str:
    """The last error."""
    return f"Printer error: {state.last_error}"


def question(prompt: Prompt) -> Iterator[str]:
    """The question with its numbered answers, and how to give one."""
    if not prompt.choices:
        yield f"The printer says: {prompt.text}"
        return
    yield f"The printer asks: {prompt.text}"
    for number, text in enumerate(prompt.choices[:MOST_CHOICES], 1):
        yield f"{number} {text}"
    yield "Answer with answer and the number, as: answer 1"


def lost(state: PrinterState) -> str:
    """The print that waits for somebody to decide."""
    first = "reconnect, then " if state.phase is Phase.ERROR else ""
    on, up = f"{first}resume_job goes on with it", "forget_lost gives it up"
    return f"{state.lost_print} was lost; {on}, {up}"


def temperatures(state: PrinterState, *, is_old: bool = False) -> Iterator[str]:
    """A line for every heater."""
    in_use = f"Nozzle {state.active_nozzle + 1}"
    for name, temperature in heaters(state):
        spoken = f"{name}, in use," if name == in_use else name
        yield heater(state.phase, spoken, temperature, is_old=is_old)


def heaters(state: PrinterState) -> Iterator[tuple[str, Temperature]]:
    """Nozzles, numbered where there are several, the bed and, where there is one, the chamber."""
    many = len(state.nozzles) > 1
    for number, nozzle in enumerate(state.nozzles, 1):
        yield f"Nozzle {number}" if many else "Nozzle", nozzle
    yield "Bed", state.bed
    if state.chamber is not None:
        yield "Chamber", state.chamber


def heater(phase: Phase, name: str, temperature: Temperature, *, is_old: bool = False) -> str:
    """As `Nozzle 210 of 215 °C, heating`."""
    word = heater_now(phase, temperature, is_old=is_old)
    if temperature.current is None:
        return f"{name}: {word}"
    target = f" of {degrees(temperature.target)}" if temperature.target else ""
    return f"{name} {degrees(temperature.current)}{target} °C, {word}"


def motion(state: PrinterState, *, is_old: bool = False) -> Iterator[str]:
    """Position, overrides, fans, motors; where that `is_old`, it is said of each."""
    return (f"{fact}, last known" if is_old else fact for fact in _motion(state))


def _motion(state: PrinterState) -> Iterator[str]:
    if state.homing_demanded:
        yield f"To be homed before it moves: {', '.join(state.homing_demanded)}"
    known = [
        f"{axis} {value:.2f}"
        for axis in ("x", "y", "z")
        if (value := getattr(state.position, axis)) is not None
    ]
    yield f"Position {', '.join(known).upper()} mm" if known else "Position unknown"
    yield f"Speed {state.speed_percent:.0f} %"
    for nozzle, percent in sorted(state.flows.items()) if len(state.nozzles) > 1 else ():
        yield f"Flow of nozzle {nozzle + 1} {percent:.0f} %"
    if len(state.nozzles) == 1 or not state.flows:
        yield f"Flow {state.flow_percent:.0f} %"
    many = len(state.fans) > 1
    for fan, percent in sorted(state.fans.items()):
        yield f"Fan {fan} {percent:.0f} %" if many else f"Fan {percent:.0f} %"
    if state.babystep_mm:
        yield f"Babysteps {state.babystep_mm:+.2f} mm"
    if state.steppers_enabled is not None:
        yield "Motors hold" if state.steppers_enabled else "Motors are off"


def print_of(state: PrinterState, job: Job, *, is_old: bool = False) -> Iterator[str]:
    """The print under way, or the last one; how far it was last known to be where that `is_old`."""
    what = "upload" if job.is_written else "print"
    if job.outcome:
        yield f"Last {what}: {ended(job, state, is_old=is_old)}"
        return
    yield f"{what.capitalize()} {job.name}, {percent(job)} %{', last known' if is_old else ''}"
    if job.line or job.lines:
        yield f"Line {job.line} of {job.lines or 'an unknown number'}"
    if job.layer is not None and job.layers:
        yield f"Layer {job.layer} of {job.layers}"
    if job.pause_layers:
        yield f"Pauses before layer {', '.join(map(str, job.pause_layers))}"
    yield f"Elapsed {duration(job.elapsed_s)}"
    if is_old:
        yield "Left unknown"
    else:
        left = foretold(job.left_s, job.left_low_s, job.left_high_s, job.left_from)
        yield f"Left {left}"
        if job.left_s is not None and state.phase is Phase.EXECUTING:
            yield f"Done at {done_at(job.left_s, time.time())}"
    if job.resends:
        yield f"Lines sent again {job.resends}"


def selected(state: PrinterState) -> Iterator[str]:
    """What is printed once somebody starts it; nothing where nothing can be started now."""
    file = state.selected
    if file is not None and state.phase is Phase.READY:
        time = f", prints for {duration(file.time_s)}" if file.time_s else ""
        yield f"Selected {file.path}{time}; start_selected prints it"


def percent(job: Job) -> int:
    """How much is printed."""
    return int(job.fraction * 100)


def ended(job: Job, state: PrinterState, *, is_old: bool = False) -> str:
    """How a print ended, with a full stop; `state` is that of its printer."""
    verb = "was cancelled" if job.outcome == "cancelled" else job.outcome
    heaters_off = are_heaters_off(state, is_old=is_old)
    how = how_it_ended(
        *(job.outcome, job.elapsed_s, job.line, job.lines, job.reason), heaters_off=heaters_off
    )
    return f"{job.name} {verb} {how}" if how else f"{job.name}: {job.outcome}"


def progress(job: Job) -> str:
    """How far the print is, in one line."""
    layer = f", layer {job.layer} of {job.layers}" if job.layer is not None and job.layers else ""
    left = "" if job.left_s is None else f", left {duration(job.left_s)}"
    return f"{job.name} {percent(job)} %{layer}, elapsed {duration(job.elapsed_s)}{left}"


def stream(state: PrinterState) -> Iterator[str]:
    """How the board is fed."""
    if state.stream is not None and state.stream.verdict:
        yield f"Pace {state.stream.lines_s:.0f} lines a second; {state.stream.verdict}"


def firmware(state: PrinterState) -> Iterator[str]:
    """What drives the board."""
    if state.firmware.name:
        machine = f" on {state.firmware.machine}" if state.firmware.machine else ""
        yield f"Firmware {state.firmware.name}{machine}"


def message(message: Message) -> str:
    """A message with its time and, where it matters, its level."""
    return f"{clock(message.at)} {said(message)}".lstrip()


def said(message: Message) -> str:
    """A message with its level where it matters."""
    level = "" if message.level == "info" else f"{message.level.capitalize()}: "
    return f"{level}{message.text.strip()}"
