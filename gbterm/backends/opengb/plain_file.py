"""Files of a plain OpenGB server: as it can take and print them, and handed out.

It sends a print line by line without comments, and waits for an `ok` to each line, of which Marlin
says none to an empty one: four lines of white space alone, as each blank line of a file with CR LF
is to it, stop a print for good. Of a message it takes no more than 10 MiB.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from gbterm import jsonrpc
from gbterm.arrival import Arrival
from gbterm.backends.opengb.channel import Open
from gbterm.backends.opengb.once import call_once
from gbterm.backends.server_side import Progress
from gbterm.errors import FileRefused, GbtermError, LinkError, NeedsConfirmation, NoSuchFile
from gbterm.gcode.check import check_file
from gbterm.gcode.lines import command_text, read_lines
from gbterm.model import Firmware
from gbterm.text import scrub

LARGEST = 10 << 20
"""Bytes of a message, as tornado has it."""
PIECE = 1 << 16
FILE_S = 600.0

_MOVE = re.compile(rb"G *0*[0-35](?!\d)")
_COORDINATES = re.compile(rb"G *9[01](?!\d)")


async def put(open_channel: Open, path: Path, progress: Progress | None) -> Any:
    """The answer to a file that was put into the library, over a connection of its own.

    Its lines go without the white space at their ends. Raises `FileRefused`, `LinkError` and what
    the server says.
    """
    request = await asyncio.to_thread(_request, path)
    channel = await open_channel()

    async def pieces() -> AsyncIterator[str]:
        for at in range(0, len(request), PIECE):
            yield request[at : at + PIECE]
            if progress:
                progress(min(at + PIECE, len(request)), len(request))

    try:
        return await call_once(channel, "put_gcode_file", FILE_S, pieces())
    finally:
        await channel.close()


def _request(path: Path) -> str:
    name = scrub(path.name, 60)
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else b" " * (LARGEST + 1)
    except OSError as error:
        raise FileRefused(f"{name} can't be read: {error.strerror}.") from error
    if b"\0" in content:
        raise FileRefused(f"{name} is not G-code: it holds a NUL byte.")
    text = content.decode("utf-8", "replace") if len(content) <= LARGEST else ""
    lines = re.sub("\r\n?", "\n", text).removesuffix("\n").split("\n")
    payload = "".join(f"{line.strip()}\n" for line in lines)
    request = jsonrpc.call(1, "put_gcode_file", {"name": path.name, "payload": payload})
    if max(len(content), len(request)) > LARGEST:
        raise FileRefused(
            f"{name} is too large: an OpenGB server takes files of up to {LARGEST >> 20} MiB."
        )
    return request


async def fetch(open_channel: Open, file_id: int) -> str:
    """What file `file_id` holds, over a connection of its own.

    Raises `LinkError` and what the server says.
    """
    channel = await open_channel()
    try:
        async with asyncio.timeout(FILE_S):
            params = {"id": file_id, "content": True}
            await channel.send(jsonrpc.call(1, "get_gcode_file", params))
            async for text in channel.messages():
                answer = json.loads(text)
                if answer.get("id") == 1 and "event" not in answer:
                    if answer.get("error") is not None:
                        raise error_with(file_id, jsonrpc.exception(answer["error"]))
                    return str(answer["result"]["content"])
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise LinkError("The server's answer to a download can't be read.") from error
    except TimeoutError as error:
        raise LinkError("The server did not answer get_gcode_file in time.") from error
    finally:
        await channel.close()
    raise LinkError("The server closed the connection.")


def error_with(file_id: int | None, error: GbtermError) -> GbtermError:
    """What an error of a call about file `file_id` is, of which the server says but the words."""
    if file_id is not None and "gcode file" in str(error):
        return NoSuchFile(f"The library holds no file number {file_id}.")
    return error


async def download(
    open_channel: Open, file_id: int, path: Path, progress: Progress | None, *, replaces: bool
) -> None:
    """Have the file `file_id` at `path`. Raises what `Arrival` and `fetch` raise."""
    arrival = await asyncio.to_thread(Arrival, path, replaces=replaces)
    try:
        data = (await fetch(open_channel, file_id)).encode("utf-8", "replace")
        await asyncio.to_thread(arrival.write, data)
        if progress:
            progress(len(data), len(data))
        await asyncio.to_thread(arrival.finish, hashlib.sha256(data).hexdigest())
    finally:
        await asyncio.to_thread(arrival.close)


def check(content: str, name: str, *, is_confirmed: bool) -> None:
    """Whether the server can print it.

    Raises `FileRefused`, and `NeedsConfirmation` unless `is_confirmed`.
    """
    data, name = content.encode("utf-8", "replace"), scrub(name, 60)
    for number, line in enumerate(content.split("\n"), 1):
        if line and not line.strip():
            raise FileRefused(
                f"{name} can't be printed: line {number} is white space alone, on which prints of "
                "an OpenGB server stop. Upload it once more with gbterm, which takes that out."
            )
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        report = check_file(Path(file.name), Firmware(), name)
    if not report.commands:
        raise FileRefused(f"{name} can't be printed: it holds no commands.")
    if is_confirmed:
        return
    if report.asked or report.held:
        line_number, text = (*report.asked, *report.held)[0]
        raise NeedsConfirmation(
            f"Line {line_number} of {name}, {text}, changes stored settings or waits for somebody "
            "at the printer, which an OpenGB server doesn't tell: print it all the same?"
        )
    if move := _unsure_move(data):
        raise NeedsConfirmation(
            f"Line {move} of {name} moves the head before the file says G90. An OpenGB server "
            "leaves the printer in relative coordinates after moves by hand: print it all the same?"
        )


def _unsure_move(data: bytes) -> int:
    """The number of the first line that moves, unless the file said before by which coordinates."""
    for number, line in enumerate(read_lines(io.BytesIO(data)), 1):
        command = command_text(line)
        if _COORDINATES.match(command):
            break
        if _MOVE.match(command):
            return number
    return 0
