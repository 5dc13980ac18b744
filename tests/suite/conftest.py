"""The printers that the commands of the suite are tried on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gbterm.actions import Macro
from tests.backends.kinds import Worlds
from tests.suite.there import There

BOARD = ("--nozzle-timeout", "1e6")
"""Quick as it is, it would let a nozzle that waits for filament cool down again at once."""
COMMANDS = {
    **{"light": "echo lit", "broken": "echo no power; exit 3"},
    **{"reset": "true", "sweep": "true"},
}
"""What can be run by name."""
QUESTIONS = {"sweep": "Is the bed empty?"}
"""What is asked before."""
MACROS = (
    Macro("Bench", ("M117 Bench", "G91", "G90")),
    Macro("lift", ("G91", "G90"), "Is it free?"),
)
"""What can be sent by name."""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """What stands behind each kind; each begins when it is first needed."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("worlds")
        yield Worlds(stack, folder, BOARD, COMMANDS, QUESTIONS, MACROS)


@pytest.fixture
def there(
    kind: str, worlds: Worlds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[There]:
    """A printer of `kind`, READY and without files before and after."""
    # The two hosts of a module have different directories.
    house = worlds.driven if kind == "octoprint" else worlds.host
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, house.environment[name])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GBTERM_KEY", raising=False)
    there = There(kind, worlds, tmp_path)
    yield there
    there.rest()
