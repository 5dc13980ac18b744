"""The printer process's methods, by their names on the wire (docs/wire.md)."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import gbterm
from gbterm import jsonrpc, opengb_shapes, wire
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.errors import PrinterError, UsageError
from gbterm.estimate import Outlook
from gbterm.host.console import ConsoleMethods
from gbterm.host.rpc import Client
from gbterm.host.usage import Usage
from gbterm.params import REQUIRED, Param, boolean, count, read_params, text
from gbterm.printer_params import PRINTER_PARAMS

PROTOCOL = 1
PRESSES_KEPT = 64
"""More than come within the seconds for which one may be under way."""

Handler = Callable[[dict[str, Any]], Awaitable[Any]]
ClientHandler = Callable[[Client, dict[str, Any]], Awaitable[Any]]


def _outlook(value: Any) -> Outlook:
    try:
        return wire.from_json(Outlook, value)
    except (ValueError, TypeError, AttributeError):
        raise ValueError("what is known of a print") from None


_OWN_PARAMS = {
    "hello": (Param("version", text), Param("role", text)),
    "shutdown": (Param("force", boolean, False),),
    "foretell_job": (Param("id", text, REQUIRED), Param("outlook", _outlook, REQUIRED)),
    "subscribe_console": (Param("backlog", count, 0),),
    "stand_for": (Param("clients", count, REQUIRED),),
}


class Methods:
    """Calls on one printer. `seq` is that of the last event sent."""

    def __init__(
        self,
        backend: MarlinBackend,
        usage: Usage,
        seq: Callable[[], int],
        shutdown: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._backend, self._usage = backend, usage
        self._seq, self._shutdown = seq, shutdown
        self._confirmed: deque[int] = deque(maxlen=PRESSES_KEPT)
        """The presses of the emergency stop after which the board said that it halted."""
        self._table: dict[str, Handler] = {
            "hello": self._hello,
            "get_snapshot": self._snapshot,
            "get_capabilities": self._capabilities,
            "get_status": self._status,
            "get_usage": self._get_usage,
            "get_measures": self._measures,
            "set_temp": self._set_temp,
            "move_head_relative": partial(self._move, relative=True),
            "move_head_absolute": partial(self._move, relative=False),
            "home_head": self._home,
            "retract_filament": partial(self._extrude, -1),
            "unretract_filament": partial(self._extrude, 1),
            "set_extrude_override": self._set_flow,
            "set_speed_override": self._done(backend.set_speed),
            "babystep": self._done(lambda z: backend.babystep(z)),
            "get_bed_mesh": self._telling(backend.bed_mesh),
            "probe_bed": self._telling(backend.probe_bed),
            "set_levelling": self._telling(backend.set_levelling),
            "store_mesh": self._telling(backend.store_mesh),
            "visit_corner": self._done(backend.visit_corner),
            "get_z_offset": self._telling(backend.z_offset),
            "save_z_offset": self._telling(backend.save_z_offset),
            "tune_pid": self._telling(backend.tune_pid),
            "get_pid_tuning": self._telling(backend.pid_tuning),
            "stop_pid_tuning": self._telling(backend.stop_tuning),
            "set_fan_speed": self._done(backend.set_fan),
            "filament_swap_begin": self._done(backend.begin_swap),
            "filament_swap_complete": self._done(backend.complete_swap),
            "enable_steppers": self._done(partial(backend.set_steppers, enabled=True)),
            "disable_steppers": self._done(partial(backend.set_steppers, enabled=False)),
            "send_gcode": self._send_gcode,
            "get_stream_statistics": self._telling(backend.stream_statistics),
            "get_board_settings": self._telling(backend.board_settings),
            "set_board_settings": self._telling(backend.set_board_settings),
            "store_board_settings": self._telling(backend.store_board_settings),
            "load_board_settings": self._telling(backend.load_board_settings),
            "reset_board_settings": self._telling(backend.reset_board_settings),
            "start_job": self._start_job,
            "foretell_job": self._done(backend.foretell_job),
            "pause_print": self._done(backend.pause),
            "set_pause_layers": self._done(backend.set_pause_layers),
            "resume_print": self._done(backend.resume),
            "cancel_print": self._done(backend.cancel),
            "get_card_files": self._get_card_files,
            "print_card_file": self._done(backend.print_card_file),
            "delete_card_file": self._done(backend.delete_card_file),
            "write_card_file": self._write_card_file,
            "get_resume_point": self._telling(backend.resume_point),
            "resume_job": self._done(backend.resume_job),
            "reconnect": self._done(backend.reconnect),
            "reset_board": self._done(backend.reset_board),
            "connect": self._done(backend.connect_printer),
            "disconnect": self._done(backend.disconnect_printer),
            "answer_prompt": self._done(backend.answer_prompt),
            "emergency_stop": self._emergency_stop,
            "shutdown": self._end,
        }
        console = ConsoleMethods(backend)
        self._of_connection: dict[str, ClientHandler] = {
            "subscribe_console": console.subscribe,
            "unsubscribe_console": console.unsubscribe,
            "stand_for": self._stand_for,
        }

    async def call(self, client: Client, method: str, given: dict[str, Any]) -> Any:
        """The result of a call. Raises `jsonrpc.RpcError` or one of `errors`."""
        wanted = PRINTER_PARAMS.get(method) or _OWN_PARAMS.get(method, ())
        if handler := self._table.get(method):
            return await handler(read_params(method, wanted, given))
        if of_connection := self._of_connection.get(method):
            return await of_connection(client, read_params(method, wanted, given))
        raise jsonrpc.no_method(method)

    def _done(self, action: Callable[..., Awaitable[None]]) -> Handler:
        """What calls `action` with the parameters as they are named."""

        async def run(params: dict[str, Any]) -> bool:
            await action(**params)
            return True

        return run

    def _telling(self, action: Callable[..., Awaitable[Any]]) -> Handler:
        """The same for what answers with a value of the model."""

        async def run(params: dict[str, Any]) -> Any:
            return wire.to_json(await action(**params))

        return run

    async def _hello(self, _: dict[str, Any]) -> Any:
        about = {"version": gbterm.__version__, "protocol": PROTOCOL, "name": self._backend.name}
        return about | await self._snapshot({})

    async def _snapshot(self, _: dict[str, Any]) -> dict[str, Any]:
        backend = self._backend
        heard_s = wire.age_s(backend.heard_at, backend.clock())
        return {"seq": self._seq(), "state": wire.to_json(backend.state), "heard_s": heard_s}

    async def _capabilities(self, _: dict[str, Any]) -> Any:
        names = [capability.name for capability in self._backend.capabilities]
        return {
            "capabilities": names,
            "methods": sorted((*self._table, *self._of_connection)),
            "limits": wire.to_json(self._backend.limits),
        }

    async def _status(self, _: dict[str, Any]) -> Any:
        return {"status": opengb_shapes.status(self._backend.state)}

    async def _get_usage(self, _: dict[str, Any]) -> Any:
        return {"instance": self._usage.instance, "seconds": self._usage.seconds}

    async def _measures(self, _: dict[str, Any]) -> Any:
        return wire.to_json(await self._backend.measures())

    async def _set_temp(self, params: dict[str, Any]) -> bool:
        bed, chamber = params.pop("bed"), params.pop("chamber")
        nozzles = {
            int(name.removeprefix("nozzle")) - 1: target
            for name, target in params.items()
            if target is not None
        }
        await self._backend.set_temperature(nozzles=nozzles, bed=bed, chamber=chamber)
        return True

    async def _move(self, params: dict[str, Any], *, relative: bool) -> bool:
        rate = params.pop("rate")
        await self._backend.move(**params, relative=relative, rate_mm_s=rate)
        return True

    async def _home(self, params: dict[str, Any]) -> bool:
        await self._backend.home("".join(axis for axis in "xyz" if params[axis]))
        return True

    async def _extrude(self, sign: int, params: dict[str, Any]) -> bool:
        if params["length"] < 0:
            raise UsageError("length must be from 0: retract and unretract say which way.")
        length = sign * params["length"]
        await self._backend.extrude(length, nozzle=params["head"], rate_mm_s=params["rate"])
        return True

    async def _set_flow(self, params: dict[str, Any]) -> bool:
        nozzle = params["nozzle"]
        await self._backend.set_flow(params["percent"], None if nozzle is None else nozzle - 1)
        return True

    async def _send_gcode(self, params: dict[str, Any]) -> Any:
        replies = await self._backend.send_gcode(**params)
        return {"replies": [asdict(reply) for reply in replies]}

    async def _start_job(self, params: dict[str, Any]) -> bool:
        path = _file_path(params["path"])
        name = params["name"] or path.name
        await self._backend.start_job(path, name, params["file_id"], confirmed=params["confirmed"])
        return True

    async def _write_card_file(self, params: dict[str, Any]) -> Any:
        path = _file_path(params["path"])
        return wire.to_json(await self._backend.write_card_file(path, params["name"]))

    async def _get_card_files(self, _: dict[str, Any]) -> Any:
        return {"files": [wire.to_json(file) for file in await self._backend.card_files()]}

    async def _emergency_stop(self, params: dict[str, Any]) -> bool:
        press = params["press"]
        if press in self._confirmed:
            return True  # it came by a slower way; somebody may have reset the board since
        report = await self._backend.emergency_stop()
        if not report.confirmed:
            raise PrinterError(report.text)
        if press is not None:
            self._confirmed.append(press)
        return True

    async def _stand_for(self, client: Client, params: dict[str, Any]) -> bool:
        client.stands_for = params["clients"]
        return True

    async def _end(self, params: dict[str, Any]) -> bool:
        await self._shutdown(params["force"])
        return True


def _file_path(path: str) -> Path:
    """A path that the system takes; whether a file is there is another question."""
    try:
        if b"\0" not in os.fsencode(path):
            return Path(path)
    except ValueError:
        pass
    raise UsageError("path must be the path of a file.")
