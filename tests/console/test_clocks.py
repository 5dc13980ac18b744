"""A printer's host whose clock is hours off: nothing is reckoned from its time and ours."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from gbterm import events
from gbterm.messages import QuestionOvertaken
from gbterm.model import Message, Temperature
from gbterm.temperatures import Sample, Temperatures
from gbterm.widgets import slices
from tests.console.conftest import opened, printing
from tests.memory_backend import MemoryBackend

HOURS_OFF = (-30 * 3600, 5 * 3600)


@pytest.mark.parametrize("off_s", HOURS_OFF)
async def test_messages_stand_in_the_order_in_which_they_came(
    backend: MemoryBackend, off_s: float
) -> None:
    async with opened(backend) as console:
        await console.press("f2")

        async def says(text: str) -> None:
            told = Message(text, "info", time.time() + off_s)
            backend.report(events.MessageReported(told))
            await console.shows(text)

        await says("The first one.")
        console.app.post_message(QuestionOvertaken("The second one."))
        await console.shows("The second one.")
        await says("The third one.")
        told = [text for text in ("first", "second", "third") if text in console.words]
        assert told == sorted(told, key=console.words.index)


def test_a_note_outlives_the_message_that_it_followed(backend: MemoryBackend) -> None:
    first, note = Message("One."), slices.Note(Message("Mine."), (Message("Gone by now."),))
    state = replace(backend.state, messages=(first, first))
    assert [m.text for m in slices.messages(state, (note,))] == ["Mine.", "One.", "One."]


@pytest.mark.parametrize("off_s", HOURS_OFF)
def test_the_last_hour_as_its_host_tells_it_ends_now(off_s: float) -> None:
    theirs = time.time() + off_s
    told = [Sample(theirs - ago, {"bed": Temperature(20.0 + ago)}) for ago in (120.0, 60.0, 0.0)]
    known = Temperatures()
    known.recall(told, 1000.0)
    assert [sample.at for sample in known.since(0.0)] == pytest.approx([880.0, 940.0])


@pytest.mark.parametrize("off_s", HOURS_OFF)
async def test_what_is_told_of_a_print_does_not_hang_on_when_it_began(
    backend: MemoryBackend, off_s: float
) -> None:
    async with opened(backend) as console:
        await printing(console)
        assert backend.state.job is not None
        job = replace(
            backend.state.job,
            started_at=time.time() + off_s,
            elapsed_s=600.0,
            left_s=1200.0,
        )
        backend.report(events.JobChanged(job))
        await console.shows("Elapsed 0:10:00")
        await console.shows("Left 0:20:00")
        assert not console.app.fresh.is_old
