"""The printer profile of a real OctoPrint, two nozzles, and what its heaters were at."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from gbterm.backends.octoprint import temperatures
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.backends.octoprint.machine import machine
from gbterm.connection import Machine
from gbterm.errors import NotSupported, OutOfRange
from tests.octoprint.live import OctoPrint, running
from tests.octoprint.seen import Cable, connected, until

Both = tuple[OctoPrintBackend, Cable]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    """A server of a printer with two nozzles, and without a heated chamber."""
    config = {"plugins": {"virtual_printer": {"numExtruders": 2}}}
    profile = {
        **{"name": "Twin", "model": "X2", "heatedChamber": False},
        "extruder": {"count": 2, "offsets": [[0.0, 0.0], [10.0, 0.0]]},
        "volume": {"width": 250.0, "depth": 210.0, "height": 190.0},
    }
    with running(tmp_path_factory.mktemp("two"), config, profile) as server:
        yield server


@pytest.fixture
async def both(two: OctoPrint) -> AsyncIterator[Both]:
    async with connected(two) as both:
        yield both


async def test_the_profile_in_use_is_told(both: Both) -> None:
    speeds = {"x": 100.0, "y": 100.0, "z": pytest.approx(10 / 3), "e": 5.0}
    size = (250.0, 210.0, 190.0)
    assert both[0].machine == Machine("Twin", "X2", size, 2, True, False, speeds)  # type: ignore[arg-type]


async def test_each_nozzle_has_its_target_and_its_flow(both: Both) -> None:
    backend, cable = both
    await backend.set_temperature(nozzles={0: 31, 1: 32})
    await cable.until_sent("M104 T0 S31", "M104 T1 S32")
    await until(lambda: [nozzle.target for nozzle in backend.state.nozzles] == [31, 32])
    await backend.set_temperature(nozzles={0: 0, 1: 0})
    with pytest.raises(OutOfRange, match="no nozzle 3: this printer has 2"):
        await backend.set_temperature(nozzles={2: 30})
    await backend.set_flow(90, 1)
    await cable.until_sent("M221 S90 T1")
    await backend.set_flow(95)
    await cable.until_sent("M221 S95 T0", "M221 S95 T1")
    await until(lambda: backend.state.flows == {0: 95, 1: 95})


async def test_the_active_nozzle_stays_so(both: Both) -> None:
    backend, cable = both
    await backend.extrude(3, nozzle=1, rate_mm_s=2)
    await cable.until_sent("T1 S1", "G91", "M83", "G1 E3 F120", "M82", "G90", "T0 S1")
    await until(lambda: backend.state.active_nozzle == 0)
    await backend.send_gcode("T1")
    await until(lambda: backend.state.active_nozzle == 1)
    await backend.extrude(3, nozzle=1)
    await cable.until_sent("T1", "G91", "M83", "G1 E3 F300")
    await backend.send_gcode("T0")


async def test_a_chamber_that_the_profile_has_not_is_no_heater(both: Both) -> None:
    with pytest.raises(NotSupported, match="no heated chamber"):
        await both[0].set_temperature(chamber=40)
    with pytest.raises(NotSupported, match="no heated chamber"):
        # All of it, or nothing.
        await both[0].set_temperature(nozzles={0: 200}, chamber=40)
    assert not any("S200" in text for text in both[1].sent)


async def until_nozzles(backend: OctoPrintBackend, count: int) -> None:
    """Wait until the machine has so many."""
    await until(lambda: backend.machine is not None and backend.machine.nozzles == count)


async def test_another_profile_is_read_with_the_next_connection(server: OctoPrint) -> None:
    small = server.get("/api/printerprofiles/_default") | {"id": "small", "name": "Small"}
    small["extruder"] |= {"count": 3, "offsets": [[0, 0]] * 3}
    server.post("/api/printerprofiles", {"profile": small})
    async with connected(server) as (backend, _):
        for profile, nozzles in (("small", 3), ("_default", 1)):
            server.post("/api/connection", {"command": "disconnect"})
            connect = {"command": "connect", "printerProfile": profile}
            server.post("/api/connection", connect)
            await until_nozzles(backend, nozzles)


async def test_the_heaters_of_before_by_the_clock_here(
    server: OctoPrint, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(server) as (backend, _):
        await until(lambda: backend.state.nozzles[0].current)
        # The clock here is an hour behind that of the server.
        here = time.time
        monkeypatch.setattr(time, "time", lambda: here() - 3600)
        server.post("/api/printer/bed", {"command": "target", "target": 33})
        await until(lambda: backend.state.bed.target == 33)
        samples = await backend.temperature_history()
        assert samples[-1].heaters["bed"].target == 33
        assert abs(time.time() - samples[-1].at) < 60
        assert set(samples[-1].heaters) == {"nozzle1", "bed", "chamber"}
        assert sorted(samples, key=lambda sample: sample.at) == samples
        server.post("/api/printer/bed", {"command": "target", "target": 0})


def test_half_an_hour_is_as_many_samples_as_anybody_draws() -> None:
    told = [{"time": at, "bed": {"actual": 20 + at / 100, "target": 0}} for at in range(900)]
    samples = temperatures.samples({"temperature": {"history": told}}, 100.0)
    assert len(samples) <= temperatures.MOST
    assert samples[-1].at == 799
    assert samples[0].at <= -99


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], {"profiles": 3}, {"profiles": {"a": None}}, {"profiles": {"a": {}}}),
        {"profiles": {"a": {"current": True, "extruder": {"count": "x"}, "volume": {"width": 1}}}},
        {"profiles": {"a": {"current": True, "axes": {"x": {"speed": -1}, "y": 7}}}},
    ],
)
def test_a_profile_that_makes_no_sense_does_no_harm(answer: object) -> None:
    known = machine(answer)
    assert known is None or known == Machine()
    assert temperatures.samples(answer, 0.0) == []
