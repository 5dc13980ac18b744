"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.house import House, built

DATA = Path(__file__).parents[1] / "data/gcode"


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


@pytest.fixture
def sliced(house: House) -> dict[str, Path]:
    """The sliced files by name, unpacked."""
    files = {}
    for path in DATA.glob("*.gcode*"):
        plain = house.root / path.name.removesuffix(".gz")
        data = path.read_bytes()
        plain.write_bytes(gzip.decompress(data) if path.suffix == ".gz" else data)
        files[plain.name] = plain
    return files
