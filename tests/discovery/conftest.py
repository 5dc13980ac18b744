"""Machines to look for ports on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.discovery.machine import Machine, machine_at


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """One with nothing in it."""
    with machine_at(tmp_path / "machine") as machine:
        yield machine
