"""The temperatures that a server remembers, whatever it tells."""

from __future__ import annotations

from typing import Any

import pytest

from gbterm.backends.opengb import records
from gbterm.model import Temperature
from gbterm.temperatures import Sample

GOOD = {"at": 2.0, "nozzles": [[20, 0], [21, None]], "bed": [60.5, 60], "chamber": None}


def test_every_heater_goes_by_its_name() -> None:
    told = {"samples": [GOOD, GOOD | {"at": 1, "chamber": [30, None]}]}
    nozzles = {"nozzle1": Temperature(20, 0), "nozzle2": Temperature(21, None)}
    bed = {"bed": Temperature(60.5, 60)}
    assert records.samples(told) == [
        Sample(1, nozzles | bed | {"chamber": Temperature(30, None)}),
        Sample(2, nozzles | bed),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, 5, "samples", [], {"at": 1}),
        *(GOOD | {"at": None}, GOOD | {"at": float("nan")}, GOOD | {"nozzles": 5}),
        *(GOOD | {"bed": [1]}, GOOD | {"bed": None}, GOOD | {"chamber": [1, 2, 3]}),
    ],
)
def test_what_makes_no_sense_is_left_out(wrong: Any) -> None:
    assert [sample.at for sample in records.samples({"samples": [wrong, GOOD]})] == [2.0]
    assert records.samples(wrong) == []


def test_a_flood_is_cut() -> None:
    told = {"samples": [GOOD | {"at": at} for at in range(10_000)]}
    samples = records.samples(told)
    assert len(samples) == records.MOST_SAMPLES
    assert samples[-1].at == 9999
