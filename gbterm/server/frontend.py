"""A web frontend's static files, on the port of the socket."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

INDEX = "index.html"
FILE_MAX = 16 << 20
"""A file is sent from memory; larger ones are none of a frontend."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
"""Not the system's table, which differs from one machine to the next."""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    type: str
    tag: str


class Frontend:
    """The files below a directory. Links and names that begin with a dot are not among them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def answer(self, request: Request) -> Response:
        """The file that `request` asks for, or why there is none."""
        if request.method not in ("GET", "HEAD"):
            return page(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"})
        file = await asyncio.to_thread(self._find, request.path.partition("?")[0])
        if file is None:
            return page(HTTPStatus.NOT_FOUND)
        # To be asked for again each time, and sent again only when it changed.
        headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
        if file.tag in request.headers.get_all("If-None-Match"):
            return page(HTTPStatus.NOT_MODIFIED, headers)
        answer = page(HTTPStatus.OK, headers | {"Content-Type": file.type}, file.body)
        if request.method == "HEAD":
            answer.body = b""
        return answer

    def _find(self, path: str) -> _File | None:
        try:
            names = unquote(path, errors="strict").split("/")[1:]
        except UnicodeDecodeError:
            return None
        if not names:
            return None
        names[-1] = names[-1] or INDEX
        if any(not name or name.startswith(".") or "\0" in name for name in names):
            return None
        try:
            return _read(self._root, names)
        except OSError:
            return None


def page(
    status: HTTPStatus, headers: dict[str, str] | None = None, body: bytes | None = None
) -> Response:
    """An HTTP response; where it has no body, one that says what its status is."""
    if body is None:
        body = b"" if status is HTTPStatus.NOT_MODIFIED else f"{status.phrase}.\n".encode()
    whole = {
        "Date": formatdate(usegmt=True),
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": "text/plain; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "no-referrer",
    }
    return Response(status.value, status.phrase, Headers(whole | (headers or {})), body)


def _read(root: Path, names: list[str]) -> _File | None:
    """The regular file at `names` below `root`, opened step by step so that no link leads away."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            inner = os.open(name, flags, dir_fd=folder)
            os.close(folder)
            folder = inner
        # A pipe must not hold the thread.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(names[-1], flags, dir_fd=folder)
    finally:
        os.close(folder)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > FILE_MAX:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        body = file.read(FILE_MAX)
    kind = _TYPES.get(PurePosixPath(names[-1]).suffix.lower(), "application/octet-stream")
    return _File(body, kind, f'"{found.st_mtime_ns:x}-{found.st_size:x}"')
