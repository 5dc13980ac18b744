"""What is asked of the printer process beside its server, kept for the server to note.

One-shot commands of this machine come that way, and an emergency stop while the server is gone.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gbterm import unix_peer, wire
from gbterm.audit import AuditEntry, of_job, outcome, shortened
from gbterm.host.rpc import Client
from gbterm.jobs import Job
from gbterm.printer_params import PRINTER_PARAMS

LARGEST = 1 << 20
"""Bytes; then those before are given up."""
MOST_WAITING = 1000
_CHANGING = {name for name in PRINTER_PARAMS if not name.startswith("get_")} | {"shutdown"}

Serve = Callable[[Client, str, dict[str, Any]], Awaitable[Any]]


class Calls:
    """Appends them to `path`, an entry of the audit a line, or nowhere; `job` is the print under
    way."""

    def __init__(self, path: Path | None, job: Callable[[], Job | None]) -> None:
        self._path, self._job = path, job
        self._server = 0
        self._waiting: deque[AuditEntry] = deque(maxlen=MOST_WAITING)
        self._writing: asyncio.Task[None] | None = None

    async def call(self, client: Client, method: str, params: dict[str, Any], serve: Serve) -> Any:
        """What `serve` gives for the call, or raises."""
        peer = unix_peer.of(client.writer.get_extra_info("socket"))
        if method == "hello" and params.get("role") == "server" and peer:
            # Of another user, nobody is believed to be the server.
            self._server = peer.pid if peer.uid == os.geteuid() else self._server
        if self._path is None or method not in _CHANGING or (peer and peer.pid == self._server):
            return await serve(client, method, params)
        at, error = time.time(), None
        try:
            return await serve(client, method, params)
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._tell(at, peer.uid if peer else None, method, params, error)

    async def close(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            await self._writing

    def _tell(
        self,
        at: float,
        uid: int | None,
        method: str,
        params: dict[str, Any],
        error: BaseException | None,
    ) -> None:
        names = [param.name for param in PRINTER_PARAMS.get(method, ())]
        how, why = outcome(error)
        job, given = of_job(self._job(), method, at), shortened(params, names)
        entry = AuditEntry(at, method, uid=uid, params=given, job=job, outcome=how, reason=why)
        self._waiting.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._waiting:
            lines = [json.dumps(wire.to_json(entry)) for entry in self._waiting]
            self._waiting.clear()
            if self._path is not None:
                await asyncio.to_thread(append, self._path, "".join(f"{line}\n" for line in lines))


def append(path: Path, text: str) -> None:
    """Add lines to the file, which `taken` may take away meanwhile. Raises nothing."""
    try:
        path.touch(mode=0o600)
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_size > LARGEST:
                file.truncate(0)
            file.write(text)
    except OSError:
        # A full disk must not end a print, and nobody waits for what is noted.
        return


def taken(path: Path) -> list[AuditEntry]:
    """What the file holds, and nothing of it any more. Raises `OSError`."""
    try:
        with path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            text = file.read()
            file.truncate(0)
    except FileNotFoundError:
        return []
    return [entry for line in text.splitlines() if (entry := _entry(line))]


def _entry(line: str) -> AuditEntry | None:
    try:
        return wire.from_json(AuditEntry, json.loads(line))
    except (ValueError, TypeError):
        return None  # a line that a full disk cut
