"""The temperatures of the last hour, as a client that draws them gets them."""

from __future__ import annotations

import pytest

from gbterm import events
from gbterm.model import PrinterState, Temperature
from gbterm.server.history import KEPT_S, TemperatureHistory
from tests.server.running import Running


def history(seconds: int) -> TemperatureHistory:
    """One sample a second; the nozzle is as warm as seconds have passed."""
    history = TemperatureHistory(1.0)
    for second in range(1, seconds + 1):
        nozzle, bed = Temperature(float(second), 200.0), Temperature(None, 0.0)
        history.take(PrinterState(nozzles=(nozzle,), bed=bed), 1000.0 + second)
    return history


def test_no_more_than_an_hour_is_kept() -> None:
    samples = history(KEPT_S + 100).since(0.0, 100_000)
    assert len(samples) == KEPT_S
    assert samples[0]["nozzles"] == ((101, 200),)


@pytest.mark.parametrize("most", [1, 7, 59, 60, 61])
def test_thinned_out_to_what_was_asked_for_the_newest_is_there_and_the_order_is_kept(
    most: int,
) -> None:
    times = [sample["at"] for sample in history(60).since(0.0, most)]
    assert 1 <= len(times) <= most
    assert times == sorted(times)
    assert times[-1] == 1060.0


def test_only_what_came_since_then_is_given_and_what_is_unknown_is_null() -> None:
    assert history(60).since(1058.0, 600) == [
        {"at": 1059.0, "nozzles": ((59, 200),), "bed": (None, 0), "chamber": None},
        {"at": 1060.0, "nozzles": ((60, 200),), "bed": (None, 0), "chamber": None},
    ]
    assert history(60).since(1060.0, 600) == []
    assert len(history(60).since(0.0, 0)) == 1


async def test_a_client_gets_it_over_its_socket(running: Running) -> None:
    hot = {0: Temperature(60.0, 210.0), 1: Temperature(20.0, 0.0)}
    running.device.publish(events.TemperaturesReported(hot, bed=Temperature(40.5, 60.0)))
    async with await running.tcp() as caller:

        async def newest() -> dict[str, object]:
            answer = await caller.ask("get_temperature_history", {"most": 1})
            samples = answer["result"]["samples"]
            return samples[0] if samples else {}

        sample = await newest()
        while sample.get("bed") != [40.5, 60]:
            sample = await newest()
        assert sample["nozzles"] == [[60, 210], [20, 0]]
        refused = await caller.ask("get_temperature_history", {"most": -1})
        assert refused["error"]["code"] == -32602
