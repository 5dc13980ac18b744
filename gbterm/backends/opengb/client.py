"""A printer behind an OpenGB server: gbterm's own, here or elsewhere, or the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any

from gbterm.backends.base import Backend, Capability, Progress
from gbterm.backends.opengb import plain
from gbterm.backends.opengb.channel import MAX_MESSAGE, Channel, Open, open_lines, open_websocket
from gbterm.backends.opengb.peer import Peer
from gbterm.backends.opengb.replica import Replica
from gbterm.backends.opengb.upload import request_pieces
from gbterm.credentials import Credentials
from gbterm.errors import FileRefused, GbtermError, LinkError, NotSupported, WrongState
from gbterm.events import Event, PhaseChanged
from gbterm.model import GcodeFile, PrinterState, Reply, StopReport
from gbterm.text import scrub

STOP_S = 8.0
UPLOAD_S = 600.0
GCODE_S = 660.0
"""Longer than the server waits for the printer, so that it says itself what it waited for."""
_LAST_RESORT = "If it still moves or heats, switch the printer off."

_PLAIN = (
    Capability.TEMPERATURE
    | Capability.MOVE
    | Capability.HOME
    | Capability.FILES
    | Capability.JOB
    | Capability.EMERGENCY_STOP
    | Capability.FANS
    | Capability.EXTRUDE
    | Capability.STEPPERS
)
"""Without the overrides, of which one ends the real server's link to its printer, and without the
filament swap, which can't be completed there."""


class OpenGbBackend(Backend):
    """`url` is `ws://HOST:PORT[/ws]`, the same with `wss://`, or `unix:PATH`."""

    def __init__(
        self, url: str, name: str | None = None, credentials: Credentials | None = None
    ) -> None:
        super().__init__()
        self.url, self.name = url, name or url
        self._open: Open = partial(open_websocket, url, credentials or Credentials())
        self._peer = Peer(
            self._open,
            self._changed,
            who=f"The server at {scrub(url)}",
            on_greeted=self._ask_capabilities,
        )
        self._capabilities = Capability(0)
        self._stops: set[asyncio.Task[StopReport]] = set()

    @property
    def state(self) -> PrinterState:
        return self._peer.state

    @property
    def capabilities(self) -> Capability:
        return self._capabilities

    async def connect(self) -> None:
        await self._peer.connect()

    async def close(self) -> None:
        for stop in self._stops:
            stop.cancel()
        await asyncio.gather(*self._stops, return_exceptions=True)
        await self._peer.close()

    async def set_temperature(
        self, *, nozzles: dict[int, float] | None = None, bed: float | None = None
    ) -> None:
        self.require(Capability.TEMPERATURE, "set temperatures")
        params = {f"nozzle{index + 1}": target for index, target in (nozzles or {}).items()}
        if self._peer.is_plain and set(params) - {"nozzle1", "nozzle2"}:
            raise NotSupported(f"{self.name} knows two nozzles only.")
        await self._peer.call("set_temp", params | ({} if bed is None else {"bed": bed}))

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        self.require(Capability.MOVE, "move the head")
        axes = {"x": x, "y": y, "z": z}
        if self._peer.is_plain and not relative:
            axes = self._with_present_position(axes)
        params = {axis: value for axis, value in axes.items() if value is not None}
        rate = {} if rate_mm_s is None else {"rate": rate_mm_s}
        await self._peer.call(
            "move_head_relative" if relative else "move_head_absolute", params | rate
        )

    async def home(self, axes: str = "xyz") -> None:
        self.require(Capability.HOME, "home the head")
        await self._peer.call("home_head", {axis: axis in axes.lower() for axis in "xyz"})

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        self.require(Capability.EXTRUDE, "move filament")
        params = {"head": nozzle, "length": abs(length_mm)}
        rate = {} if rate_mm_s is None else {"rate": rate_mm_s}
        method = "retract_filament" if length_mm < 0 else "unretract_filament"
        await self._peer.call(method, params | rate)

    async def set_flow(self, percent: float, nozzle: int | None = None) -> None:
        self.require(Capability.OVERRIDES, "change the flow")
        which = {} if nozzle is None else {"nozzle": nozzle + 1}
        await self._peer.call("set_extrude_override", {"percent": percent} | which)

    async def set_speed(self, percent: float) -> None:
        self.require(Capability.OVERRIDES, "change the speed")
        await self._peer.call("set_speed_override", {"percent": percent})

    async def set_fan(self, fan: int, percent: float) -> None:
        self.require(Capability.FANS, "set a fan")
        # An OpenGB server takes whole percent only.
        exact = round(percent) if self._peer.is_plain else percent
        await self._peer.call("set_fan_speed", {"fan": fan, "percent": exact})

    async def set_steppers(self, *, enabled: bool) -> None:
        self.require(Capability.STEPPERS, "switch the motors")
        await self._peer.call("enable_steppers" if enabled else "disable_steppers")

    async def begin_swap(self) -> None:
        self.require(Capability.FILAMENT_SWAP, "change filament")
        await self._peer.call("filament_swap_begin")

    async def complete_swap(self) -> None:
        self.require(Capability.FILAMENT_SWAP, "change filament")
        await self._peer.call("filament_swap_complete")

    async def send_gcode(self, commands: str, *, confirmed: bool = False) -> list[Reply]:
        self.require(Capability.GCODE, "send G-code")
        params = {"commands": commands, "confirmed": confirmed}
        answer = await self._peer.call("send_gcode", params, GCODE_S)
        replies = answer.get("replies") if isinstance(answer, dict) else None
        return [_reply(record) for record in replies or [] if isinstance(record, dict)]

    async def pause(self) -> None:
        self.require(Capability.JOB, "pause a print")
        await self._peer.call("pause_print")

    async def resume(self) -> None:
        self.require(Capability.JOB, "resume a print")
        await self._peer.call("resume_print")

    async def cancel(self) -> None:
        self.require(Capability.JOB, "cancel a print")
        await self._peer.call("cancel_print")

    async def emergency_stop(self) -> StopReport:
        """Over connections of its own, past whatever clogs the others; the first to confirm wins.

        Where the printer process can be reached beside the server, it is asked at the same time.
        """
        ways = [self._stop(self._open())]
        if self.url.startswith("unix:"):
            beside = Path(self.url.removeprefix("unix:")).with_name("printer.sock")
            if beside.exists():
                ways.append(self._stop(open_lines(beside)))
        stops = [asyncio.create_task(way) for way in ways]
        for stop in stops:
            self._stops.add(stop)  # the slower one goes on after the first confirmed
            stop.add_done_callback(self._stops.discard)
        failures: list[str] = []
        for way in asyncio.as_completed(stops):
            report = await way
            if report.confirmed:
                return report
            failures.append(report.text)
        return StopReport(False, " ".join((*dict.fromkeys(failures), _LAST_RESORT)))

    async def reconnect(self) -> None:
        self.require(Capability.RECONNECT, "reconnect to the printer on request")
        await self._peer.call("reconnect")

    async def answer_prompt(self, choice: int) -> None:
        self.require(Capability.PROMPTS, "answer prompts")
        await self._peer.call("answer_prompt", {"choice": choice})

    async def files(self) -> list[GcodeFile]:
        self.require(Capability.FILES, "list files")
        result = await self._peer.call("get_gcode_files")
        records = result.get("gcode_files") if isinstance(result, dict) else None
        files = [_file(record) for record in records or [] if isinstance(record, dict)]
        return sorted(files, key=lambda file: (file.uploaded, file.id), reverse=True)

    async def upload(self, path: Path, progress: Progress | None = None) -> GcodeFile:
        """Over a connection of its own, so that a pause or a stop need not wait for it."""
        self.require(Capability.FILES, "take files")
        size = await asyncio.to_thread(_size, path)
        if size > MAX_MESSAGE * 9 // 10:
            raise FileRefused(
                f"{scrub(path.name, 60)} has {size >> 20} MiB, more than the server takes at once."
            )
        channel = await self._open()
        exact = not self._peer.is_plain
        pieces = request_pieces(1, path, progress, exact=exact)
        try:
            result = await _call_once(channel, "put_gcode_file", UPLOAD_S, pieces)
        finally:
            await channel.close()
        return _file(result if isinstance(result, dict) else {})

    async def delete_file(self, file_id: int) -> None:
        self.require(Capability.FILES, "delete files")
        await self._peer.call("delete_gcode_file", {"id": file_id})

    async def print_file(self, file_id: int, *, confirmed: bool = False) -> None:
        self.require(Capability.FILES, "print files")
        extension = {} if self._peer.is_plain else {"confirmed": confirmed}
        await self._peer.call("print_gcode_file", {"id": file_id} | extension, UPLOAD_S)

    def _changed(self, event: Event | None, _: PrinterState, new: PrinterState) -> None:
        # A snapshot changes everything at once; its phase stands for the rest.
        told = event or PhaseChanged(new.phase, new.reason)
        for listener in tuple(self._listeners):
            listener(told, new)

    async def _ask_capabilities(self) -> None:
        if self._peer.is_plain:
            self._capabilities = _PLAIN
            return
        result = await self._peer.call("get_capabilities")
        names = result.get("capabilities") if isinstance(result, dict) else None
        known = Capability.__members__
        capabilities = Capability(0)
        for name in names if isinstance(names, list) else []:
            capabilities |= known.get(str(name), Capability(0))
        self._capabilities = capabilities

    def _with_present_position(self, axes: dict[str, float | None]) -> dict[str, float | None]:
        """An OpenGB server takes an axis that is left out for 0 and would drive there."""
        present = self.state.position
        full = {axis: getattr(present, axis) if v is None else v for axis, v in axes.items()}
        if None in full.values():
            raise WrongState(f"{self.name} has not said where the head is: home it first.")
        return full

    async def _stop(self, opening: Awaitable[Channel]) -> StopReport:
        try:
            async with asyncio.timeout(STOP_S):
                channel = await opening
                try:
                    await _call_once(channel, "emergency_stop", STOP_S)
                finally:
                    await channel.close()
        except TimeoutError:
            return StopReport(False, "The emergency stop was not answered in time.")
        except GbtermError as error:
            return StopReport(False, str(error))
        if self._peer.is_plain:
            return StopReport(False, "The server took the emergency stop; it can't say more.")
        return StopReport(True, "The printer halted.")


async def _call_once(channel: Channel, method: str, timeout_s: float, pieces: Any = None) -> Any:
    """One call on a fresh channel, which greets nobody."""
    replica = Replica(lambda *_: None)
    text, answer = replica.call(method, {})
    reading = asyncio.ensure_future(_feed(replica, channel))
    try:
        async with asyncio.timeout(timeout_s):
            await (channel.send(text) if pieces is None else channel.send_pieces(pieces))
            return await answer
    except TimeoutError as error:
        raise LinkError(f"The server did not answer {method} in time.") from error
    finally:
        reading.cancel()
        answer.cancel()


async def _feed(replica: Replica, channel: Channel) -> None:
    try:
        async for message in channel.messages():
            replica.receive(message)
        replica.disconnect("The server closed the connection.")
    except GbtermError as error:
        replica.disconnect(str(error))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise FileRefused(f"{scrub(path.name, 60)} can't be read: {error.strerror}.") from error


def _reply(record: dict[str, Any]) -> Reply:
    lines = record.get("lines")
    said = lines if isinstance(lines, list) else []
    return Reply(scrub(str(record.get("command", ""))), tuple(scrub(str(line)) for line in said))


def _file(record: dict[str, Any]) -> GcodeFile:
    """A record of the library, whatever of it the server gave."""

    def whole(key: str) -> int:
        return int(plain.number(record.get(key)) or 0)

    def text(key: str) -> str:
        return str(record.get(key) or "")

    return GcodeFile(
        id=whole("id"),
        name=text("name"),
        size=whole("size"),
        uploaded=text("uploaded"),
        print_material=text("print_material"),
        print_quality=text("print_quality"),
        print_extruders=text("print_extruders"),
        print_time_sec=whole("print_time_sec"),
        print_filament_mm=whole("print_filament_mm"),
        print_material_gm=whole("print_material_gm"),
        thumbnail_png_base64=text("thumbnail_png_base64"),
    )
