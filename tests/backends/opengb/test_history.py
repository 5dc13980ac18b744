"""The prints of the past as the console's client has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import NotSupported, UsageError
from gbterm.events import JobChanged
from gbterm.jobs import Job, JobRecord
from tests.server.running import Running

JOB = Job("a.gcode", sha256="ab", bytes=10, byte=5, id="one", started_at=100.0)


async def test_prints_come_once_each_and_newest_first(
    running: Running, backend: OpenGbBackend
) -> None:
    failed = replace(
        JOB, outcome="failed", reason="It fell.", ended_at=160.5, elapsed_s=55.5, pauses=2
    )
    running.device.publish(JobChanged(JOB))
    running.device.publish(JobChanged(failed))
    running.device.publish(JobChanged(failed))
    running.device.publish(JobChanged(replace(failed, id="two", resends=3, reason="", path="/b")))
    running.device.publish(JobChanged(replace(failed, id="")))  # of an older printer process
    one = JobRecord(
        *("one", "a.gcode", None, "ab", 100.0, 160.5, "failed", "It fell.", 0.5, 55.5), pauses=2
    )
    two = replace(one, id="two", reason="", resends=3)
    while len(found := await backend.history()) < 2:
        pass
    assert found == [two, one]
    assert await backend.history(before="two", most=5) == [one]
    assert await backend.history(before=160.5) == []
    assert await backend.history(search="fell") == [one]
    with pytest.raises(UsageError, match="holds no print 'three'"):
        await backend.history(before="three")


async def test_a_server_that_knows_only_opengb_has_no_history(plainly: OpenGbBackend) -> None:
    with pytest.raises(NotSupported, match="gigabot can't tell of prints of the past"):
        await plainly.history()
