"""The WebSocket of a server: over TCP with TLS or without, over a unix socket, through ssh."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.http11 import Response

from gbterm import ssh_address, trace
from gbterm.backends.opengb.channel import CLOSE_S, MAX_MESSAGE, Channel
from gbterm.backends.opengb.life import BUSY_S, MUTE_S, LivingConnection
from gbterm.backends.opengb.ssh import Ssh
from gbterm.credentials import Credentials
from gbterm.errors import AuthenticationRefused, LinkError, UsageError
from gbterm.text import scrub

OPEN_S = 9.0
SSH_OPEN_S = 30.0
"""It negotiates keys, and a program is started over there, which may be a small computer."""


class WebSocketChannel:
    """A text frame each, over `connection`, which `ssh` carries, if one does."""

    def __init__(self, connection: LivingConnection, ssh: Ssh | None = None) -> None:
        self._connection, self._ssh = connection, ssh

    async def send(self, text: str) -> None:
        self._connection.sent += len(text)
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise await self._broken(error) from error

    async def send_pieces(self, pieces: AsyncIterable[str]) -> None:
        self._connection.life.patience_s = BUSY_S
        try:
            await self._connection.send(self._counted(pieces))
        except ConnectionClosed as error:
            raise await self._broken(error) from error

    async def messages(self) -> AsyncIterator[str | bytes]:
        try:
            async for message in self._connection:
                yield message
        except ConnectionClosed as error:
            raise await self._broken(error) from error

    async def close(self) -> None:
        try:
            async with asyncio.timeout(2 * CLOSE_S):
                await self._connection.close()
        except TimeoutError:  # what was to be sent before is not taken
            self._connection.transport.abort()
        finally:
            if self._ssh is not None:
                self._ssh.end()

    async def _counted(self, pieces: AsyncIterable[str]) -> AsyncIterator[str]:
        async for piece in pieces:
            self._connection.sent += len(piece)
            yield piece

    async def _broken(self, error: ConnectionClosed) -> LinkError:
        if self._connection.life.is_mute:
            return LinkError(f"The server has said nothing for {MUTE_S:g} s.")
        if self._ssh is not None and (reason := await self._ssh.reason()):
            return reason
        if error.rcvd is not None and error.rcvd.reason:
            return LinkError(f"The server closed the connection: {scrub(error.rcvd.reason)}.")
        return LinkError("The connection to the server broke.")


async def open_websocket(
    url: str, credentials: Credentials | None = None, timeout_s: float = OPEN_S
) -> Channel:
    """Connect to a server at `ws://HOST:PORT[/ws]`, `wss://…`, `unix:PATH` or `ssh://…`.

    Raises `LinkError`, `AuthenticationRefused` and, for another kind of address, `UsageError`.
    """
    trace.asked(f"WebSocket {url}")
    try:
        if url.lower().startswith("ssh:"):
            return await _through_ssh(url)
        return WebSocketChannel(await _connecting(url, credentials or Credentials(), timeout_s))
    except InvalidURI as error:
        raise UsageError(_BAD_URL.format(scrub(url))) from error
    except InvalidStatus as error:
        raise _refusal(url, error.response, credentials or Credentials()) from error
    except ssl.SSLCertVerificationError as error:
        raise LinkError(
            f"The certificate of {scrub(url)} can't be trusted ({scrub(error.verify_message)}):"
            " name who vouches for it with --tls-ca FILE."
        ) from error
    except TimeoutError as error:
        raise LinkError(f"The server at {scrub(url)} does not answer.") from error
    except (OSError, InvalidHandshake, EOFError) as error:
        raise LinkError(f"No server answers at {scrub(url)}.") from error


def _refusal(url: str, response: Response, credentials: Credentials) -> LinkError:
    code = response.status_code
    if code == HTTPStatus.UNAUTHORIZED:
        return AuthenticationRefused(
            f"The server at {scrub(url)} does not accept the key (HTTP {code}): give one that"
            " gbterm key create made there, with --key-file or in GBTERM_KEY."
        )
    kind = AuthenticationRefused if code == HTTPStatus.FORBIDDEN else LinkError
    said = scrub(credentials.hide(response.body.decode("utf-8", "replace")).strip(), 300)
    return kind(f"The server at {scrub(url)} refused the connection (HTTP {code}): {said}")


_BAD_URL = "{} is no address of a server: use ws://HOST:PORT, wss://HOST:PORT or unix:PATH."
_OVER_A_SOCKET = "ws://localhost/ws"
_OURS: dict[str, Any] = {
    "create_connection": LivingConnection,
    "close_timeout": CLOSE_S,
    "max_size": MAX_MESSAGE,
    # Each of those that wait may be as large.
    "max_queue": 4,
    "compression": None,
    "proxy": None,
}


def _tls(credentials: Credentials) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=credentials.tls_ca or None)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(f"{credentials.tls_ca} holds no certificate of an authority.") from error


async def _connecting(url: str, credentials: Credentials, timeout_s: float) -> LivingConnection:
    if url.startswith("unix:"):
        path = url.removeprefix("unix:")
        return await _living(unix_connect(path, _OVER_A_SOCKET, open_timeout=timeout_s, **_OURS))
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise UsageError(_BAD_URL.format(scrub(url)))
    if parts.path in ("", "/"):
        url = parts._replace(path="/ws").geturl()
    return await _living(
        connect(
            url,
            # Named, so that no redirect leads the key elsewhere.
            host=parts.hostname,
            port=parts.port or (443 if parts.scheme == "wss" else 80),
            ssl=_tls(credentials) if parts.scheme == "wss" else None,
            additional_headers=(
                {"Authorization": f"Bearer {credentials.key}"} if credentials.key else None
            ),
            open_timeout=timeout_s,
            **_OURS,
        )
    )


async def _through_ssh(url: str) -> WebSocketChannel:
    ssh = Ssh(ssh_address.parse(url))
    channel: WebSocketChannel | None = None
    try:
        opening = connect(_OVER_A_SOCKET, sock=ssh.socket, open_timeout=SSH_OPEN_S, **_OURS)
        channel = WebSocketChannel(await _living(opening), ssh)
    except InvalidStatus:
        raise
    except TimeoutError:
        raise
    except (OSError, InvalidHandshake, EOFError) as error:
        raise await ssh.reason() or LinkError(
            f"What answers at {scrub(url)} is no gbterm: maybe a start file of the shell there"
            " prints something first."
        ) from error
    finally:
        if channel is None:
            ssh.end()
    return channel


async def _living(opening: connect) -> LivingConnection:
    connection = await opening
    assert isinstance(connection, LivingConnection)
    return connection
