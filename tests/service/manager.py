"""What systemd does with the units, as far as it shows: their own lines, in the environment that
they ask for."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from gbterm.service import units
from gbterm.service.units import Place
from tests.endtoend.house import GENEROUS_S

PLACE = Place(program=shlex.join((sys.executable, "-m", "gbterm")))


class Unit:
    """The unit of the process `role` of the printer `bench`, below `root`."""

    def __init__(self, root: Path, role: str, environment: dict[str, str]) -> None:
        self._text = units.texts(PLACE)[units.unit(role)]
        self._run_dir = root / "run" / self.setting("RuntimeDirectory")
        state = root / "var/lib"
        (state / self.setting("StateDirectory")).mkdir(parents=True, exist_ok=True)
        given = self.setting("Environment").replace("%S", str(state))
        self._notify = root / f"{role}.notify"
        self._environment = environment | dict(word.split("=", 1) for word in given.split())
        self._environment["NOTIFY_SOCKET"] = str(self._notify)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._listener.bind(str(self._notify))
        self.started_at = 0.0
        self.codes: list[int] = []
        """How its processes ended, of those that did."""
        self.process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.log = root / f"{role}.log"

    def setting(self, key: str) -> str:
        """What stands last for it in the unit, for the printer `bench`."""
        found: list[str] = re.findall(rf"(?m)^{key}=(.*)$", self._text)
        return found[-1].replace("%i", "bench")

    def start(self, *, is_good: bool = True) -> None:
        """Start it, and wait until it says that it is ready, if it ever is."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()
        if is_good:
            self.await_ready()

    def await_ready(self) -> None:
        """Wait until a process of it, which is just being started, is ready."""
        assert select.select([self._listener], [], [], GENEROUS_S)[0], self.log.read_text()
        assert self._listener.recv(100) == b"READY=1"

    def said(self) -> str:
        """What its processes wrote so far."""
        return self.log.read_text() if self.log.exists() else ""

    @property
    def is_active(self) -> bool:
        """Whether it runs, or will in a moment."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """As `systemctl stop` does."""
        self._stopping.set()
        if self.is_active:
            self.signal(self.kill_signal)
        self.wait()

    def wait(self) -> None:
        """Until it is inactive."""
        if self._thread is not None:
            self._thread.join(GENEROUS_S)
            assert not self._thread.is_alive(), self.log.read_text()

    def reload(self) -> None:
        """As `systemctl reload` does."""
        assert self.process is not None
        line = self.setting("ExecReload").replace("$MAINPID", str(self.process.pid))
        subprocess.run(shlex.split(line), check=True)

    def signal(self, number: int) -> None:
        """Send the signal to its process."""
        assert self.process is not None
        self.process.send_signal(number)

    @property
    def kill_signal(self) -> int:
        """By which it is stopped."""
        named = re.findall(r"(?m)^KillSignal=(.*)$", self._text)
        return signal.Signals[named[-1] if named else "SIGTERM"]

    def _keep(self) -> None:
        """Start it, and again where the unit says so."""
        stays_down = {int(code) for code in self.setting("RestartPreventExitStatus").split()}
        assert self.setting("Restart") == "always"
        while not self._stopping.is_set():
            self._run_dir.mkdir(mode=0o777, parents=True, exist_ok=True)
            self._run_dir.chmod(int(self.setting("RuntimeDirectoryMode"), 8))
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    shlex.split(self.setting("ExecStart")),
                    env=self._environment,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    umask=int(self.setting("UMask"), 8),
                )
            self.started_at = time.monotonic()
            self.codes.append(self.process.wait())
            if self.codes[-1] in stays_down:
                return
            self._stopping.wait(float(self.setting("RestartSec").removesuffix("ms")) / 1000)

    def close(self) -> None:
        """End it for good, whatever it does."""
        self._stopping.set()
        while self._thread is not None and self._thread.is_alive():
            if self.process is not None:
                self.process.kill()
            # It may just be starting another one.
            self._thread.join(0.1)
        self._listener.close()
        self._notify.unlink(missing_ok=True)


def environment(root: Path) -> dict[str, str]:
    """Of a unit: the system's, and nothing of a user's."""
    repository = Path(__file__).parents[2]
    path = os.environ.get("PATH", "/usr/bin:/bin")
    return {"PATH": path, "PYTHONPATH": str(repository), "GBTERM_ROOT": str(root)}
