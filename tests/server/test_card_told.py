"""A file that is put on the board's card is told as no print to anybody who hears of prints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gbterm.cli.verbs.job_end import JobEnd
from gbterm.errors import WrongState
from gbterm.host.usage import Usage
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from gbterm.notices import notices
from gbterm.plain.narrator import Narrator
from gbterm.server import metrics, mqtt_topics
from gbterm.server.occasions import Occasions, Told
from gbterm.server.octoprint import events, shapes

JOB = Job("a.gcode to SD:/A.GCO", byte=1, bytes=4, on_card=True, is_written=True, started_at=1.0)
READY = PrinterState(Phase.READY)
WRITING = PrinterState(Phase.EXECUTING, job=JOB)
OVER = [
    PrinterState(Phase.READY, job=replace(JOB, outcome=outcome, reason="It broke."))
    for outcome in ("finished", "cancelled", "failed")
]
pytestmark = pytest.mark.parametrize("over", OVER, ids=lambda state: state.job.outcome)


def test_neither_hooks_nor_the_console_call_anybody(over: PrinterState) -> None:
    occasions = Occasions(Told())
    assert [occasions.see(state, 0.0) for state in (READY, WRITING, over, READY)] == [[]] * 4
    assert not [*notices(READY, WRITING), *notices(WRITING, over)]


def test_what_is_read_out_names_no_print(over: PrinterState) -> None:
    narrator = Narrator()
    narrator.begin(READY, 0.0)
    told = [*narrator.look(WRITING, 60.0), *narrator.look(over, 120.0)]
    assert not [line for line in told if "The print" in line]


def test_numbers_and_topics_hold_no_print(over: PrinterState) -> None:
    for state in (WRITING, over):
        assert b"gbterm_job_" not in metrics.text_of(metrics.Reading(state))
        documents = mqtt_topics.documents(state)
        assert documents["job"]["name"] is None
        assert documents["state"]["printing"] is False
    usage = Usage(0.0)
    usage.charge(WRITING, 1.0)
    assert usage.seconds["printer_print"] == 0


def test_octoprints_clients_see_a_transfer(over: PrinterState) -> None:
    assert shapes.about_state(WRITING)["text"] == "Transferring file to SD"
    flags = shapes.about_state(WRITING)["flags"]
    assert (flags["printing"], flags["ready"], flags["operational"]) == (False, False, True)
    told = [*events.between(READY, WRITING), *events.between(WRITING, over)]
    assert {name for name, _ in told} == {"PrinterStateChanged"}


def test_who_waits_for_the_end_of_a_print_hears_that_there_is_none(over: PrinterState) -> None:
    for state in (WRITING, over):
        with pytest.raises(WrongState, match="No job is under way"):
            JobEnd().saw(state, 0.0)
