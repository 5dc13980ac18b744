"""Commands on the print under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from gbterm.backends.base import Backend
from gbterm.errors import NeedsConfirmation, WrongState
from gbterm.events import Event
from gbterm.model import Phase, PrinterState
from gbterm.plain import account
from gbterm.plain.command import (
    Command,
    Desk,
    Run,
    WrongWords,
    count,
    last_number,
    nothing,
    number,
    numbers,
)
from gbterm.widgets.words import cancel_question, duration

BABYSTEP_MM = 0.05


def _plainly(call: Callable[[Backend], Awaitable[None]], done: str) -> Run:
    """A command without words."""

    async def run(desk: Desk, text: str) -> Sequence[str]:
        nothing(text)
        await call(desk.backend)
        return [done]

    return run


async def _cancel(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    state = desk.backend.state
    if not (state.phase.is_printing or state.holds_print):
        instead = f"; forget_lost gives up {state.lost_print}" if state.lost_print else ""
        raise WrongState(f"Nothing is being printed{instead}.")
    if not desk.confirmed:
        raise NeedsConfirmation(cancel_question(state))
    await desk.backend.cancel()
    what = "writing" if state.is_given_file else "print"
    return [f"The {what} is being cancelled."]


async def _start_selected(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.start_selected(confirmed=desk.confirmed)
    return ["Starting what is selected."]


async def _restart(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    state = desk.backend.state
    if state.phase is not Phase.PAUSED:
        raise WrongState("Only a paused print begins anew.")
    if not desk.confirmed:
        name = state.job.name if state.job else "the print"
        raise NeedsConfirmation(
            f"Print {name} anew, from its first line? It begins on top of what is printed already:"
            " clear the bed first."
        )
    await desk.backend.restart()
    return ["Beginning anew."]


async def _forget_lost(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    name = desk.backend.state.lost_print
    if not name:
        raise WrongState("No print was lost.")
    if not desk.confirmed:
        raise NeedsConfirmation(f"Give up {name}? It can't be taken up again.")
    await desk.backend.cancel()
    return [f"{name} is given up."]


def _speed_by(step: float) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        nothing(text)
        return await _set_speed(desk, f"{desk.backend.state.speed_percent + step:g}")

    return run


def _flow_by(step: float) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        nothing(text)
        return await _set_flow(desk, f"{desk.backend.state.flow_percent + step:g}")

    return run


async def _set_speed(desk: Desk, text: str) -> Sequence[str]:
    percent = number(text, "percentage")
    await desk.backend.set_speed(percent)
    return [f"Speed {percent:g} %."]


async def _set_flow(desk: Desk, text: str) -> Sequence[str]:
    percent, nozzle = last_number(text, "percentage")
    await desk.backend.set_flow(percent, nozzle)
    return [f"Flow {percent:g} %."]


def _babystep(direction: int) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        step = number(text, "distance in mm") if text else BABYSTEP_MM
        await desk.backend.babystep(direction * step)
        return [f"The nozzle goes {'up' if direction > 0 else 'down'} by {step:g} mm."]

    return run


async def _pause_layers(desk: Desk, text: str) -> Sequence[str]:
    job = desk.backend.state.job
    if text == "off":
        layers: list[int] = []
    elif text:
        layers = sorted({count(word, "number of a layer") for word in text.split()})
    elif job is not None and job.pause_layers:
        return [f"Pauses before layer {_listed(job.pause_layers)}."]
    else:
        raise WrongWords("No pause is planned.")
    await desk.backend.set_pause_layers(layers)
    return [f"Pauses before layer {_listed(layers)}." if layers else "Pauses before no layer."]


def _listed(layers: Sequence[int]) -> str:
    return ", ".join(map(str, layers))


async def _resume_job(desk: Desk, text: str) -> Sequence[str]:
    """Without words the safe default; `resume_job LINE [Z]` names the place."""
    given = numbers(text, "line", "height in mm", least=0)
    line = int(given[0]) if given else None
    height = given[1] if len(given) > 1 else None
    await desk.backend.resume_job(line, height, confirmed=desk.confirmed)
    return ["Going on with the print that was lost."]


async def statistics(desk: Desk, text: str) -> Sequence[str]:
    """How the board is fed."""
    nothing(text)
    told = await desk.backend.stream_statistics()
    errors = ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in told.errors.items() if n)
    dry = "" if told.planner_dry_s is None else f"Planner without a move {told.planner_dry_s:.0f} s"
    lines = [
        f"Lines sent {told.lines_sent}, bytes {told.bytes_sent}, oks {told.oks}",
        f"Lines sent again {told.stream.resends}",
        f"Errors: {errors or 'none'}",
        f"Under way at most {told.window_lines_most} lines and {told.window_bytes} bytes",
        told.window_why,
        f"Streamed for {duration(told.streamed_s)}",
        dry,
        told.stream.verdict,
    ]
    return [line for line in lines if line]


def swap_question(state: PrinterState) -> str:
    """What to do while filament is changed."""
    return f"{account.phase(state)}. When the filament is changed: complete_swap"


async def _swap(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.begin_swap()
    return [swap_question(desk.backend.state)]


async def _resume(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.resume()
    return ["Going on with the print."]


async def _waitend(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    if not desk.backend.state.has_print:
        raise WrongState("Nothing is being printed; print starts a file.")
    ended = asyncio.Event()

    def look(event: Event, state: PrinterState) -> None:
        del event
        if not state.has_print and state.phase not in (Phase.DISCONNECTED, Phase.CONNECTING):
            ended.set()

    stop = desk.backend.subscribe(look)
    try:
        await ended.wait()
    finally:
        stop()
    return ["Nothing is being printed any more."]


async def _job(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    state = desk.backend.state
    selected = list(account.selected(state))
    if state.job is None and not selected:
        raise WrongState("There is no print to tell of; files lists what can be printed.")
    return [
        account.phase(state),
        *account.age(desk.backend.freshness()),
        *selected,
        *(account.print_of(state, state.job, is_old=desk.is_old) if state.job else ()),
        *account.stream(state),
    ]


COMMANDS = (
    Command("job", _job, "tell how far the print is"),
    Command("pause", _plainly(lambda b: b.pause(), "Pausing."), "pause the print"),
    Command("resume", _resume, "go on with the paused print"),
    Command("cancel", _cancel, "end the print and turn the heaters off, after a question"),
    Command("start_selected", _start_selected, "print the file that is selected at the printer"),
    Command("restart", _restart, "begin the paused print anew, after a question"),
    Command("set_speed", _set_speed, "set the speed of moves in percent", "PERCENT"),
    Command("speed_up", _speed_by(5), "print faster by 5 percent"),
    Command("speed_down", _speed_by(-5), "print slower by 5 percent"),
    Command("set_flow", _set_flow, "set the flow in percent", "PERCENT [NOZZLE]"),
    Command("flow_up", _flow_by(1), "push more filament by 1 percent"),
    Command("flow_down", _flow_by(-1), "push less filament by 1 percent"),
    Command("babystep_up", _babystep(1), "raise the nozzle a little for good", "[MM]"),
    Command("babystep_down", _babystep(-1), "lower the nozzle a little for good", "[MM]"),
    Command("pause_layers", _pause_layers, "pause before these layers", "LAYER ...|off"),
    Command("begin_swap", _swap, "pause for another filament"),
    Command(
        "complete_swap",
        _plainly(lambda b: b.complete_swap(), "Going on with the print."),
        "go on after a change of filament",
    ),
    Command("resume_job", _resume_job, "go on with a print that was lost", "[LINE [Z]]"),
    Command("forget_lost", _forget_lost, "give up a print that was lost, after a question"),
    Command("waitend", _waitend, "wait for the end of the print", slow=True),
    Command("statistics", statistics, "tell how the board is fed"),
)
