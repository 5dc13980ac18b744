"""A machine with a board, on which gbterm is a service."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import gbterm
from tests.endtoend.house import House
from tests.service.manager import Unit, environment
from tests.service.system import System

__all__ = ["gbterm", "machine", "system"]


class Machine(House):
    """A board, the two units of its printer, and a user with a home of their own."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        own = environment(root)
        self.environment |= own
        self.printer, self.server = (Unit(root, role, own) for role in ("printer", "server"))

    @property
    def run_dir(self) -> Path:
        return self.root / "run/gbterm/bench"

    @property
    def kept_dir(self) -> Path:
        return self.root / "var/lib/gbterm/run/bench"

    def configure(self, *lines: str) -> None:
        path = self.root / "etc/gbterm/config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(("[printer.bench]", f'port = "{self.tty}"', *lines, "")))

    def start_units(self, *options: str, speed: float = 300) -> None:
        """A board, and what systemd starts where the server is wanted."""
        self.configure('listen = "127.0.0.1:0"')
        self.board(*options, speed=speed)
        self.printer.start()
        self.server.start()
        self.wait_for_state("READY")

    def close(self) -> None:
        for unit in (self.server, self.printer):
            unit.close()
        super().close()

    def heard(self) -> list[str]:
        """What the board executed."""
        text = self.executed_log.read_text()
        whole = text[: text.rfind("\n") + 1]
        return [str(json.loads(line)["line"]) for line in whole.splitlines()]


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not below tmp_path: a socket's path holds 108 bytes.
    with tempfile.TemporaryDirectory(prefix="gb-") as root:
        machine = Machine(Path(root))
        try:
            yield machine
        finally:
            machine.close()


@pytest.fixture
def system(tmp_path: Path) -> System:
    """What the console at boot is written into."""
    return System(tmp_path / "system", Path("/home/pi"))
