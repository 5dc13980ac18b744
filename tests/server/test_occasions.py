"""What there is to be told of, state by state."""

from __future__ import annotations

from dataclasses import replace

from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, Prompt
from gbterm.server.occasions import AWAY_S, STOPPED_S, Occasion, Occasions, Told

JOB = Job("a\x1bb.gcode", byte=1, bytes=4, id="j1", elapsed_s=60.04)
READY = PrinterState(phase=Phase.READY)
PRINTING = replace(READY, phase=Phase.EXECUTING, job=JOB)
PAUSED = replace(PRINTING, phase=Phase.PAUSED, reason="by M0", job=replace(JOB, pauses=1))
AWAY = replace(PRINTING, phase=Phase.DISCONNECTED, reason="the port vanished")


def ended(outcome: str, reason: str = "", id: str = "j1") -> PrinterState:
    return replace(READY, job=replace(JOB, outcome=outcome, reason=reason, id=id))


def names(found: list[Occasion]) -> list[str]:
    return [occasion.event for occasion in found]


def seen(occasions: Occasions, *states: PrinterState) -> list[str]:
    """What is told of these, at one moment."""
    return [name for state in states for name in names(occasions.see(state, 0.0))]


def test_each_end_is_told_once_with_its_facts() -> None:
    occasions = Occasions(Told())
    assert seen(occasions, READY, PRINTING) == []
    (failed,) = occasions.see(ended("failed", "it\nbroke"), 0.0)
    assert failed == Occasion("failed", "it broke", "a?b.gcode", "j1", 25.0, 60.0)
    assert seen(occasions, ended("failed"), PRINTING, ended("failed")) == []
    assert seen(occasions, ended("finished", id="j2"), READY) == ["done"]
    assert seen(occasions, ended("cancelled", id="j3")) == ["cancelled"]


def test_prints_from_the_printers_own_card_are_told_apart_without_an_id() -> None:
    occasions = Occasions(Told())
    for began in (1.0, 2.0):
        job = replace(JOB, id="", on_card=True, started_at=began)
        paused = [replace(PAUSED, job=replace(job, pauses=n)) for n in (1, 2)]
        assert seen(occasions, paused[0], PRINTING, paused[1]) == ["paused", "paused"]
        over = replace(READY, job=replace(job, pauses=2, outcome="finished"))
        assert seen(occasions, over, over) == ["done"]


def test_what_is_so_at_the_very_beginning_is_no_news() -> None:
    occasions = Occasions(None)
    assert seen(occasions, PrinterState(), ended("finished"), ended("finished")) == []
    assert seen(occasions, ended("finished", id="j2")) == ["done"]


def test_a_server_that_begins_anew_finds_what_happened_meanwhile_once() -> None:
    first = Occasions(Told())
    assert seen(first, PRINTING, PAUSED) == ["paused"]
    second = Occasions(first.told)
    assert seen(second, PrinterState(), PAUSED, PRINTING) == []
    third = Occasions(second.told)
    assert seen(third, PrinterState(), ended("finished")) == ["done"]
    assert seen(Occasions(third.told), PrinterState(), ended("finished")) == []


def test_each_pause_is_told_and_its_question() -> None:
    occasions = Occasions(Told())
    asking = replace(PAUSED, prompt=Prompt("Change \x07it?"))
    (paused,) = occasions.see(PAUSED, 0.0)
    assert (paused.event, paused.reason) == ("paused", "by M0")
    (prompt,) = occasions.see(asking, 0.0)
    assert (prompt.event, prompt.reason) == ("prompt", "Change ?it?")
    swapping = replace(asking, phase=Phase.FILAMENT_SWAP)
    assert seen(occasions, asking, swapping, PAUSED) == []
    assert seen(occasions, asking) == ["prompt"]
    again = replace(PAUSED, job=replace(JOB, pauses=2))
    assert seen(occasions, PRINTING, again) == ["paused"]
    assert seen(occasions, replace(READY, prompt=Prompt("Level it?"))) == ["prompt"]


def test_who_is_away_for_long_is_told_of_and_so_is_that_he_is_back() -> None:
    occasions = Occasions(Told())
    trying = replace(AWAY, phase=Phase.CONNECTING, reason="opening it")
    assert seen(occasions, READY, AWAY) == []
    assert occasions.see(trying, AWAY_S - 0.1) == []
    assert seen(occasions, READY) == []
    assert occasions.see(AWAY, 100.0) == []
    (gone,) = occasions.see(trying, 100.0 + AWAY_S)
    assert (gone.event, gone.reason, gone.job) == ("disconnected", "the port vanished", "a?b.gcode")
    assert occasions.see(AWAY, 500.0) == []
    anew = Occasions(occasions.told)
    assert names(anew.see(AWAY, 0.0) + anew.see(AWAY, AWAY_S * 2)) == []
    assert seen(anew, PRINTING, PRINTING) == ["reconnected"]


def test_a_host_that_still_connects_is_not_away() -> None:
    occasions = Occasions(Told())
    greeting = replace(READY, phase=Phase.CONNECTING)
    assert occasions.see(greeting, 0.0) + occasions.see(greeting, AWAY_S * 4) == []


def test_a_fault_that_no_print_fails_by_is_told_once_it_is_known_what_came_of_it() -> None:
    occasions = Occasions(Told())
    stopping = replace(ended("finished"), phase=Phase.ERROR, reason="waiting for it")
    stopped = replace(stopping, reason="Thermal\x1b runaway")
    assert seen(occasions, ended("finished"), stopping, stopped) == ["done"]
    assert occasions.see(stopped, STOPPED_S - 0.1) == []
    (fault,) = occasions.see(stopped, STOPPED_S)
    assert fault == Occasion("error", "Thermal? runaway")
    assert names(occasions.see(stopped, 99.0)) == []
    anew = Occasions(occasions.told)
    assert names(anew.see(stopped, 0.0) + anew.see(stopped, STOPPED_S)) == []
    assert seen(anew, replace(AWAY, job=None), READY) == []
    assert names(anew.see(stopped, 200.0) + anew.see(stopped, 200.0 + STOPPED_S)) == ["error"]


def test_a_print_that_fails_is_told_of_and_not_its_fault_as_well() -> None:
    occasions = Occasions(Told())
    failing = replace(ended("failed", "it broke"), phase=Phase.EXECUTING)
    broken = replace(failing, phase=Phase.ERROR, reason="it broke")
    assert seen(occasions, PRINTING, failing, replace(failing, last_error="x")) == ["failed"]
    for first in (occasions, Occasions(occasions.told)):
        assert first.see(broken, 0.0) + first.see(broken, STOPPED_S) == []
    missed = Occasions(Told())
    assert names(missed.see(broken, 0.0) + missed.see(broken, STOPPED_S)) == ["failed"]
    later = replace(broken, reason="another one")
    assert seen(missed, ended("failed")) == []
    assert names(missed.see(later, 9.0) + missed.see(later, 9.0 + STOPPED_S)) == ["error"]


def test_a_fault_of_before_the_very_beginning_is_no_news() -> None:
    occasions = Occasions(None)
    broken = replace(READY, phase=Phase.ERROR, reason="it broke")
    assert occasions.see(broken, 0.0) + occasions.see(broken, STOPPED_S) == []


def test_a_print_that_is_over_is_no_fact_of_what_comes_later() -> None:
    occasions = Occasions(Told())
    seen(occasions, ended("finished"))
    (asked,) = occasions.see(replace(ended("finished"), prompt=Prompt("Level it?")), 0.0)
    assert (asked.job, asked.job_id, asked.progress) == ("", "", None)
