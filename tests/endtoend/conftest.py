"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.house import House

DATA = Path(__file__).parents[1] / "data/gcode"


@pytest.fixture
def house() -> Iterator[House]:
    # Not tmp_path: a socket's path holds 108 bytes.
    with tempfile.TemporaryDirectory(prefix="gbterm-") as root:
        house = House(Path(root))
        try:
            yield house
        finally:
            house.close()


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
