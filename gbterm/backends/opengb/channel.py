"""Messages to and from a peer, in either framing of the wire."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.http11 import Response

from gbterm.config import FRAME_MIB
from gbterm.credentials import Credentials
from gbterm.errors import AuthenticationRefused, LinkError, UsageError
from gbterm.jsonrpc import LINE_MAX
from gbterm.text import scrub

MAX_MESSAGE = FRAME_MIB << 20
"""A list of files carries their thumbnails, so a limit of a mebibyte would not do."""

CLOSE_S = 1.0
"""A peer that is asked to close and doesn't must not delay the next attempt."""


class Channel(Protocol):
    """A connection that carries whole messages. Its methods raise `LinkError`."""

    async def send(self, text: str) -> None:
        """Send a message."""

    async def send_pieces(self, pieces: AsyncIterable[str]) -> None:
        """Send a message that is too large to be made at once."""

    def messages(self) -> AsyncIterator[str | bytes]:
        """What arrives, until the peer closes."""

    async def close(self) -> None:
        """Close; never raises."""


Open = Callable[[], Awaitable[Channel]]


class LineChannel:
    """A line of JSON each, over a unix socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, text: str) -> None:
        line = text.encode() + b"\n"
        if len(line) > LINE_MAX:
            raise UsageError("That is too much for one call: send less at once.")
        try:
            self._writer.write(line)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise LinkError("The printer process closed the connection.") from error

    async def send_pieces(self, pieces: AsyncIterable[str]) -> None:
        await self.send("".join([piece async for piece in pieces]))

    async def messages(self) -> AsyncIterator[str | bytes]:
        try:
            while (line := await self._reader.readline()).endswith(b"\n"):
                yield line
        except (OSError, ValueError) as error:
            raise LinkError("The connection to the printer process broke.") from error

    async def close(self) -> None:
        self._writer.close()
        try:
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes with the end.
            async with asyncio.timeout(CLOSE_S):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError is one: the peer does not read what is left
            self._writer.transport.abort()


class WebSocketChannel:
    """A text frame each."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise LinkError("The server closed the connection.") from error

    async def send_pieces(self, pieces: AsyncIterable[str]) -> None:
        try:
            await self._connection.send(pieces)
        except ConnectionClosed as error:
            raise LinkError("The server closed the connection.") from error

    async def messages(self) -> AsyncIterator[str | bytes]:
        try:
            async for message in self._connection:
                yield message
        except ConnectionClosed as error:
            raise LinkError("The connection to the server broke.") from error

    async def close(self) -> None:
        await self._connection.close()


async def open_lines(path: Path, timeout_s: float = 5.0) -> Channel:
    """Connect to a printer process. Raises `LinkError`."""
    try:
        async with asyncio.timeout(timeout_s):
            return LineChannel(*await asyncio.open_unix_connection(path, limit=MAX_MESSAGE))
    except OSError as error:  # TimeoutError is one
        raise LinkError(f"The printer process can't be reached at {path}.") from error


async def open_websocket(
    url: str, credentials: Credentials | None = None, timeout_s: float = 10.0
) -> Channel:
    """Connect to a server at `ws://HOST:PORT[/ws]`, `wss://…` or `unix:PATH`.

    Raises `LinkError`, `AuthenticationRefused` and, for another kind of address, `UsageError`.
    """
    try:
        connection = await _connecting(url, credentials or Credentials(), timeout_s)
    except InvalidURI as error:
        raise UsageError(_BAD_URL.format(scrub(url))) from error
    except InvalidStatus as error:
        raise _refusal(url, error.response) from error
    except ssl.SSLCertVerificationError as error:
        raise LinkError(
            f"The certificate of {scrub(url)} can't be trusted ({scrub(error.verify_message)}):"
            " name who vouches for it with --tls-ca FILE."
        ) from error
    except (OSError, InvalidHandshake, EOFError) as error:
        raise LinkError(f"No server answers at {scrub(url)}.") from error
    return WebSocketChannel(connection)


def _refusal(url: str, response: Response) -> LinkError:
    code = response.status_code
    if code == HTTPStatus.UNAUTHORIZED:
        return AuthenticationRefused(
            f"The server at {scrub(url)} does not accept the key (HTTP {code}): give one that"
            " gbterm key create made there, with --key-file or in GBTERM_KEY."
        )
    kind = AuthenticationRefused if code == HTTPStatus.FORBIDDEN else LinkError
    said = scrub(response.body[:300].decode("utf-8", "replace").strip())
    return kind(f"The server at {scrub(url)} refused the connection (HTTP {code}): {said}")


_BAD_URL = "{} is no address of a server: use ws://HOST:PORT, wss://HOST:PORT or unix:PATH."


def _tls(credentials: Credentials) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=credentials.tls_ca or None)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(f"{credentials.tls_ca} holds no certificate of an authority.") from error


async def _connecting(url: str, credentials: Credentials, timeout_s: float) -> ClientConnection:
    if url.startswith("unix:"):
        return await unix_connect(
            url.removeprefix("unix:"),
            "ws://localhost/ws",
            open_timeout=timeout_s,
            close_timeout=CLOSE_S,
            max_size=MAX_MESSAGE,
            compression=None,
        )
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise UsageError(_BAD_URL.format(scrub(url)))
    if parts.path in ("", "/"):
        url = parts._replace(path="/ws").geturl()
    return await connect(
        url,
        # Named, so that no redirect leads the key elsewhere.
        host=parts.hostname,
        port=parts.port or (443 if parts.scheme == "wss" else 80),
        ssl=_tls(credentials) if parts.scheme == "wss" else None,
        additional_headers=(
            {"Authorization": f"Bearer {credentials.key}"} if credentials.key else None
        ),
        open_timeout=timeout_s,
        close_timeout=CLOSE_S,
        max_size=MAX_MESSAGE,
        compression=None,
        proxy=None,
    )
