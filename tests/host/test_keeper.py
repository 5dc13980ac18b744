"""How soon a process that died is started again; the clock is a number."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm import lock
from gbterm.config import PrinterProfile
from gbterm.host.launch import Keeper
from gbterm.host.spec import Spec


class Dying(Spec):
    """Of a host whose server ends as soon as it is started."""

    def command(self, role: str) -> list[str]:
        return ["/bin/false", role]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def starts(keeper: Keeper, clock: Clock, for_s: float) -> list[float]:
    """When it started the server, in seconds from now; it looks twice a second."""
    began, found = clock.now, []
    while clock.now < began + for_s:
        before = keeper._child
        assert keeper.look()
        if keeper._child is not None and keeper._child is not before:
            found.append(clock.now - began)
            keeper._child.wait(90)
        clock.now += 0.5
    return found


def test_what_dies_again_and_again_is_started_ever_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    spec, clock = Dying("p", PrinterProfile(name="p", port="/dev/none"), tmp_path), Clock()
    spec.run_dir.mkdir(parents=True)
    keeper = Keeper(spec, "server", clock)
    assert starts(keeper, clock, 40) == [0, 1, 3, 8, 18, 28, 38]
    # One that stays for a while counts as sound.
    held = lock.take(spec.run_dir / "server.lock")
    assert held is not None
    assert starts(keeper, clock, 60) == []
    held.release()
    (spec.run_dir / "server.lock").touch()
    assert starts(keeper, clock, 3) == [0, 1]
