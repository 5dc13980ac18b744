"""Who a client is, and whether it may do what it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from gbterm import jsonrpc
from gbterm.errors import AuthenticationRefused, ConfigError, UsageError
from gbterm.server.client import Client
from gbterm.server.dispatch import Callee, read
from gbterm.server.keys import ALL_SCOPES, Key, Keys
from gbterm.server.scopes import SCOPES
from gbterm.server.witness import Witness

AUTHENTICATE = "authenticate"
REFUSAL_S = 1.0
"""A wrong key is refused no sooner; whoever tries keys has to wait, and nobody else."""
REFUSALS_AT_ONCE = 64
"""More of them don't wait: they would only pile up."""

KEY_NEEDED = (
    "This server asks for a key: gbterm takes one from GBTERM_KEY or --key-file, other clients send"
    " it as Authorization: Bearer."
)
KEY_REFUSED = "This server does not know that key: make one where it runs, with gbterm key create."


class Guard:
    """Passes calls on to `methods` where the client's key allows them."""

    def __init__(
        self, methods: Callee, keys: Keys, witness: Witness, refusal_s: float = REFUSAL_S
    ) -> None:
        self._methods, self._keys, self._refusal_s = methods, keys, refusal_s
        self._witness = witness
        self._refusals = 0

    async def call(self, client: Client, request: jsonrpc.Request) -> Any:
        """The result of a call. Raises `AuthenticationRefused`, and what `methods` raises."""
        if request.method == AUTHENTICATE:
            return await self._authenticate(client, request)
        return await self._witness.call(client, request, self._allowed)

    async def _allowed(self, client: Client, request: jsonrpc.Request) -> Any:
        if not client.scopes:
            raise AuthenticationRefused(KEY_NEEDED)
        scope = SCOPES.get(request.method)
        if scope is None:
            raise jsonrpc.no_method(request.method)
        if scope not in client.scopes:
            raise AuthenticationRefused(
                f"The key may not call {request.method}: that needs one with the scope {scope}."
            )
        return await self._methods.call(client, request)

    async def let_in(self, client: Client, keys: Collection[str], *, needs_key: bool) -> None:
        """Allow `client` what the key that it shows allows, or everything where it needs none.

        Raises `AuthenticationRefused`, as `identify` does, and for several keys.
        """
        if len(keys) > 1:
            raise AuthenticationRefused("The request must have one key.")
        if keys:
            (key,) = keys
            client.allow(await self.identify(key, client))
        elif not needs_key:
            client.scopes = ALL_SCOPES

    async def uploaded(self, client: Client, at: float, said: str) -> None:
        """A file came in a message that was read elsewhere, and answered so."""
        answer = await read(said) if said else {}
        self._witness.uploaded(client, at, answer)

    async def identify(self, secret: str, client: Client) -> Key:
        """The key that `secret` is, which `client` shows.

        Raises `AuthenticationRefused`, late, where it is none.
        """
        try:
            key = self._keys.find(secret)
        except ConfigError:
            key = None  # a file that can't be trusted lets nobody in
        if key is None:
            self._witness.wrong_key(client)
            await self._delay()
            raise AuthenticationRefused(KEY_REFUSED)
        return key

    def is_valid(self, key: Key) -> bool:
        """Whether the key may still be used; blocking, but for a small file only."""
        try:
            return key in self._keys.all()
        except ConfigError:
            return False

    async def _delay(self) -> None:
        if self._refusals < REFUSALS_AT_ONCE:
            self._refusals += 1
            try:
                await asyncio.sleep(self._refusal_s)
            finally:
                self._refusals -= 1

    async def _authenticate(self, client: Client, request: jsonrpc.Request) -> bool:
        client.forbid()
        match request.params:
            case {"key": str(secret)} | [str(secret)] if len(request.params) == 1:
                client.allow(await self.identify(secret, client))
                return True
        raise UsageError("authenticate takes the key, a string.")  # and never repeats it
