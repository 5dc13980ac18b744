"""A printer in memory: every answer at once, every fault on request.

The contract suite runs over it beside the real backends, and the console is tested with it. It
prints only as far as a test tells it to (`advance`).
"""

from __future__ import annotations

from tests.memory_backend.bed import Bed
from tests.memory_backend.cable import Cable
from tests.memory_backend.control import Control
from tests.memory_backend.core import EVERYTHING, NOON, NOTHING
from tests.memory_backend.job import Printing
from tests.memory_backend.kept import Kept
from tests.memory_backend.library import Library
from tests.memory_backend.port import Port
from tests.memory_backend.served import Served
from tests.memory_backend.tuning import Tuning

__all__ = ["EVERYTHING", "NOON", "NOTHING", "MemoryBackend"]


class MemoryBackend(Port, Control, Printing, Bed, Tuning, Cable, Library, Served, Kept):
    """A printer with one nozzle, a bed and a library, in memory."""
