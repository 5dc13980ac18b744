"""A cable that is pulled while the head goes aside in a pause, or comes back from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.model import Phase
from tests.backends.marlin.paused import LOW, Pause


class Pulled(Pause):
    """A print that is paused, shifted by hand and resumed; its cable may be out for 3 s."""

    def pull_at(self, phase: Phase, said: bytes, times: int = 1) -> None:
        """Pull it when the board says that for the so manieth time in `phase`; it is lost."""
        house, left = self.house, times

        def tamper(towards: str, data: bytes) -> bytes:
            nonlocal left
            if towards == "host" and self.backend.state.phase is phase and said in data:
                left -= 1
                if left == 0:
                    house.loop.call_soon(house.unplug)
                    house.loop.call_later(3.0, house.plug_in)
                    return b""
            return data

        house.tamper = tamper

    async def tell(self) -> None:
        """All of it, resumed again where the cable made it pause."""
        await self.begin()
        await self.backend.send_gcode("G92 X3 Y-12 E99\nG1 X20\nG28 Y")
        while (phase := self.backend.state.phase) is not Phase.READY:
            if phase is Phase.PAUSED:
                await self.backend.resume()
                continue
            await self.house.until(lambda now=phase: self.backend.state.phase is not now, 900)  # type: ignore[misc]
        job = self.backend.state.job
        assert job is not None
        assert job.outcome == "finished"


@pytest.mark.parametrize("phase", [Phase.PAUSING, Phase.RESUMING])
def test_the_place_is_found_back_whichever_answer_went_with_the_cable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, phase: Phase
) -> None:
    whole = Pulled(monkeypatch, tmp_path, LOW)
    whole.house.run(whole.tell())
    for said, times in ((b"Soft endstops", 1), (b"Count", 1), (b"Count", 2), (b"ok", 8)):
        pulled = Pulled(monkeypatch, tmp_path, LOW)
        pulled.pull_at(phase, said, times)
        pulled.house.run(pulled.tell())
        assert Phase.DISCONNECTED in [entered for entered, _ in pulled.house.phases]
        assert pulled.drawn == whole.drawn, (said, times)
