"""Which hosts run, by what they leave in their run directories. Blocking, and quick to import."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gbterm import lock, paths

PRINTER_LOCK, SERVER_LOCK, is_alive = paths.PRINTER_LOCK, paths.SERVER_LOCK, paths.is_alive
JOURNAL_LOCK = "journal.lock"
"""Held by the printer process beside its journal, which other run directories may lead to."""
SPEC, NOTICE, JOURNAL = "host.json", "server.json", "journal"
"""What the host is made of, where its server listens, and what it prints (`journal.py`)."""
TRAFFIC = "traffic"
"""The last lines to and from the board (`traffic.py`)."""
CALLS = "calls.jsonl"
"""What was asked of the printer process beside its server (`calls.py`)."""
SERVED_WITHIN_S, LOOK_EVERY_S = 60.0, 0.05
"""A server that died is started again at once, or later and later where it doesn't stay; a slow
machine that is busy takes a while for it."""
NOT_OF_THE_GROUP = (
    "The host of {} is another user's; join its group (sudo usermod -aG gbterm $USER) and log in"
    " again."
)
"""For those who may not use its sockets."""
ENDED = "ended"
"""Left by a printer process that was ended in order: nobody is to start it again unasked."""


@dataclass(frozen=True, slots=True)
class RunningHost:
    """A host whose printer process lives; `listen` is its address on TCP, if it has one."""

    name: str
    run_dir: Path
    called: str
    """What people call it: the name of its profile, or its port."""
    port: str
    announced: bool = False
    """Whether its server said that clients may connect."""
    listen: str = ""
    note: str = ""
    """What its user should know, as that the address was taken."""
    started: bool = False
    """Whether the caller started it."""
    tls: bool = False
    addresses: tuple[str, ...] = ()
    """Those by which the network knows it."""
    octoprint: str = ""
    """Where it serves clients of OctoPrint, if it does."""

    @property
    def urls(self) -> set[str]:
        """All its addresses on TCP."""
        port = self.listen.rpartition(":")[2]
        hosts = (f"[{host}]" if ":" in host else host for host in self.addresses)
        spelt = {f"{host}:{port}" for host in hosts} | ({self.listen} if self.listen else set())
        return {f"{'wss' if self.tls else 'ws'}://{address}/ws" for address in spelt}

    @property
    def url(self) -> str:
        """Its address on TCP, or nothing."""
        return f"{'wss' if self.tls else 'ws'}://{self.listen}/ws" if self.listen else ""

    @property
    def octoprint_url(self) -> str:
        """Its address for clients of OctoPrint, or nothing."""
        return f"http{'s' if self.tls else ''}://{self.octoprint}" if self.octoprint else ""

    @property
    def server_socket(self) -> Path:
        """Where clients connect."""
        return self.run_dir / "server.sock"

    @property
    def printer_socket(self) -> Path:
        """Where an emergency stop goes as well."""
        return self.run_dir / "printer.sock"


def find(name: str) -> RunningHost | None:
    """The host `name`, where its printer process lives."""
    return at(paths.run_dir(name))


def on_port(port: str) -> RunningHost | None:
    """The host that serves `port`, under whatever name and however the port is spelt.

    A stable name leads elsewhere after a replug; the host still serves the port by that name.
    """
    return next((host for host in running() if is_same_port(host.port, port)), None)


def is_same_port(one: str, other: str) -> bool:
    """Whether these lead to one port now, however they are spelt."""
    return one == other or paths.host_name(one) == paths.host_name(other)


def running() -> list[RunningHost]:
    """Every host whose run directory this user can see."""
    return [host for host in map(at, run_dirs()) if host is not None]


def at(run_dir: Path, *, started: bool = False) -> RunningHost | None:
    """The host of `run_dir`, where its printer process lives."""
    if not lock.is_held(run_dir / PRINTER_LOCK):
        return None
    profile = _members(run_dir / SPEC).get("profile")
    profile = profile if isinstance(profile, dict) else {}
    port = str(profile.get("port") or run_dir.name)
    notice = _members(run_dir / NOTICE)
    return RunningHost(
        run_dir.name,
        run_dir,
        str(profile.get("name") or port),
        port,
        bool(notice),
        str(notice.get("listen") or ""),
        str(notice.get("note") or ""),
        started,
        bool(notice.get("tls")),
        tuple(map(str, notice.get("announced") or ())),
        str(notice.get("octoprint") or ""),
    )


def take_port(port: str) -> socket.socket | None:
    """Have a port behind a URL for oneself on this machine, whoever else is on it, until the end.

    None where another process has it. A device needs none of it: it is locked itself.
    """
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        if "://" in port:
            # An abstract name, which users and services share as they share no folder: unix(7).
            taken.bind(f"\0gbterm/port/{paths.host_name(port)}")
    except OSError:
        taken.close()
        return None
    return taken


def wait_for_server(run_dir: Path) -> None:
    """Wait while the server of a host that lives is being started again, though not for ever."""
    deadline = time.monotonic() + SERVED_WITHIN_S
    while not answers(run_dir / "server.sock") and is_alive(run_dir):
        if time.monotonic() > deadline:
            return
        time.sleep(LOOK_EVERY_S)


def answers(path: Path) -> bool:
    """Whether somebody listens on a unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        with suppress(OSError):
            client.connect(str(path))
            return True
    return False


def socket_mode(run_dir: Path) -> int:
    """Of the sockets in it: those of the service are for its group."""
    return 0o660 if run_dir.parent == paths.SERVICE_RUN else 0o600


def kept_dir(run_dir: Path) -> Path:
    """Where the host of `run_dir` keeps its journal, as far as that may be known."""
    return Path(str(_members(run_dir / SPEC).get("kept") or run_dir))


def is_supervised(run_dir: Path) -> bool:
    """Whether systemd keeps the host of `run_dir`, as far as that may be known."""
    return _members(run_dir / SPEC).get("supervised") is True


def run_dirs() -> Iterator[Path]:
    """The run directories that this user can see, of hosts that live and of those that did."""
    for root in (paths.SERVICE_RUN, paths.state_dir() / "run"):
        with suppress(OSError):
            yield from sorted(root.iterdir())


def _members(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        members = json.loads(path.read_text())
        return members if isinstance(members, dict) else {}
    return {}
