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
