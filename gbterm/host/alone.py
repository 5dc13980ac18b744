"""A printer process is alone with its run directory, its journal and its port. All blocks."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path

from gbterm import lock
from gbterm.errors import WrongState
from gbterm.host import hosts
from gbterm.host.spec import Spec

ALONE_WITHIN_S, LOOK_EVERY_S = 30.0, 0.5
"""Less than systemd waits for a process to be ready."""
IN_USE = (
    "Another host already serves {0}, of the same user: gbterm --printer {1} stop, as that user,"
    " ends it, and then this one begins."
)
log = logging.getLogger(__name__)


def alone(spec: Spec, locks: contextlib.ExitStack) -> tuple[lock.Lock | None, str]:
    """The lock of the run directory, once nobody else has that, the journal or the port.

    Without, why not: empty where it is another process of this host. What systemd would start
    again at once waits for the end of the other one. Raises `WrongState`.
    """
    deadline, said = time.monotonic() + ALONE_WITHIN_S, ""
    while True:
        held, why = _take(spec, locks)
        if held is not None or not spec.supervised:
            return held, why
        why = why or IN_USE.format(spec.profile.name, spec.name)
        if time.monotonic() > deadline:
            raise WrongState(why)
        if why != said:
            log.warning("%s", why)
        said = why
        time.sleep(LOOK_EVERY_S)


def _take(spec: Spec, locks: contextlib.ExitStack) -> tuple[lock.Lock | None, str]:
    with contextlib.ExitStack() as taken:
        is_ours = _lock(spec.kept_dir / hosts.JOURNAL_LOCK, taken) is not None
        # Its server would start the other printer process again.
        if not is_ours or (spec.kept_dir != spec.run_dir and hosts.is_alive(spec.kept_dir)):
            return None, ""
        port = hosts.take_port(spec.profile.port)
        if port is None:
            return None, f"{spec.profile.port} is served by another host: use that one, or stop it."
        taken.callback(port.close)
        # Last: clients go by it.
        held = _lock(spec.run_dir / hosts.PRINTER_LOCK, taken)
        if held is not None:
            locks.push(taken.pop_all())
        return held, ""


def _lock(path: Path, locks: contextlib.ExitStack) -> lock.Lock | None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock.take(path)
    if held is not None:
        locks.callback(held.release)
    return held
