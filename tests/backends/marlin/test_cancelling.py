"""While a cancel turns heaters and fans off, nothing turns them on again."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.errors import WrongState
from gbterm.model import Phase
from gbterm.simulator import faults
from tests.backends.marlin.virtual import VirtualHouse


def test_it_has_the_last_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    house = VirtualHouse(monkeypatch, "default")
    file = tmp_path / "a.gcode"
    file.write_text("G28\nM104 S200\nM140 S60\n" + "G1 X50 F600\nG1 X0\n" * 200)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.start_job(file, "a.gcode")
        await house.until(lambda: house.heaters[0].target == 200, 120)
        house.board.inject(faults.HoldOks(4.0))
        await backend.cancel()
        assert backend.state.phase is Phase.CANCELLING
        for refused in (
            backend.set_temperature(nozzles={0: 1}),
            backend.set_temperature(nozzles={0: 0}, bed=50),
            *(backend.set_fan(0, 50), backend.set_speed(90), backend.set_flow(90)),
            *(backend.send_gcode("M104 S1"), backend.babystep(0.1)),
            backend.set_steppers(enabled=True),
            *(
                backend.pause(),
                backend.resume(),
                backend.begin_swap(),
                backend.set_pause_layers([1]),
            ),
        ):
            with pytest.raises(WrongState, match="it is cancelling"):
                await refused
        await backend.set_temperature(nozzles={0: 0, 1: 0}, bed=0)
        await backend.cancel()
        assert backend.state.phase is Phase.CANCELLING
        await house.until(lambda: backend.state.phase is Phase.READY, 120)
        assert all(heater.target == 0 for heater in house.heaters)
        await backend.set_temperature(nozzles={0: 100})
        await house.until(lambda: house.heaters[0].target == 100, 10)
        await backend.close()

    house.run(story())
    commands = [text for _, text in house.executed]
    assert not {"M104 T0 S1", "M104 S1", "M140 S50", "M106 P0 S128", "M220 S90"} & set(commands)
