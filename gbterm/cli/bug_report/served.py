"""What a server tells of its printer, here or elsewhere, ours or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from gbterm import wire
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.cli.bug_report import told
from gbterm.cli.bug_report.archive import Archive
from gbterm.console_lines import KEPT, ConsoleLine, ConsoleLines
from gbterm.errors import GbtermError
from gbterm.host import traffic

LINES_WITHIN_S = 2.0


async def put(archive: Archive, backend: Backend) -> None:
    """Its state, what it can do, how the board is fed, the last lines, and the firmware."""
    heard_s = wire.age_s(backend.heard_at, backend.clock())
    archive.put_json(*told.STATE, {"heard_s": heard_s, **wire.to_json(backend.state)})
    able = {
        "capabilities": sorted(one.name or "" for one in backend.capabilities),
        "limits": wire.to_json(backend.limits),
        "machine": wire.to_json(backend.machine),
    }
    archive.put_json(*told.CAPABILITIES, able)
    try:
        archive.put_json("server.json", "what drives it", await backend.server_json("version"))
    except GbtermError as error:
        archive.lacks("server.json", error)
    try:
        archive.put_json(*told.STREAM, wire.to_json(await backend.stream_statistics()))
    except GbtermError as error:
        archive.lacks(told.STREAM[0], error)
    # Meanwhile, since some servers keep no lines: what is asked makes some.
    async with _watched(archive, backend):
        await _put_firmware(archive, backend)


@asynccontextmanager
async def _watched(archive: Archive, backend: Backend) -> AsyncIterator[None]:
    """Put the lines of the cable that are kept, and those of meanwhile."""
    lines: list[ConsoleLine] = []
    came = asyncio.Event()

    def heard(batch: ConsoleLines) -> None:
        lines.extend(batch.lines)
        came.set()

    try:
        stop = await backend.watch_console(heard, backlog=KEPT)
    except GbtermError as error:
        archive.lacks(told.TRAFFIC[0], error)
        yield
        return
    try:
        yield
        with suppress(TimeoutError):
            async with asyncio.timeout(LINES_WITHIN_S):
                await came.wait()
    finally:
        stop()
    if lines:
        archive.put_lines(*told.TRAFFIC, map(_written, lines))
    elif not archive.has(told.TRAFFIC[0]):
        archive.lacks(told.TRAFFIC[0], "nothing went over the cable")


def _written(line: ConsoleLine) -> str:
    return traffic.written(line.at, line.direction == "out", line.text)


async def _put_firmware(archive: Archive, backend: Backend) -> None:
    told.put_known_firmware(archive, backend.state)
    if not told.may_ask(archive, backend.state):
        return
    try:
        backend.require(Capability.GCODE, "send G-code")
        archive.put_lines(*told.FIRMWARE, told.replies(await backend.send_gcode(told.ASKED)))
    except GbtermError as error:
        archive.lacks(told.FIRMWARE[0], error)
