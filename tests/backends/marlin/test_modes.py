"""How the board takes lengths and positions when a print begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse


@pytest.mark.parametrize("typed", ["G20", "G91", "G20\nG91"])
def test_a_print_begins_in_millimetres_and_absolute_whatever_was_typed_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    file = tmp_path / "a.gcode"
    file.write_text("G28\nG1 X5 F6000\nG1 X7\nM400\nM114\n")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.send_gcode(typed)
        await backend.start_job(file, "a.gcode")
        await house.until(lambda: backend.state.phase is Phase.READY, 120)
        assert backend.state.position.x == 7
        await backend.close()

    house.run(story())
