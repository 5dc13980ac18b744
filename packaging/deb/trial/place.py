"""Two ways to live in a clean root, without a network: booted with systemd, or by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from root import CLEAN, Missing, run

BOOTED_WITHIN_S, ENDED_WITHIN_S = 90.0, 30.0
SECONDS = {"ms": 0.001, "s": 1.0}


def wait_until(what: Callable[[], object], why: str, within_s: float = 60.0) -> float:
    """Wait for an outcome; after how many seconds it came."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() < began + within_s, f"not within {within_s:g} s: {why}"
        time.sleep(0.02)
    return time.monotonic() - began


def child_of(pid: int) -> int:
    """The number of the first child of a process, 0 while there is none."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


class Place:
    """Processes in namespaces of their own, in a root; all of them end with `leader`."""

    how = ""
    """In words, for who reads the trial."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.leader = 0

    @property
    def inside(self) -> Path:
        """The root as the processes in it see it, with its /run."""
        return Path(f"/proc/{self.leader}/root")

    def entering(self, *command: str, user: str = "root", **more: str) -> list[str]:
        """The command that runs `command` in there."""
        environment = CLEAN | {"DEBIAN_FRONTEND": "noninteractive"} | more
        words = [f"{name}={value}" for name, value in environment.items()]
        enter = ["nsenter", f"--target={self.leader}", "--mount", "--net", "--pid", "--uts"]
        who = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        as_user = [] if user == "root" else who
        return [*enter, "--root", "--wd", "--", "env", "-i", *words, *as_user, *command]

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command in there, to its end."""
        return run(*self.entering(*command, **more), stdin=subprocess.DEVNULL)

    def begin(self, *command: str, **more: str) -> subprocess.Popen[str]:
        """A command in there, in the background."""
        return subprocess.Popen(
            self.entering(*command, **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pid(self, role: str) -> int:
        """The number in there of the service's process `role`, 0 for none."""
        words = ("--euid", "gbterm", "--full", f"gbterm host {role} ")
        found = self.run("pgrep", *words).stdout.split()
        return int(found[0]) if found else 0

    def start(self, name: str) -> None:
        """Start the services of the printer `name`, as an admin does."""
        raise NotImplementedError

    def close(self) -> None:
        """End all of it."""
        raise NotImplementedError


class Booted(Place):
    """systemd is the first process. Raises `Missing` with why, where it doesn't come up."""

    how = "booted with systemd"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._nspawn = subprocess.Popen(
            [
                *("systemd-nspawn", "--quiet", "--boot", f"--directory={root}"),
                *("--private-network", "--register=no", "--keep-unit", "--console=pipe"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            wait_until(self._is_up, "systemd is up", BOOTED_WITHIN_S)
        except AssertionError as error:
            self.close()
            said = " / ".join(self._said[-3:]) or str(error)
            raise Missing(f"systemd doesn't boot in a root on this machine ({said})") from error

    def _listen(self) -> None:
        assert self._nspawn.stdout is not None
        self._said.extend(line.strip() for line in self._nspawn.stdout)

    def _is_up(self) -> bool:
        assert self._nspawn.poll() is None, "systemd-nspawn ended"
        self.leader = child_of(self._nspawn.pid)
        state = self.leader and self.run("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    def start(self, name: str) -> None:
        units = f"gbterm-server@{name}.service"
        done = self.run("systemctl", "enable", "--now", units)
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        self._nspawn.terminate()
        try:
            self._nspawn.wait(ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            # All else in there ends with its first process.
            for pid in filter(None, (self.leader, self._nspawn.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._nspawn.wait()


class ByHand(Place):
    """The first process sleeps, and the trial does what systemd would: it runs the units' own
    ExecStart lines as their users, and again where they end."""

    how = "by hand: the units' own ExecStart lines, as their user, without their hardening"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        mounts = (
            "mount -t proc proc /proc && mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 "
        )
        mounts += (
            "devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx && mount -t tmpfs run /run"
        )
        self._first = subprocess.Popen(
            [
                *("unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--kill-child"),
                *("chroot", str(root), "sh", "-c", f"{mounts} && exec sleep infinity"),
            ],
            env=CLEAN,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._units: list[Unit] = []
        wait_until(self._is_up, "a root to live in")

    def _is_up(self) -> bool:
        assert self._first.poll() is None, "the root can't be entered"
        self.leader = child_of(self._first.pid)
        return bool(self.leader) and Path(f"/proc/{self.leader}/comm").read_text() == "sleep\n"

    def start(self, name: str) -> None:
        self._units += [Unit(self, f"gbterm-{role}@", name) for role in ("printer", "server")]

    def close(self) -> None:
        for unit in self._units:
            unit.stop()
        self._first.kill()
        self._first.wait()


class Unit:
    """What systemd does of a unit, as far as a print depends on it."""

    def __init__(self, place: Place, template: str, name: str) -> None:
        self._place, self._name = place, name
        path = place.root / f"usr/lib/systemd/system/{template}.service"
        lines = (line.partition("=") for line in path.read_text().splitlines())
        self._says = {key: value.replace("%i", name) for key, _, value in lines}
        self._process: subprocess.Popen[str] | None = None
        self._ended = threading.Event()
        folder = f"/run/{self._says['RuntimeDirectory']}"
        user = self._says["User"]
        place.run("install", "-d", "-o", user, "-g", user, "-m", "0750", folder)
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        says = self._says
        words = says["Environment"].replace("%S", "/var/lib").split()
        environment = dict(word.split("=", 1) for word in words)
        not_again = says["RestartPreventExitStatus"].split()
        unit, number = says["RestartSec"].lstrip("0123456789"), says["RestartSec"]
        pause_s = float(number.removesuffix(unit)) * SECONDS[unit]
        while not self._ended.is_set():
            self._process = self._place.begin(
                *says["ExecStart"].split(), user=says["User"], **environment
            )
            said, _ = self._process.communicate()
            if str(self._process.returncode) in not_again:
                print(said)
                return
            self._ended.wait(pause_s)

    def stop(self) -> None:
        """No more."""
        self._ended.set()
