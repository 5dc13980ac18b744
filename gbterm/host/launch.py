"""Starting and being a host's processes."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gbterm import jsonrpc, lock, paths
from gbterm.config import History, PrinterProfile, Serving, Watching
from gbterm.errors import LinkError, UsageError
from gbterm.host import hosts, logs
from gbterm.host import spec as specs
from gbterm.host.hosts import RunningHost
from gbterm.host.spec import Spec

PRINTER_WITHIN_S = 100.0
"""A board may boot slowly, at each of the baud rates that are tried."""
ENDED_WITHIN_S = 20.0
RESTART_BACKOFF_S = (0.0, 1.0, 2.0, 5.0, 10.0)
HEALTHY_AFTER_S = 30.0
LOCKED_ANEW_WITHIN_S = 10.0
SERVICE_BACK_WITHIN_S = 3.0
SPARING = {"MALLOC_ARENA_MAX": "1"}
"""Each thread would keep memory of its own that it has no use for any more (mallopt(3))."""
SERVER_FAILED = "server.failed"
"""Where the server writes why it can't serve, for whoever waits for it."""


def ensure(
    name: str,
    profile: PrinterProfile,
    *,
    data: Path,
    listen: str | None,
    listen_required: bool,
    serving: Serving | None = None,
    watching: Watching | None = None,
    history: History | None = None,
    octoprint_required: bool = False,
) -> RunningHost:
    """The host `name` of `profile`: the one that runs, or one started detached from here.

    A host of another name that was quicker on the same port will do, too. Returns once clients
    may connect. Raises `LinkError` with the reason and what to do, and `UsageError` where
    `listen`, or the profile's address for OctoPrint's clients, is required and taken.
    """
    how = serving or Serving(), watching or Watching(), history or History()
    spec = Spec(name, profile, data, listen or "", listen_required, *how)
    spec = replace(spec, octoprint_required=octoprint_required)
    started = False
    if spec.run_dir.parent == paths.SERVICE_RUN:
        _await_service(spec)
    elif not lock.is_held(spec.run_dir / hosts.PRINTER_LOCK):
        spec.save()
        try:
            started = _start_printer_and_wait(spec)
        except LinkError:
            other = hosts.on_port(profile.port)
            if other is None:
                raise
            return _when_served(other.run_dir, profile, started)
    return _when_served(spec.run_dir, profile, started)


def _await_service(spec: Spec) -> None:
    """Raise `LinkError` where the host, which systemd alone starts, doesn't run."""
    run_dir = spec.run_dir
    if not os.access(run_dir, os.X_OK):
        raise LinkError(hosts.NOT_OF_THE_GROUP.format(spec.profile.name))
    # It may just be started anew.
    deadline = time.monotonic() + SERVICE_BACK_WITHIN_S
    while not lock.is_held(run_dir / hosts.PRINTER_LOCK):
        if time.monotonic() > deadline:
            raise LinkError(
                f"{spec.profile.name} is this machine's service's, which doesn't run: sudo"
                f" systemctl start gbterm-server@{spec.name}"
            )
        time.sleep(hosts.LOOK_EVERY_S)


def _when_served(run_dir: Path, profile: PrinterProfile, started: bool) -> RunningHost:
    deadline = time.monotonic() + hosts.SERVED_WITHIN_S
    failed = run_dir / SERVER_FAILED
    while time.monotonic() < deadline:
        host = hosts.at(run_dir, started=started)
        if host is not None and host.announced and hosts.answers(host.server_socket):
            return host
        if failed.exists():
            if started:
                _end(run_dir)
            raise UsageError(failed.read_text().strip())
        time.sleep(hosts.LOOK_EVERY_S)
    raise LinkError(f"The server of {profile.name} did not start; {run_dir} holds its log.")


def _end(run_dir: Path) -> None:
    """End a host that was just started and can't be used, and wait until it has."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ENDED_WITHIN_S)
        client.connect(str(run_dir / "printer.sock"))
        client.sendall(jsonrpc.call(1, "shutdown", {"force": True}).encode() + b"\n")
        while client.recv(4096):
            pass
    deadline = time.monotonic() + ENDED_WITHIN_S
    while hosts.is_alive(run_dir) and time.monotonic() < deadline:
        time.sleep(hosts.LOOK_EVERY_S)


# Starting.


def _start_printer_and_wait(spec: Spec) -> bool:
    """Start a printer process and hear how it went; False where another one was quicker."""
    (spec.run_dir / SERVER_FAILED).unlink(missing_ok=True)
    reading, writing = os.pipe()
    try:
        child = _spawn(spec, "printer", ("--start-pipe", str(writing)), (writing,))
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        if not select.select([pipe], [], [], PRINTER_WITHIN_S)[0]:
            raise LinkError(
                f"{spec.profile.name} is still busy after {PRINTER_WITHIN_S:g} s, and its host goes"
                " on trying: look with gbterm status, or end it with gbterm stop."
            )
        said = json.loads(pipe.readline() or b"{}")
    if said.get("error") != "":
        # It is about to end, and would stay as a zombie of whoever waits here.
        with suppress(subprocess.TimeoutExpired):
            child.wait(ENDED_WITHIN_S)
    if said.get("locked"):
        return False
    if said.get("error") is None:
        log = logs.of(spec.run_dir, "printer")
        raise LinkError(f"The printer process ended; {log} says why.")
    if said["error"]:
        raise LinkError(str(said["error"]))
    # Whoever started it may live as long; an end that nobody asks about would leave a zombie.
    threading.Thread(target=child.wait, name="reaper", daemon=True).start()
    return True


def _spawn(
    spec: Spec, role: str, options: tuple[str, ...] = (), pass_fds: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """A process in a session of its own, so that no terminal's end reaches it."""
    path = logs.of(spec.run_dir, role)
    logs.make_room(path)
    with path.open("ab") as log:
        return subprocess.Popen(
            [*spec.command(role), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=pass_fds,
            cwd="/",
            env=os.environ | SPARING,
        )


class Keeper:
    """Keeps the other process of a host alive: starts it whenever nobody holds its lock."""

    def __init__(self, spec: Spec, role: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._spec, self._role, self._clock = spec, role, clock
        self._lock = spec.run_dir / f"{role}.lock"
        self._child: subprocess.Popen[bytes] | None = None
        self._tries, self._started = 0, float("-inf")
        self._seen = clock() if lock.is_held(self._lock) else float("-inf")

    def look(self) -> bool:
        """Start it where it is gone, ever later if it does not stay. Raises nothing.

        False where the host was ended, so that nothing is to be started.
        """
        if (self._spec.run_dir / hosts.ENDED).exists():
            return False
        try:
            self._look()
        except OSError as error:
            import logging

            logging.getLogger(__name__).warning("%s can't be started: %s", self._role, error)
        return True

    def _look(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        now = self._clock()
        if lock.is_held(self._lock):
            self._seen = now
            if now - self._started > HEALTHY_AFTER_S:
                self._tries = 0
            return
        if now - self._seen < LOCKED_ANEW_WITHIN_S and not self._lock.exists():
            # Who dies leaves the file. Whoever lost it to a clean-up locks it anew.
            return
        wait = RESTART_BACKOFF_S[min(self._tries, len(RESTART_BACKOFF_S) - 1)]
        if self._child is not None or now - self._started < wait:
            return
        self._tries, self._started = self._tries + 1, now
        if not (self._spec.run_dir / hosts.SPEC).exists():
            self._spec.save()
        self._child = _spawn(self._spec, self._role)


# Being one of them.


def run_printer(arguments: list[str]) -> bool:
    """Be the printer process: `NAME [--start-pipe FD | --supervised]`; as `is_ended`."""
    from gbterm.host import printer

    spec, pipe = spec_of(arguments)
    logs.begin(logs.of(spec.run_dir, "printer"), spec.watching.log.level)
    printer.run(spec, Keeper(spec, "server").look, pipe)
    return is_ended(spec)


def spec_of(arguments: list[str]) -> tuple[Spec, int | None]:
    """The host, and the pipe that waits for word of the start. Raises `UsageError`, `LinkError`."""
    match arguments:
        case [name]:
            return specs.load(name), None
        case [name, "--supervised"]:
            return specs.configured(name), None
        case [name, "--start-pipe", number] if number.isdigit():
            return specs.load(name), int(number)
    raise UsageError("Say which host: gbterm host printer NAME --supervised.")


def is_ended(spec: Spec) -> bool:
    """Whether the host was ended on purpose, so that systemd leaves it so."""
    return not spec.supervised or (spec.run_dir / hosts.ENDED).exists()
