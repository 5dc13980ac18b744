"""The limits that a server tells, whatever it tells."""

from __future__ import annotations

from typing import Any

import pytest

from gbterm.backends.opengb import records
from gbterm.config import Limits


def test_what_an_older_server_leaves_out_is_the_usual() -> None:
    told = {"limits": {"nozzle_max": 260, "bed_max": 90.5}}
    assert records.limits(told) == Limits(nozzle_max=260.0, bed_max=90.5)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "limits",
        {},
        {"limits": None},
        {"limits": [1, 2]},
        {"limits": {"nozzle_max": "hot"}},
        {"limits": {"nozzle_max": -1}},
        {"limits": {"bed_max": float("inf")}},
        {"limits": {"bed_max": float("nan")}},
    ],
)
def test_what_makes_no_sense_is_no_limit(answer: Any) -> None:
    assert records.limits(answer) is None
