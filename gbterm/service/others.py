"""Hosts that serve a printer already, whoever started them: beside them a service has no board."""

from __future__ import annotations

import pwd
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from gbterm import paths
from gbterm.config import PrinterProfile
from gbterm.errors import WrongState
from gbterm.host import hosts
from gbterm.host.hosts import RunningHost

_BOUND = re.compile(r" (/\S*)/printer\.sock$", re.MULTILINE)
"""In /proc/net/unix, which has the sockets of every user: proc(5)."""


def require_free(printers: Iterable[PrinterProfile], *, is_users_own: bool) -> None:
    """Raise `WrongState` where a host serves one of them that isn't the service's, or the user's.

    As root it finds those of every user; a user's own service has to do with that user's and with
    the machine's service.
    """
    found = list(hosts.running() if is_users_own else _of_anybody())
    for printer in printers:
        if is_users_own and (paths.SERVICE_RUN / printer.name).is_dir():
            raise WrongState(_of_the_machine(printer.name))
        names = {printer.name, paths.host_name(printer.port)}
        for host in found:
            same = paths.host_name(host.port) in names or bool({host.name, host.called} & names)
            if same and not _is_the_service(host, is_users_own):
                raise WrongState(_says(host))


def is_users_service(run_dir: Path) -> bool:
    """Whether the host of `run_dir` is one that a user's systemd keeps."""
    return run_dir.parent != paths.SERVICE_RUN and hosts.is_supervised(run_dir)


def _of_anybody() -> Iterator[RunningHost]:
    listed = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
    for run_dir in map(Path, sorted(set(_BOUND.findall(listed)))):
        if host := hosts.at(run_dir):
            yield host


def _is_the_service(host: RunningHost, is_users_own: bool) -> bool:
    if is_users_own:
        return is_users_service(host.run_dir)
    return host.run_dir.parent == paths.SERVICE_RUN


def _says(host: RunningHost) -> str:
    if host.run_dir.parent == paths.SERVICE_RUN:
        return _of_the_machine(host.name)
    owner = "somebody"
    with suppress(OSError, KeyError):
        owner = pwd.getpwuid(host.run_dir.stat().st_uid).pw_name
    ends = f"gbterm --printer {host.name} stop"
    if is_users_service(host.run_dir):
        ends = f"gbterm service remove --user --printer {host.name}"
    return (
        f"A host of {owner} serves {host.called} on {host.port} already: end it first, as {owner},"
        f" with {ends}."
    )


def _of_the_machine(name: str) -> str:
    return (
        f"{name} is this machine's service's already: use it, or take it away first with sudo"
        f" gbterm service remove --printer {name}."
    )
