"""A backend of each kind, for what all of them do alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from gbterm.backends.base import Backend
from tests.backends.kinds import KINDS, Printer, Worlds, connected


@pytest.fixture(scope="module")
def worlds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worlds]:
    """With the options in the module's BOARD for its simulated boards."""
    with ExitStack() as stack:
        board = getattr(request.module, "BOARD", ())
        yield Worlds(stack, tmp_path_factory.mktemp("worlds"), board)


@pytest.fixture(params=KINDS)
async def printer(request: pytest.FixtureRequest, worlds: Worlds) -> AsyncIterator[Printer]:
    """One of each kind, as the one before left it: at rest."""
    async with connected(request.param, worlds) as printer:
        yield printer


@pytest.fixture
def backend(printer: Printer) -> Backend:
    """The same, where a test needs but that."""
    return printer.backend
