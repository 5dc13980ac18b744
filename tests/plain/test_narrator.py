"""What is told by itself, from one state to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gbterm.jobs import Job
from gbterm.model import Message, Phase, PrinterState, Prompt, Temperature
from gbterm.plain.narrator import AT_ONCE, Narrator

READY = PrinterState(phase=Phase.READY)
JOB = Job("box.gcode", id="1", lines=1000, bytes=1000, layers=20, layer=0)
PRINTING = replace(READY, phase=Phase.EXECUTING, job=JOB)


class Heard:
    """A narrator, what it told last, and a clock that goes on by a minute a state."""

    def __init__(self, state: PrinterState, starts: str = "") -> None:
        self.narrator, self.now = Narrator(starts), 1000.0
        self.narrator.begin(state, self.now)

    def after(self, state: PrinterState, seconds: float = 60.0) -> list[str]:
        self.now += seconds
        return self.narrator.look(state, self.now)


def at_byte(byte: int, **changes: object) -> PrinterState:
    return replace(PRINTING, job=replace(JOB, byte=byte, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (READY, READY, []),
        (
            READY,
            PRINTING,
            ["The print of box.gcode has begun.", "Executing: printing"],
        ),
        (PRINTING, replace(PRINTING, phase=Phase.PAUSED), ["Paused: the print waits"]),
        (
            PRINTING,
            replace(PRINTING, phase=Phase.PAUSED, reason="Too many damaged lines."),
            ["Paused: Too many damaged lines."],
        ),
        (
            READY,
            replace(READY, phase=Phase.ERROR, reason="Thermal runaway", last_error="Heater 1"),
            ["Error: Thermal runaway", "Printer error: Heater 1"],
        ),
        (
            PRINTING,
            replace(READY, job=replace(JOB, outcome="finished", elapsed_s=61.0)),
            [
                "The print has ended: box.gcode finished after 0:01:01:"
                " all 1000 lines were printed.",
                "Ready: nothing to do; files lists what can be printed",
            ],
        ),
        (
            READY,
            replace(READY, prompt=Prompt("Filament?", ("Continue", "Purge"))),
            [
                "The printer asks: Filament?",
                "1 Continue",
                "2 Purge",
                "Answer with answer and the number, as: answer 1",
            ],
        ),
        (READY, replace(READY, prompt=Prompt("Heating")), ["The printer says: Heating"]),
        (
            replace(READY, prompt=Prompt("Filament?", ("Continue",))),
            READY,
            ["The question is closed."],
        ),
        (
            READY,
            replace(READY, messages=(Message("Low", "warning"), Message("Hi"))),
            ["Warning: Low", "Hi"],
        ),
    ],
)
def test_what_differs_is_told(old: PrinterState, new: PrinterState, told: Sequence[str]) -> None:
    assert sorted(Heard(old).after(new)) == sorted(told)


def test_a_fault_is_told_once_though_it_comes_in_two_events() -> None:
    heard = Heard(READY)
    first = replace(READY, last_error="Heater 1 failed.")
    assert heard.after(first) == ["Printer error: Heater 1 failed."]
    then = replace(first, phase=Phase.ERROR, reason="Heater 1 failed.")
    assert heard.after(then) == ["Error: the printer stopped"]


def test_a_fault_that_is_told_by_turns_is_told_once() -> None:
    heard = Heard(READY)
    asked = replace(READY, phase=Phase.ERROR, reason="Asked.", last_error="Asked.")
    told = heard.after(replace(asked, messages=(Message("Asked.", "error"),)))
    assert told == ["Error: Asked."]
    done = replace(asked, reason="Done.", last_error="Done.")
    assert heard.after(done) == ["Error: Done."]
    assert heard.after(asked) == []
    assert heard.after(READY) == ["Ready: nothing to do; files lists what can be printed"]
    assert heard.after(asked) == ["Error: Asked."]


def test_a_print_that_was_lost_is_told_with_what_to_do() -> None:
    told = Heard(READY).after(replace(READY, lost_print="box.gcode"))
    assert told == [
        "Ready: box.gcode was lost; resume_job goes on with it, forget_lost gives it up"
    ]


def test_messages_that_are_alike_are_told_each() -> None:
    one = Message("Probe Offset", at=5.0)
    heard = Heard(replace(READY, messages=(one,)))
    assert heard.after(replace(READY, messages=(one, one))) == ["Probe Offset"]
    assert heard.after(replace(READY, messages=(one, one))) == []


def test_of_many_messages_the_last_are_told() -> None:
    many = tuple(Message(str(n)) for n in range(50))
    told = Heard(READY).after(replace(READY, messages=many))
    assert told == ["45 more messages were left out.", "45", "46", "47", "48", "49"]


def test_progress_is_told_in_steps_and_once_a_minute() -> None:
    heard = Heard(PRINTING)
    assert heard.after(at_byte(49)) == []
    assert heard.after(at_byte(50, elapsed_s=120.0, left_s=1000.0)) == [
        "box.gcode 5 %, layer 0 of 20, elapsed 0:02:00, left 0:16:40"
    ]
    assert heard.after(at_byte(120), 30) == []
    assert heard.after(at_byte(130), 30) != []
    assert heard.after(at_byte(149)) == []


def test_progress_may_be_told_in_other_steps_or_never() -> None:
    heard = Heard(PRINTING)
    heard.narrator.step_percent = 0
    assert heard.after(at_byte(500)) == []
    heard.narrator.step_percent = 50
    assert heard.after(at_byte(500)) != []


def test_layers_are_told_where_somebody_wants_them() -> None:
    heard = Heard(PRINTING)
    heard.narrator.step_percent = 0
    assert heard.after(at_byte(1, layer=1)) == []
    heard.narrator.layers = True
    assert heard.after(at_byte(2, layer=1)) == ["Layer 1 of 20"]
    assert heard.after(at_byte(3, layer=1)) == []
    assert heard.after(at_byte(4, layer=2)) == ["Layer 2 of 20"]
    assert heard.after(at_byte(5, layer=3), 1) == []
    assert heard.after(at_byte(5, layer=3), 10) == ["Layer 3 of 20"]


def test_a_wait_is_told_when_it_begins_and_once_a_minute() -> None:
    heard = Heard(READY)
    waiting = [replace(READY, waiting_for=f"the bed ({n} of 60 °C)") for n in (20, 21, 22)]
    assert heard.after(waiting[0]) == ["Waiting for the bed (20 of 60 °C)"]
    assert heard.after(waiting[1], 1) == []
    assert heard.after(waiting[2], 59) == ["Waiting for the bed (22 of 60 °C)"]
    other = replace(READY, waiting_for="the nozzle (20 of 200 °C)")
    assert heard.after(other, 1) == ["Waiting for the nozzle (20 of 200 °C)"]


def test_a_heater_that_got_where_it_was_sent_is_told_once() -> None:
    heard = Heard(READY)

    def bed(current: float, target: float) -> PrinterState:
        return replace(READY, bed=Temperature(current, target))

    assert heard.after(bed(20, 60)) == []
    assert heard.after(bed(59, 60)) == ["Bed is at its target, 60 °C"]
    assert heard.after(bed(50, 60)) == []
    assert heard.after(bed(60, 60)) == []
    assert heard.after(bed(60, 0)) == []
    assert heard.after(bed(20, 0)) == []
    assert heard.after(bed(62, 60)) == ["Bed is at its target, 60 °C"]


def test_a_heater_that_was_hot_before_is_not_told() -> None:
    hot = replace(READY, bed=Temperature(60.0, 60.0))
    assert Heard(hot).after(replace(hot, messages=(Message("Hi"),))) == ["Hi"]


def test_temperatures_are_told_as_often_as_was_asked() -> None:
    heard = Heard(READY)
    hot = replace(READY, nozzles=(Temperature(200.4, 215.0),), bed=Temperature(60.0, 60.0))
    heard.narrator.watch_temperatures(30, heard.now)
    line = "Nozzle 200 of 215 °C, heating; Bed 60 of 60 °C, at target"
    assert heard.after(hot, 0) == ["Bed is at its target, 60 °C", line]
    assert heard.after(hot, 29) == []
    assert heard.after(hot, 1) == [line]
    assert heard.after(replace(hot, phase=Phase.DISCONNECTED), 30) == [
        "Disconnected: no connection to the printer"
    ]


def test_a_lost_connection_tells_what_to_do_and_the_same_print_does_not_begin_again() -> None:
    heard = Heard(PRINTING, starts="gbterm --plain")
    gone = PrinterState(phase=Phase.DISCONNECTED, reason="The server closed the connection.")
    assert heard.after(gone) == [
        "Disconnected: The server closed the connection.",
        "If its host has ended: quit, then start it again with gbterm --plain",
    ]
    assert heard.after(at_byte(1)) == ["Executing: printing"]


def test_a_flood_is_thinned_and_ends_with_what_is_true() -> None:
    heard = Heard(READY)
    told = 0
    for n in range(10_000):
        phase = Phase.PAUSED if n % 2 else Phase.EXECUTING
        told += len(heard.after(replace(PRINTING, phase=phase), 0.001))
    assert AT_ONCE <= told <= AT_ONCE + 20
    assert heard.after(replace(PRINTING, phase=Phase.ERROR), 5) == ["Error: the printer stopped"]
