"""A process for one piece of heavy work of the server: `python -m gbterm.server.worker JOB`.

JOB is an object of JSON: `job` names a function of `JOBS`, the other members are its arguments.
It imports little, because it is started for each piece of work.
"""

from __future__ import annotations

import codecs
import ctypes
import json
import logging
import os
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gbterm import jsonrpc, wire
from gbterm.errors import GbtermError
from gbterm.findings import Measures
from gbterm.params import read_params
from gbterm.server.library import BLANK, Library
from gbterm.server.lift import Lifter, too_large
from gbterm.server.payloads import Adoption, Draft
from gbterm.server.records import PUT, PUT_PARAMS, encoded, record

CHUNK = 1 << 18
PIECE = struct.Struct("!II")
"""Ahead of each piece of a content: its bytes in the file, and as it is said."""
NICENESS, IDLE_NICENESS = 10, 19
_PR_SET_PDEATHSIG = 1


def put(*, root: str, id: Any, is_extended: bool) -> None:
    """Answer the large message on standard input, of which `id` was known before it was read."""
    request = jsonrpc.Request(PUT, {}, id)
    try:
        library = Library(Path(root))
        draft = library.begin()
        try:
            request, mark = _lifted(draft)
            said = jsonrpc.result(request.id, _stored(library, draft, request, mark, is_extended))
        finally:
            library.end(draft)
    except Exception as error:  # noqa: BLE001 - a client gets no traceback
        said = _failed(request.id, error)
    if not request.is_notification:
        sys.stdout.write(said)


def _lifted(draft: Draft) -> tuple[jsonrpc.Request, str]:
    """The call, and the mark that it has in place of the payload, which is in `draft`."""

    def write(piece: str) -> None:
        for chunk in encoded(piece):
            draft.write(chunk)

    lifter = Lifter(write)
    for part in _text("strict"):
        lifter.feed(part)
    value = jsonrpc.parse(lifter.end())
    if not isinstance(value, dict):
        raise too_large()
    return jsonrpc.request(value), lifter.mark


def _stored(
    library: Library, draft: Draft, request: jsonrpc.Request, mark: str, is_extended: bool
) -> dict[str, Any]:
    if request.method != PUT:
        raise too_large()
    params = read_params(PUT, PUT_PARAMS, request.params)
    if params.pop("payload") != mark:
        raise too_large()
    file = library.adopt(draft.finish(), params.pop("name"), replace(BLANK, **params))
    return record(file, is_extended=is_extended)


def adopt(*, root: str) -> None:
    """Read a draft and write its record, as standard input says; say the record."""
    with _told_to_server():
        job = wire.from_json(Adoption, json.load(sys.stdin))
        file = Library(Path(root)).adopt(job.payload, job.name, job.like)
        sys.stdout.write(jsonrpc.result(None, wire.to_json(file)))


def find_layers(*, root: str, file_id: int) -> None:
    """Have the layers of a file found."""
    with _told_to_server():
        Library(Path(root)).find_layers(file_id)
        sys.stdout.write(jsonrpc.result(None, True))


def check(*, root: str, file_id: int) -> None:
    """Look at a file, held against the measures on standard input; say what came of it."""
    with _told_to_server():
        measures = wire.from_json(Measures, json.load(sys.stdin))
        found = Library(Path(root)).check(file_id, measures)
        sys.stdout.write(jsonrpc.result(None, wire.to_json(found)))


def work_out(*, root: str, file_id: int, board: str) -> None:
    """Have it worked out how long a file takes on a board, while nobody else has more to do."""
    os.nice(IDLE_NICENESS - NICENESS)
    with _told_to_server():
        Library(Path(root)).work_out(file_id, board)
        sys.stdout.write(jsonrpc.result(None, True))


@contextmanager
def _told_to_server() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the server raises it again
        sys.stdout.write(_failed(None, error))


def content(*, at: int) -> None:
    """Say standard input from byte `at` on as the inside of a JSON string, in `PIECE`s."""
    os.lseek(sys.stdin.fileno(), at, os.SEEK_SET)
    for part in filter(None, _text("surrogateescape")):
        said = json.dumps(part)[1:-1].encode()
        size = len(part.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.write(PIECE.pack(size, len(said)) + said)
        sys.stdout.buffer.flush()


def _text(errors: str) -> Iterator[str]:
    """Standard input. Raises `jsonrpc.RpcError` where it is no text."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors)
    while chunk := sys.stdin.buffer.read(CHUNK):
        try:
            yield decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise jsonrpc.no_json() from error
    yield decoder.decode(b"", final=True)


def _failed(id: Any, error: Exception) -> str:
    if not isinstance(error, GbtermError | jsonrpc.RpcError):
        logging.error("a file could not be worked on", exc_info=error)
    return jsonrpc.error(id, error)


JOBS = {job.__name__: job for job in (put, adopt, find_layers, check, work_out, content)}


def main(argument: str) -> None:
    """Do the job, unless the server ends first."""
    members = json.loads(argument)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == members.pop("server"):  # else it ended before its death could be told
        os.nice(NICENESS)
        JOBS[members.pop("job")](**members)


if __name__ == "__main__":
    main(sys.argv[1])
