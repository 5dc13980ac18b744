"""Who is let in on TCP: the answer to the head of each request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.protocol import State

from gbterm import unix_peer
from gbterm.config import FRAME_MIB
from gbterm.errors import AuthenticationRefused
from gbterm.server import access
from gbterm.server.client import Client
from gbterm.server.frontend import Frontend, page
from gbterm.server.guard import Guard
from gbterm.server.keys import ALL_SCOPES

PATH = "/ws"

STRANGERS = 32
"""So many may be connected who have shown no key yet."""
STRANGER_MESSAGE = 4096
"""Their first message is to show it, and needs no more."""

COOKIE = "gbterm_key"
COOKIE_S = 90 * 24 * 3600
PAGE_S = 30.0
"""A file of the frontend that is not read by then is cut off."""

PAGE_NEEDS_KEY = (
    "This page asks for a key: open it once as /?key=KEY, with a key from gbterm key create.\n"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What clients have to keep to; the unix socket knows the last two alone."""

    allowed: Iterable[str] = ()
    """Origins and host names besides those that `access` lets in."""
    loopback_needs_key: bool = False
    max_clients: int = 256
    max_message: int = FRAME_MIB << 20
    """In bytes."""
    rate: float = 500.0
    """Calls a second of one client."""


class Admission:
    """Lets connections in or answers why not."""

    def __init__(self, guard: Guard, rules: Rules, frontend: Frontend | None) -> None:
        self._guard, self._rules, self._frontend = guard, rules, frontend
        self._allowed = access.allowed(rules.allowed)
        self._visitors: WeakKeyDictionary[ServerConnection, Client] = WeakKeyDictionary()

    def visitor(self, connection: ServerConnection) -> Client:
        """The client that was let in with `connection`."""
        return self._visitors[connection]

    def crowd(self, client: Client) -> str:
        """Why there is no place for `client`, or nothing.

        Strangers have places of their own, so they keep nobody out who has a key.
        """
        others = [
            visitor
            for connection, visitor in self._visitors.items()
            if visitor is not client
            and connection.state is not State.CLOSED
            and not visitor.is_local
            and bool(visitor.scopes) is bool(client.scopes)
        ]
        is_full = len(others) >= (self._rules.max_clients if client.scopes else STRANGERS)
        return f"There are {len(others)} clients already." if is_full else ""

    def near(self, connection: ServerConnection, request: Request) -> Response | None:
        """Admit to the unix socket, where its mode has said who may connect."""
        if _path(request) != PATH:
            return _nothing_here(connection)
        peer = unix_peer.of(connection.transport.get_extra_info("socket"))
        uid = peer.uid if peer else None
        self._visitors[connection] = Client(is_local=True, scopes=ALL_SCOPES, uid=uid)
        return None

    async def far(self, connection: ServerConnection, request: Request) -> Response | None:
        """Admit to TCP."""
        hosts, origins = (request.headers.get_all(name) for name in ("Host", "Origin"))
        refusal = access.refusal(hosts, origins, connection.local_address[0], self._allowed)
        if refusal:
            return connection.respond(HTTPStatus.FORBIDDEN, refusal + "\n")
        client = Client(is_local=False, address=str(connection.remote_address[0]))
        try:
            if self._frontend and (key := _key_in_address(request)):
                await self._guard.identify(key, client)
                return _remember(key, secure=_is_secure(connection))
            await self._identify(client, connection, request)
        except AuthenticationRefused as error:
            response = connection.respond(HTTPStatus.UNAUTHORIZED, f"{error}\n")
            response.headers["Set-Cookie"] = f"{COOKIE}=; Path=/; Max-Age=0"
            return response
        if _path(request) != PATH:
            return await self._page(client, connection, request)
        if crowd := self.crowd(client):
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, crowd + "\n")
        self._visitors[connection] = client
        if not client.scopes:
            connection.protocol.max_message_size = STRANGER_MESSAGE
        return None

    async def _identify(
        self, client: Client, connection: ServerConnection, request: Request
    ) -> None:
        headers = request.headers
        keys = access.keys_in(headers.get_all("Authorization"), headers.get_all("X-Api-Key"))
        keys = keys or self._keys_in_cookies(connection, request)
        needs_key = self._rules.loopback_needs_key or not _is_from_here(connection, request)
        await self._guard.let_in(client, keys, needs_key=needs_key)

    def _keys_in_cookies(self, connection: ServerConnection, request: Request) -> set[str]:
        """A browser sends cookies along for any page; only our own may make use of them."""
        headers = request.headers
        hosts, origins = headers.get_all("Host"), headers.get_all("Origin")
        if _path(request) == PATH and not (
            access.is_own_page(hosts, origins, secure=_is_secure(connection))
            or self._allowed.intersection(origins)
        ):
            return set()
        return {access.cookies(headers.get_all("Cookie")).get(COOKIE, "")} - {""}

    async def _page(
        self, client: Client, connection: ServerConnection, request: Request
    ) -> Response:
        if self._frontend is None:
            return _nothing_here(connection)
        if not client.scopes:
            return connection.respond(HTTPStatus.UNAUTHORIZED, PAGE_NEEDS_KEY)
        connection.close_timeout = PAGE_S
        return await self._frontend.answer(request)


def _path(request: Request) -> str:
    return request.path.partition("?")[0]


def _key_in_address(request: Request) -> str:
    path, _, query = request.path.partition("?")
    asks_for_page = request.method == "GET" and path == "/"
    return (parse_qs(query).get("key", [""]) if asks_for_page else [""])[0]


def _remember(key: str, *, secure: bool) -> Response:
    """Take the key out of the address bar, into a cookie that no script can read."""
    cookie = f"{COOKIE}={key}; Path=/; Max-Age={COOKIE_S}; HttpOnly; SameSite=Strict"
    if secure:
        cookie += "; Secure"
    headers = {"Location": "/", "Set-Cookie": cookie, "Cache-Control": "no-store"}
    return page(HTTPStatus.SEE_OTHER, headers)


def _is_secure(connection: ServerConnection) -> bool:
    return connection.transport.get_extra_info("sslcontext") is not None


def _nothing_here(connection: ServerConnection) -> Response:
    return connection.respond(HTTPStatus.NOT_FOUND, f"The socket is at {PATH}.\n")


def _is_from_here(connection: ServerConnection, request: Request) -> bool:
    return access.is_loopback(connection.remote_address[0]) and not access.is_passed_on(
        request.headers
    )
