"""What the commands of the job leave behind, for printers of every kind."""

from __future__ import annotations

import pytest

from gbterm.backends.base import Backend
from gbterm.model import Phase
from tests.endtoend.house import wait_until
from tests.suite.row import KINDS
from tests.suite.there import There

pytestmark = pytest.mark.parametrize("kind", KINDS)


def targets(there: There) -> tuple[float | None, float | None]:
    state = there.state()
    return state.nozzles[0].target, state.bed.target


def test_xcancel_keeps_the_temperatures_and_homes(there: There) -> None:
    there.printing()

    async def heat(backend: Backend) -> None:
        await backend.set_temperature(nozzles={0: 60.0}, bed=40.0)

    there.ask(heat)
    wait_until(lambda: targets(there) == (60.0, 40.0), "the targets")
    there.begin()
    outcome = there("xcancel")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    there.becomes(Phase.READY)

    def after_the_last_off() -> tuple[str, ...]:
        executed = there.executed()
        offs = [at for at, line in enumerate(executed) if line.split()[-1] == "S0"]
        return executed[offs[-1] + 1 :] if offs else ()

    wait_until(lambda: any(line.startswith("G28") for line in after_the_last_off()), "it homes")
    heats = [line for line in after_the_last_off() if line.startswith(("M104", "M140"))]
    assert sorted(line.split()[0] for line in heats) == ["M104", "M140"], there.executed()
    assert all(line.split()[-1] in ("S60", "S40") for line in heats)
    wait_until(lambda: targets(there) == (60.0, 40.0), "the targets are kept")


def test_restart_begins_with_the_first_line(there: There) -> None:
    there.paused()
    there.begin()
    outcome = there("restart")
    assert (outcome.code, outcome.err) == (0, "")
    there.becomes(Phase.EXECUTING)
    wait_until(lambda: "G28" in there.executed(), "it begins anew")
