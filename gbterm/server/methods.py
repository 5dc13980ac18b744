"""All methods of the server, by name, and the call that serves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gbterm
from gbterm import jsonrpc, opengb_shapes, wire
from gbterm.backends.capability import OF_SERVERS, Capability
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import LinkError
from gbterm.params import Param, boolean, read_params, text
from gbterm.server.client import Client
from gbterm.server.counters import Counters
from gbterm.server.guard import AUTHENTICATE
from gbterm.server.hub import Hub
from gbterm.server.table import CHECK_S, Method, Table
from gbterm.text import scrub

PROTOCOL = 1
LONGEST_ROLE = 40


class Methods:
    """Serves calls of clients; `call` is all that a transport needs."""

    def __init__(
        self,
        printer: Peer,
        counters: Counters,
        hub: Hub,
        name: str,
        on_shutdown: Callable[[], None],
        *more: Table,
    ) -> None:
        """`more` are the methods of other rooms."""
        self._printer, self._counters, self._hub, self._name = printer, counters, hub, name
        self._on_shutdown = on_shutdown
        self.table: Table = {
            "shutdown": Method((Param("force", boolean, False),), self._shutdown, unix_only=True),
            "hello": Method((Param("version", text), Param("role", text)), self._hello),
            "get_snapshot": Method((), self._get_snapshot),
            "get_capabilities": Method((), self._get_capabilities),
            "get_status": Method((), self._get_status),
            "get_counters": Method((), self._get_counters),
        }
        for table in more:
            self.table |= table

    async def call(self, client: Client, request: jsonrpc.Request) -> Any:
        """The result of a call. Raises `jsonrpc.RpcError` or one of `errors`."""
        if not self._serves(client, request.method):
            raise jsonrpc.no_method(request.method)
        method = self.table[request.method]
        params = read_params(request.method, method.params, request.params)
        if method.handler is not None:
            return await method.handler(client, params)
        given = {name: value for name, value in params.items() if value is not None}
        return await self._printer.call(request.method, given, method.timeout_s)

    async def _hello(self, client: Client, told: dict[str, Any]) -> Any:
        client.is_extended = True
        client.name = scrub(told["role"] or "", LONGEST_ROLE)
        about = {"version": gbterm.__version__, "protocol": PROTOCOL, "name": self._name}
        return about | self._snapshot()

    async def _get_snapshot(self, _: Client, __: dict[str, Any]) -> Any:
        return self._snapshot()

    def _snapshot(self) -> dict[str, Any]:
        heard_s = wire.age_s(self._printer.heard_at, self._printer.clock())
        state = wire.to_json(self._printer.state)
        return {"seq": self._hub.seq, "state": state, "heard_s": heard_s}

    async def _get_capabilities(self, client: Client, _: dict[str, Any]) -> Any:
        names, limits = {capability.name or "" for capability in OF_SERVERS}, None
        try:
            answer = await self._printer.call("get_capabilities")
            names.update(map(str, answer["capabilities"]))
            limits = answer.get("limits")
        except (LinkError, TypeError, KeyError):
            # What the printer can do is not known now; greying everything would help nobody.
            names.update(capability.name or "" for capability in Capability)
        methods = [name for name in self.table if self._serves(client, name)]
        return {
            "capabilities": sorted(names),
            "methods": sorted((*methods, AUTHENTICATE)),
            "limits": limits,
        }

    def _serves(self, client: Client, name: str) -> bool:
        return name in self.table and (client.is_local or not self.table[name].unix_only)

    async def _get_status(self, _: Client, __: dict[str, Any]) -> Any:
        return {"status": opengb_shapes.status(self._printer.state)}

    async def _get_counters(self, _: Client, __: dict[str, Any]) -> Any:
        return {"counters": (await self._counters.collect()).minutes()}

    async def _shutdown(self, _: Client, params: dict[str, Any]) -> Any:
        await self._counters.collect()
        result = await self._printer.call("shutdown", params, CHECK_S)
        self._on_shutdown()
        return result
