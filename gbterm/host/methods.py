"""The printer process's methods, by their names on the wire (docs/wire.md)."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import gbterm
from gbterm import jsonrpc, opengb_shapes, wire
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.errors import PrinterError
from gbterm.params import REQUIRED, Param, boolean, count, number, read_params, text

PROTOCOL = 1
MOST_NOZZLES = 16

Handler = Callable[[dict[str, Any]], Awaitable[Any]]

_MOVE = (*(Param(axis, number) for axis in "xyz"), Param("rate", number))


class Methods:
    """Calls on one printer. `seq` is that of the last event sent."""

    def __init__(
        self,
        backend: MarlinBackend,
        seq: Callable[[], int],
        shutdown: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._backend, self._seq, self._shutdown = backend, seq, shutdown
        nozzles = tuple(Param(f"nozzle{index + 1}", number) for index in range(MOST_NOZZLES))
        self._table: dict[str, tuple[tuple[Param, ...], Handler]] = {
            "hello": ((Param("version", text), Param("role", text)), self._hello),
            "get_snapshot": ((), self._snapshot),
            "get_capabilities": ((), self._capabilities),
            "get_status": ((), self._status),
            "set_temp": ((Param("bed", number), *nozzles), self._set_temp),
            "move_head_relative": (_MOVE, self._move_relative),
            "move_head_absolute": (_MOVE, self._move_absolute),
            "home_head": (tuple(Param(axis, boolean, True) for axis in "xyz"), self._home),
            "start_job": (
                (
                    Param("path", _file_path, REQUIRED),
                    Param("name", text),
                    Param("file_id", count),
                    Param("confirmed", boolean, False),
                ),
                self._start_job,
            ),
            "pause_print": ((), self._done(backend.pause)),
            "resume_print": ((), self._done(backend.resume)),
            "cancel_print": ((), self._done(backend.cancel)),
            "reconnect": ((), self._done(backend.reconnect)),
            "answer_prompt": ((Param("choice", count, REQUIRED),), self._answer_prompt),
            "emergency_stop": ((), self._emergency_stop),
            "shutdown": ((Param("force", boolean, False),), self._end),
        }

    async def call(self, method: str, given: dict[str, Any]) -> Any:
        """The result of a call. Raises `jsonrpc.RpcError` or one of `errors`."""
        if method not in self._table:
            raise jsonrpc.RpcError(jsonrpc.METHOD_NOT_FOUND, "There is no such method.")
        params, handler = self._table[method]
        return await handler(read_params(method, params, given))

    def _done(self, action: Callable[[], Awaitable[None]]) -> Handler:
        async def run(_: dict[str, Any]) -> bool:
            await action()
            return True

        return run

    async def _hello(self, _: dict[str, Any]) -> Any:
        about = {"version": gbterm.__version__, "protocol": PROTOCOL, "name": self._backend.name}
        return about | await self._snapshot({})

    async def _snapshot(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"seq": self._seq(), "state": wire.to_json(self._backend.state)}

    async def _capabilities(self, _: dict[str, Any]) -> Any:
        names = [capability.name for capability in self._backend.capabilities]
        return {"capabilities": names, "methods": sorted(self._table)}

    async def _status(self, _: dict[str, Any]) -> Any:
        return {"status": opengb_shapes.status(self._backend.state)}

    async def _set_temp(self, params: dict[str, Any]) -> bool:
        bed = params.pop("bed")
        nozzles = {
            int(name.removeprefix("nozzle")) - 1: target
            for name, target in params.items()
            if target is not None
        }
        await self._backend.set_temperature(nozzles=nozzles, bed=bed)
        return True

    async def _move_relative(self, params: dict[str, Any]) -> bool:
        return await self._move(params, relative=True)

    async def _move_absolute(self, params: dict[str, Any]) -> bool:
        return await self._move(params, relative=False)

    async def _move(self, params: dict[str, Any], *, relative: bool) -> bool:
        rate = params.pop("rate")
        await self._backend.move(**params, relative=relative, rate_mm_s=rate)
        return True

    async def _home(self, params: dict[str, Any]) -> bool:
        await self._backend.home("".join(axis for axis in "xyz" if params[axis]))
        return True

    async def _start_job(self, params: dict[str, Any]) -> bool:
        path: Path = params["path"]
        name = params["name"] or path.name
        await self._backend.start_job(path, name, params["file_id"], confirmed=params["confirmed"])
        return True

    async def _answer_prompt(self, params: dict[str, Any]) -> bool:
        await self._backend.answer_prompt(params["choice"])
        return True

    async def _emergency_stop(self, _: dict[str, Any]) -> bool:
        report = await self._backend.emergency_stop()
        if not report.confirmed:
            raise PrinterError(report.text)
        return True

    async def _end(self, params: dict[str, Any]) -> bool:
        await self._shutdown(params["force"])
        return True


def _file_path(value: Any) -> Path:
    """A path that the system takes; whether a file is there is another question."""
    path = text(value)
    try:
        if b"\0" in os.fsencode(path):
            raise ValueError
    except ValueError:
        raise ValueError("the path of a file") from None
    return Path(path)
