"""Changes of a target one right after the other, for printers of every kind."""

from __future__ import annotations

import pytest

from tests.endtoend.house import wait_until
from tests.suite.row import KINDS
from tests.suite.there import There


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_added_to_the_target_of_now(there: There) -> None:
    for typed in (("setbed", "40"), ("setbedr", "5"), ("setbedr", "-2"), ("setbedr", "7")):
        assert there(*typed).code == 0
    wait_until(lambda: there.state().bed.target == 50.0, "the sum")


@pytest.mark.parametrize("kind", ["octoprint", "direct"])
def test_where_the_board_is_too_busy_to_tell_nothing_is_added(there: There) -> None:
    there("settemp", "50")
    wait_until(lambda: there.state().nozzles[0].target == 50.0, "the target")
    there.linger()
    assert there("g", "--no-wait", "G4 S3000").code == 0
    done = there("settempr", "5")
    assert (done.code, done.err.count("\n")) == (5, 1)
    assert "too busy" in done.err
    there.house.live(1000)
    assert there("getpos").code == 0  # once the rest is over
    assert there.state().nozzles[0].target == 50.0
