"""The real OpenGB server on a port of the loopback interface, on its Dummy or Marlin printer."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.endtoend.house import wait_until

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-compat/old/bin/python"
OF_OLD = ROOT / "compat/old_python"
(SOURCES,) = (ROOT / ".venv-compat").glob("opengb-*/opengb/server.py")


class RealOpenGb:
    """One server with its files below `base`; its Marlin printer is at `port`."""

    def __init__(self, base: Path, port: Path | None = None) -> None:
        self._base, self._port = base, port
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._listen: int = free.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self._listen}"
        (base / "gcode").mkdir(parents=True, exist_ok=True)
        (base / "opengb.conf").write_text(
            f'http_port = {self._listen}\nprinter = "{"Marlin" if port else "Dummy"}"\n'
            f'baud_rate = 115200\ndb_file = "{base}/opengb.db"\n'
            f'gcode_dir = "{base}/gcode"\nfrontend = "None"\n'
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(PYTHON), str(OF_OLD / "start_opengb.py"), f"{self._base}/opengb.conf"]
        with (self._base / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *([str(self._port)] if self._port else [])],
                env=os.environ | {"PYTHONPATH": f"{OF_OLD}:{SOURCES.parents[1]}"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, "the real OpenGB answers")

    def kill(self) -> None:
        """End it and its printer's process."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, 9)
            self._process.wait()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._base / "log").read_text()
        try:
            with connect(f"{self.url}/ws", compression=None):
                return True
        except (OSError, WebSocketException):
            return False


@contextmanager
def running(base: Path, port: Path | None = None) -> Iterator[RealOpenGb]:
    """A server; ended afterwards."""
    server = RealOpenGb(base, port)
    try:
        server.start()
        yield server
    finally:
        server.kill()
