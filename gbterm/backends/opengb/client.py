"""A printer behind an OpenGB server: gbterm's own, here or elsewhere, or the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from gbterm.actions import Reply
from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.capability import METHODS, OF_FIRMWARES, Capability, of_firmware
from gbterm.backends.opengb import plain, records
from gbterm.backends.opengb.card import CardFolder
from gbterm.backends.opengb.cautious import Cautious
from gbterm.backends.opengb.channel import Open
from gbterm.backends.opengb.peer import Peer
from gbterm.backends.opengb.server_side import GCODE_S, PROBE_S, TUNE_S, Serving
from gbterm.backends.opengb.stop import EmergencyStop
from gbterm.backends.opengb.websocket import open_websocket
from gbterm.bed_mesh import Mesh
from gbterm.board_settings import BoardSettings
from gbterm.config import Limits
from gbterm.connection import Retry
from gbterm.console_lines import EVERYTHING, Filter
from gbterm.credentials import Credentials
from gbterm.events import Event, PhaseChanged
from gbterm.files import CardFile
from gbterm.lost_print import ResumePoint
from gbterm.model import PrinterState, StopReport, StreamStatistics
from gbterm.pid_tuning import CYCLES, PidTuning
from gbterm.text import scrub
from gbterm.z_offset import ZOffset


class OpenGbBackend(Serving):
    """`url` is `ws://HOST:PORT[/ws]`, the same with `wss://`, `unix:PATH`, or `ssh_address`'s."""

    def __init__(
        self, url: str, name: str | None = None, credentials: Credentials | None = None
    ) -> None:
        super().__init__()
        self.address, self.name = url, name or url
        self._open: Open = partial(open_websocket, url, credentials or Credentials())
        self._peer = Peer(
            self._open,
            self._changed,
            who=f"The server at {scrub(url)}",
            on_greeted=self._ask_capabilities,
        )
        self._card = CardFolder(self._peer)
        self._capabilities, self._methods = Capability(0), frozenset[str]()
        self._limits: Limits | None = None
        self._cautious = Cautious(self._peer, self._open, self.name)
        self._stop = EmergencyStop(url, self._open, self._peer)

    @property
    def state(self) -> PrinterState:
        return self._peer.state

    @property
    def capabilities(self) -> Capability:
        """What depends on the firmware is known once the board is."""
        known = self._capabilities & ~OF_FIRMWARES
        for capability in of_firmware(self.state.firmware):
            if METHODS[capability] in self._methods:
                known |= capability
        return known

    @property
    def limits(self) -> Limits | None:
        """Those of its host, as it told them when it was reached."""
        return self._limits

    @property
    def heard_at(self) -> float | None:
        return self._peer.heard_at

    @property
    def retry(self) -> Retry | None:
        return self._peer.retry

    async def connect(self) -> None:
        await self._peer.connect()

    async def close(self) -> None:
        await self._stop.close()
        await self._peer.close()

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        self.require(Capability.TEMPERATURE, "set temperatures")
        params = {f"nozzle{index + 1}": target for index, target in (nozzles or {}).items()}
        others = {"bed": bed, "chamber": chamber}
        params |= {heater: target for heater, target in others.items() if target is not None}
        await self._ask("set_temp", params)

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
        params = {axis: value for axis, value in axes.items() if value is not None}
        rate = {} if rate_mm_s is None else {"rate": rate_mm_s}
        await self._ask("move_head_relative" if relative else "move_head_absolute", params | rate)

    async def home(self, axes: str = "xyz") -> None:
        self.require(Capability.HOME, "home the head")
        await self._ask("home_head", {axis: axis in axes.lower() for axis in "xyz"})

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        self.require(Capability.EXTRUDE, "move filament")
        params = {"head": nozzle, "length": abs(length_mm)}
        rate = {} if rate_mm_s is None else {"rate": rate_mm_s}
        method = "retract_filament" if length_mm < 0 else "unretract_filament"
        await self._ask(method, params | rate)

    async def set_flow(self, percent: float, nozzle: int | None = None) -> None:
        self.require(Capability.OVERRIDES, "change the flow")
        which = {} if nozzle is None else {"nozzle": nozzle + 1}
        await self._peer.call("set_extrude_override", {"percent": percent} | which)

    async def set_speed(self, percent: float) -> None:
        self.require(Capability.OVERRIDES, "change the speed")
        await self._peer.call("set_speed_override", {"percent": percent})

    async def babystep(self, z_mm: float) -> None:
        self.require(Capability.BABYSTEP, "babystep")
        await self._peer.call("babystep", {"z": z_mm})

    async def bed_mesh(self) -> Mesh:
        self.require(Capability.MESH, "tell the mesh of its bed")
        return records.bed_mesh(await self._peer.call("get_bed_mesh", timeout_s=GCODE_S))

    async def probe_bed(self, *, confirmed: bool = False) -> Mesh:
        self.require(Capability.PROBE, "probe its bed: its board tells of no probe")
        answer = await self._peer.call("probe_bed", {"confirmed": confirmed}, PROBE_S)
        return records.bed_mesh(answer)

    async def set_levelling(self, *, enabled: bool) -> Mesh:
        self.require(Capability.MESH, "switch its levelling")
        answer = await self._peer.call("set_levelling", {"enabled": enabled}, GCODE_S)
        return records.bed_mesh(answer)

    async def store_mesh(self, *, confirmed: bool = False) -> Mesh:
        self.require(Capability.MESH, "store the mesh of its bed")
        answer = await self._peer.call("store_mesh", {"confirmed": confirmed}, GCODE_S)
        return records.bed_mesh(answer)

    async def z_offset(self) -> ZOffset:
        self.require(Capability.Z_OFFSET, "tell its offset of Z")
        return records.z_offset(await self._peer.call("get_z_offset", timeout_s=GCODE_S))

    async def save_z_offset(self, *, confirmed: bool = False) -> ZOffset:
        self.require(Capability.Z_OFFSET, "store its offset of Z")
        answer = await self._peer.call("save_z_offset", {"confirmed": confirmed}, GCODE_S)
        return records.z_offset(answer)

    async def visit_corner(self, corner: int | None, *, confirmed: bool = False) -> None:
        self.require(Capability.CORNERS, "go to the corners of its bed")
        where = {} if corner is None else {"corner": corner}
        await self._peer.call("visit_corner", where | {"confirmed": confirmed}, GCODE_S)

    async def tune_pid(
        self, heater: str, target: float, cycles: int = CYCLES, *, confirmed: bool = False
    ) -> PidTuning:
        self.require(Capability.PID, "tune its heaters")
        params = {"heater": heater, "target": target, "cycles": cycles, "confirmed": confirmed}
        return records.pid_tuning(await self._peer.call("tune_pid", params, TUNE_S))

    async def pid_tuning(self) -> PidTuning:
        self.require(Capability.PID, "tune its heaters")
        return records.pid_tuning(await self._peer.call("get_pid_tuning"))

    async def stop_tuning(self) -> PidTuning:
        self.require(Capability.PID, "tune its heaters")
        return records.pid_tuning(await self._peer.call("stop_pid_tuning", timeout_s=GCODE_S))

    async def set_fan(self, fan: int, percent: float) -> None:
        self.require(Capability.FANS, "set a fan")
        await self._ask("set_fan_speed", {"fan": fan, "percent": percent})

    async def set_steppers(self, *, enabled: bool) -> None:
        self.require(Capability.STEPPERS, "switch the motors")
        await self._ask("enable_steppers" if enabled else "disable_steppers")

    async def begin_swap(self) -> None:
        self.require(Capability.FILAMENT_SWAP, "change filament")
        await self._peer.call("filament_swap_begin")

    async def complete_swap(self) -> None:
        self.require(Capability.FILAMENT_SWAP, "change filament")
        await self._peer.call("filament_swap_complete")

    async def send_gcode(
        self, commands: str, *, confirmed: bool = False, wait: bool = True
    ) -> list[Reply]:
        self.require(Capability.GCODE, "send G-code")
        # An older server knows nothing of it.
        at_once: dict[str, bool] = {} if wait else {"wait": False}
        params = {"commands": commands, "confirmed": confirmed} | at_once
        answer = await self._peer.call("send_gcode", params, GCODE_S)
        return [records.reply(record) for record in records.listed(answer, "replies")]

    async def watch_console(
        self, listener: ConsoleListener, wanted: Filter = EVERYTHING, backlog: int = 0
    ) -> Callable[[], None]:
        self.require(Capability.CONSOLE, "show what goes over its cable")
        return await self._peer.console.watch(listener, wanted, backlog)

    async def stream_statistics(self) -> StreamStatistics:
        self.require(Capability.STATISTICS, "tell how its board is fed")
        return records.stream_statistics(await self._peer.call("get_stream_statistics"))

    async def board_settings(self) -> BoardSettings:
        self.require(Capability.BOARD_SETTINGS, "tell the settings of its board")
        return records.board_settings(await self._peer.call("get_board_settings", {}, GCODE_S))

    async def set_board_settings(
        self, changes: Mapping[str, str], *, confirmed: bool = False
    ) -> BoardSettings:
        given = {"changes": dict(changes), "confirmed": confirmed}
        return await self._settings_after("change", "set_board_settings", given)

    async def store_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        return await self._settings_after("store", "store_board_settings", {"confirmed": confirmed})

    async def load_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        return await self._settings_after("load", "load_board_settings", {"confirmed": confirmed})

    async def reset_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        return await self._settings_after("reset", "reset_board_settings", {"confirmed": confirmed})

    async def _settings_after(self, what: str, method: str, given: dict[str, Any]) -> BoardSettings:
        self.require(Capability.BOARD_SETTINGS, f"{what} the settings of its board")
        return records.board_settings(await self._peer.call(method, given, GCODE_S))

    async def card_files(self) -> list[CardFile]:
        self.require(Capability.CARD, "tell what is on its card")
        return records.values(CardFile, await self._peer.call("get_card_files"), "files")

    async def print_card_file(self, path: str, *, confirmed: bool = False) -> None:
        self.require(Capability.CARD, "print from its card")
        await self._peer.call("print_card_file", {"path": path, "confirmed": confirmed}, GCODE_S)

    async def delete_card_file(self, path: str) -> None:
        self.require(Capability.CARD, "delete from its card")
        await self._peer.call("delete_card_file", {"path": path})

    async def pause(self) -> None:
        self.require(Capability.JOB, "pause a print")
        await self._ask("pause_print")

    async def resume(self) -> None:
        self.require(Capability.JOB, "resume a print")
        await self._ask("resume_print")

    async def set_pause_layers(self, layers: Sequence[int]) -> None:
        self.require(Capability.PAUSE_AT_LAYER, "pause at a layer")
        await self._peer.call("set_pause_layers", {"layers": list(layers)})

    async def resume_point(self) -> ResumePoint:
        self.require(Capability.RESUME_JOB, "go on with a print that was lost")
        return records.resume_point(await self._peer.call("get_resume_point", timeout_s=GCODE_S))

    async def resume_job(
        self, line: int | None = None, z_mm: float | None = None, *, confirmed: bool = False
    ) -> None:
        self.require(Capability.RESUME_JOB, "go on with a print that was lost")
        given = {"line": line, "z_mm": z_mm, "confirmed": confirmed}
        params = {name: value for name, value in given.items() if value is not None}
        await self._peer.call("resume_job", params, GCODE_S)

    async def cancel(self) -> None:
        self.require(Capability.JOB, "cancel a print")
        await self._ask("cancel_print")

    async def emergency_stop(self) -> StopReport:
        """On the connection that stands and on new ones; the first to confirm wins."""
        return await self._stop.press()

    async def reconnect(self) -> None:
        self.require(Capability.RECONNECT, "reconnect to the printer on request")
        await self._peer.call("reconnect")

    async def reset_board(self) -> None:
        self.require(Capability.RESET, "reset its board on request")
        await self._peer.call("reset_board")

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        self.require(Capability.RECONNECT, "disconnect from the printer on request")
        await self._peer.call("disconnect", {"confirmed": confirmed})

    async def connect_printer(self) -> None:
        self.require(Capability.RECONNECT, "connect to the printer on request")
        await self._peer.call("connect")

    async def answer_prompt(self, choice: int) -> None:
        self.require(Capability.PROMPTS, "answer prompts")
        await self._peer.call("answer_prompt", {"choice": choice})

    def _changed(self, event: Event | None, _: PrinterState, new: PrinterState) -> None:
        # A snapshot changes everything at once; its phase stands for the rest.
        told = event or PhaseChanged(new.phase, new.reason)
        self._cautious.heard(event, new)
        for listener in tuple(self._listeners):
            listener(told, new)

    async def _ask_capabilities(self) -> None:
        if self._peer.is_plain:
            self._capabilities, self._methods = plain.CAPABILITIES, frozenset()
            self._limits = None
        else:
            answer = await self._peer.call("get_capabilities")
            self._capabilities, self._methods = (
                records.capabilities(answer),
                records.methods(answer),
            )
            self._limits = records.limits(answer)
