"""A board and files as the tests have them; how long it may take, and what it draws from."""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.endtoend.conftest import house as house
from tests.endtoend.conftest import sliced as sliced

MINUTES = 10.0


@pytest.fixture
def minutes() -> float:
    """For all of the soak together."""
    return float(os.environ.get("SOAK_MINUTES") or MINUTES)


@pytest.fixture
def chance() -> Random:
    """Drawn from SEED, or from another seed each time, which is printed."""
    seed = os.environ.get("SEED") or str(Random().randrange(1 << 30))
    print(f"\nmake soak SEED={seed}", flush=True)
    return Random(seed)
