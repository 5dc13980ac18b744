"""Requests to an OctoPrint server: bounded, and with its refusals as typed errors."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Container, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from gbterm import trace
from gbterm.credentials import Credentials
from gbterm.errors import (
    AuthenticationRefused,
    CommandTimeout,
    FileRefused,
    GbtermError,
    LinkError,
    NoSuchFile,
    PrinterError,
    UsageError,
    WrongState,
)
from gbterm.jsonrpc import is_too_much
from gbterm.octoprint_requests import ANSWER_S, CONNECT_S
from gbterm.text import scrub, scrubbed

ANSWER_MAX = 64 << 20
"""Bytes of an answer; a list of thousands of files has a few mebibytes."""
SAID_MAX = 300
NO_REASON = "it does not say why, so look there."

_KINDS: dict[int, type[GbtermError]] = {
    **{400: UsageError, 404: NoSuchFile, 409: WrongState, 413: FileRefused, 415: FileRefused}
}


class Http:
    """The API at `url`, `http://HOST[:PORT][/PREFIX]` or `https://…`, on one pool of connections.

    What it raises: `AuthenticationRefused`, `LinkError`, `CommandTimeout`, and by the status of
    the answer `UsageError` (400), `NoSuchFile` (404), `WrongState` (409), `FileRefused` (413, 415),
    `PrinterError`.
    """

    def __init__(self, url: str, credentials: Credentials) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise UsageError(
                f"{scrub(url)} is no address of a server: use http://HOST or https://."
            )
        self.url = url.rstrip("/")
        self._credentials = credentials
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    @property
    def who(self) -> str:
        """The server, at the start of a sentence."""
        return f"The server at {scrub(self.url)}"

    async def get(self, path: str, **params: str) -> Any:
        """The JSON that a GET of `path` below the address is answered with."""
        async with self.request("GET", path, params=params) as answer:
            return await self.read_json(answer)

    async def post(self, path: str, body: Mapping[str, Any], timeout_s: float = ANSWER_S) -> Any:
        """The JSON that a POST is answered with; None where that is nothing."""
        async with self.request("POST", path, timeout_s, json=body) as answer:
            return await self.read_json(answer)

    async def delete(self, path: str) -> None:
        """Delete what is at `path`."""
        async with self.request("DELETE", path):
            pass

    @asynccontextmanager
    async def request(
        self,
        method: str,
        path: str,
        timeout_s: float | None = ANSWER_S,
        *,
        takes: Container[int] = (),
        **given: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer that is no refusal, or of a status that its caller `takes`, still to be read.

        `given` goes to aiohttp. Without `timeout_s` only connecting has a limit.
        """
        limits = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S)
        headers = self._headers | given.pop("headers", {})
        trace.asked(f"{method} {self.url}{path}", given.get("json") or given.get("params") or None)
        try:
            async with self.session().request(
                method,
                self.url + path,
                timeout=limits,
                headers=headers,
                ssl=self._tls(),
                # A redirect could lead the key elsewhere.
                allow_redirects=False,
                **given,
            ) as answer:
                trace.answered(f"{answer.status} {answer.reason}", dict(answer.headers))
                self._refuse_packed(answer)
                if answer.status >= 300 and answer.status not in takes:
                    raise await self._refusal(answer)
                yield answer
        except TimeoutError as error:
            raise CommandTimeout(f"{self.who} did not answer in time.") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise LinkError(
                f"The certificate of {scrub(self.url)} can't be trusted: name who vouches for it"
                " with --tls-ca FILE."
            ) from error
        except aiohttp.InvalidURL as error:
            raise UsageError(f"{scrub(self.url)} is no address of a server.") from error
        except aiohttp.ClientConnectorError as error:
            raise LinkError(f"No server answers at {scrub(self.url)}.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise LinkError(f"The connection to the server at {scrub(self.url)} broke.") from error

    def _refuse_packed(self, answer: aiohttp.ClientResponse) -> None:
        """A kilobyte may hold a gibibyte, so nothing packed is asked for, nor unpacked."""
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise LinkError(f"{self.who} packs its answers, which nobody asked it to do.")

    async def websocket(self, path: str, message_max: int) -> aiohttp.ClientWebSocketResponse:
        """The WebSocket at `path`, messages of so many bytes at most; it answers no pings."""
        trace.asked(f"WebSocket {self.url}{path}")
        try:
            # Its messages say who one is, so the key need not.
            return await self.session().ws_connect(
                self.url + path,
                ssl=self._tls(),
                max_msg_size=message_max,
                # A pong is a sign of life, and would be kept from us.
                autoping=False,
            )
        except aiohttp.WSServerHandshakeError as error:
            raise LinkError(f"{self.who} refused its push socket (HTTP {error.status}).") from error
        except (aiohttp.ClientError, OSError) as error:
            raise LinkError(f"The connection to the server at {scrub(self.url)} broke.") from error

    @property
    def _headers(self) -> dict[str, str]:
        key = self._credentials.key
        return {"Accept-Encoding": "identity"} | ({"X-Api-Key": key} if key else {})

    def session(self) -> aiohttp.ClientSession:
        """The pool of connections, made when it is first needed, for that needs a running loop."""
        if self._is_closed:
            raise LinkError(f"The connection to the server at {scrub(self.url)} was closed.")
        if self._session is None:
            # A WebSocket would be followed wherever the server sends it.
            trace = aiohttp.TraceConfig()
            trace.on_request_redirect.append(_refuse_to_follow)
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                trace_configs=[trace],
                auto_decompress=False,
            )
        return self._session

    def open(self) -> None:
        """Take requests again after `close`."""
        self._is_closed = False

    async def close(self) -> None:
        """Close all connections; from now on every request raises `LinkError`."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _tls(self) -> ssl.SSLContext | bool:
        if not self._credentials.tls_ca:
            return True
        try:
            return ssl.create_default_context(cafile=self._credentials.tls_ca)
        except OSError as error:
            raise UsageError(
                f"{self._credentials.tls_ca} holds no certificate of an authority."
            ) from error

    async def read_json(self, answer: aiohttp.ClientResponse, *, scrubs: bool = True) -> Any:
        """The JSON of an answer, fit to be shown if it `scrubs`; None for no content."""
        if answer.status == 204:
            return None
        data = bytearray()
        async for piece in answer.content.iter_chunked(1 << 16):
            data += piece
            if len(data) > ANSWER_MAX:
                raise LinkError(f"{self.who} answers with more than {ANSWER_MAX >> 20} MiB.")
        if is_too_much(data):
            raise LinkError(f"{self.who} answers with more than anybody can read.")
        try:
            told = json.loads(data) if data else None
            trace.answered("", told)
            return scrubbed(told) if scrubs else told
        except (ValueError, RecursionError) as error:
            raise LinkError(f"{self.who} is no OctoPrint: its answer can't be read.") from error

    def key_refused(self) -> AuthenticationRefused:
        """Nobody is known by the key."""
        if not self._credentials.key:
            return AuthenticationRefused(f"{self.who} asks for a key.")
        return AuthenticationRefused(
            f"{self.who} does not accept the key: give one that OctoPrint shows in its user"
            " settings, or ask it for one."
        )

    async def _refusal(self, answer: aiohttp.ClientResponse) -> GbtermError:
        # What is between may tell all that it was sent.
        said = self._credentials.hide(await _said(answer))
        trace.answered(said)
        status, why = answer.status, said or NO_REASON
        # OctoPrint checks the key after the form's token, and a wrong key is taken for a browser.
        is_csrf = status == 400 and "CSRF" in said
        if status == 401 or is_csrf or (status == 403 and not self._credentials.key):
            return self.key_refused()
        if status == 403:
            return AuthenticationRefused(f"{self.who} does not let this key do that: {why}")
        if status == 429:
            return WrongState(f"{self.who} was asked too often: ask again in a minute.")
        if 300 <= status < 400:
            return LinkError(f"{self.who} leads elsewhere (HTTP {status}): use that address.")
        kind = _KINDS.get(status, PrinterError)
        return kind(f"{self.who} refused (HTTP {status}): {why}")


async def _refuse_to_follow(*_: object) -> None:
    raise LinkError("The server leads elsewhere with its push socket: use that address.")


async def _said(answer: aiohttp.ClientResponse) -> str:
    try:
        async with asyncio.timeout(ANSWER_S):
            text = (await answer.content.read(1 << 14)).decode("utf-8", "replace")
    except (TimeoutError, aiohttp.ClientError):
        return ""
    try:
        body = json.loads(text)
        text = str(body.get("error", text)) if isinstance(body, dict) else text
    except (ValueError, RecursionError):
        pass
    return scrub(text, SAID_MAX).strip()
