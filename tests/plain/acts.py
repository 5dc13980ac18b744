"""Every command once: what comes before it, what is typed, and what is told then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gbterm.audit import AuditEntry
from gbterm.backends.capability import Capability
from gbterm.model import Phase
from tests.memory_backend import NOTHING, MemoryBackend
from tests.plain.conftest import Talk

Prepare = Callable[[Talk], Awaitable[object]]


async def nothing(talk: Talk) -> None:
    """A printer that is READY."""


async def a_file(talk: Talk) -> None:
    await talk.file()


async def a_print(talk: Talk) -> None:
    await talk.printing()


async def a_selected_file(talk: Talk) -> None:
    await talk.backend.select_file(await talk.file())


async def a_folder(talk: Talk) -> None:
    await talk.file()
    await talk.backend.make_folder("gears")


async def a_paused_print(talk: Talk) -> None:
    await talk.printing()
    await talk.backend.pause()
    await talk.until(lambda: talk.backend.state.phase is Phase.PAUSED)


async def a_swap(talk: Talk) -> None:
    await talk.printing()
    await talk.backend.begin_swap()
    await talk.until(lambda: talk.backend.state.phase is Phase.FILAMENT_SWAP)
    if talk.house is not None:
        await talk.says("asks: Nozzle Parked")


async def an_upload(talk: Talk) -> None:
    (talk.folder / "new.gcode").write_bytes(b"G28\n")


async def a_question(talk: Talk) -> None:
    if isinstance(talk.backend, MemoryBackend):
        talk.backend.ask("Filament runout", "Continue", "Purge")
    else:
        assert talk.house is not None
        swap = await talk.file("swap.gcode", b"M302 P1\nG28\nM600\nG1 X20 F6000\n")
        await talk.backend.print_file(swap)
    await talk.says("Answer with answer and the number")


async def an_error(talk: Talk) -> None:
    await talk.backend.emergency_stop()
    await talk.until(lambda: talk.backend.state.phase is Phase.ERROR)
    if talk.house is not None:
        talk.house.fault("reset")


async def a_closed_port(talk: Talk) -> None:
    await talk.backend.disconnect_printer()
    await talk.until(lambda: talk.backend.state.phase is Phase.DISCONNECTED)


async def homed(talk: Talk) -> None:
    await talk.backend.home()


async def hot(talk: Talk) -> None:
    """A nozzle that filament may be pushed through, also where it is cold."""
    await talk.backend.send_gcode("M302 P1", confirmed=True)


async def a_command(talk: Talk) -> None:
    """Lines that went over the cable."""
    await talk.backend.send_gcode("M117 Hello", confirmed=True)


async def a_short_print(talk: Talk) -> None:
    await talk.backend.print_file(await talk.file("short.gcode", b"G28\nG1 X1 F600\n"))
    if isinstance(talk.backend, MemoryBackend):
        asyncio.get_running_loop().call_later(0.05, talk.backend.advance, 2)


async def a_past_print(talk: Talk) -> None:
    await a_short_print(talk)
    await talk.says("The print has ended")


async def an_action(talk: Talk) -> None:
    await a_past_print(talk)
    if isinstance(talk.backend, MemoryBackend):
        talk.backend.done = [AuditEntry(0.0, "print_gcode_file", params={"id": 1})]


@dataclass(frozen=True)
class Act:
    """What is `typed` after `before`, and what is `told`, in this order."""

    typed: tuple[str, ...]
    told: tuple[str, ...]
    before: Prepare = nothing
    needs: Capability = NOTHING
    """Backends without it refuse it in a sentence."""

    @property
    def name(self) -> str:
        """The command."""
        return self.typed[0].split()[0]


def act(typed: str, told: str, before: Prepare = nothing, needs: Capability = NOTHING) -> Act:
    """Lines with bars between them."""
    return Act(tuple(typed.split("|")), tuple(told.split("|")), before, needs)


ACTS = (
    act("help", "The print: job, pause|help and a name"),
    act("help all", "pause: pause the print.|upload PATH: put a file"),
    act("status", "Ready: nothing to do|Nozzle|Bed|Position|Speed 100 %"),
    act("estop", "EMERGENCY STOP|STOPPED: the printer confirmed"),
    act("quit", "", nothing),
    act("answer 1", "Answered.", a_question),
    act("temperature", "Nozzle|Bed"),
    act("watch temperatures 1", "Temperatures are told every 1 s.|Nozzle"),
    act("watch temperatures off", "not told any more"),
    act("progress 10", "every 10 %, at most once a minute"),
    act("layers on", "Layers are told."),
    act("settings", "progress: every 5 %|layers: off|watch temperatures: off|console: off"),
    act("position", "Position X|Flow "),
    act("messages", "The print of box.gcode has begun|box.gcode|box.gcode", a_print),
    act("job", "Executing: |Print box.gcode, 0 %|Left", a_print),
    act("pause", "Paus|ausing.", a_print),
    act("resume", "Executing|Going on with the print.", a_paused_print),
    act("cancel|yes", "Cancel box.gcode? |box.gcode was cancelled", a_print),
    act("set_speed 120", "Speed 120 %.", a_print),
    act("speed_up", "Speed 105 %.", a_print),
    act("speed_down", "Speed 95 %.", a_print),
    act("flow_up", "Flow 101 %.", a_print),
    act("flow_down", "Flow 99 %.", a_print),
    act("set_flow 95", "Flow 95 %.", a_print),
    act("set_flow 95 1", "Flow 95 %.", a_print),
    act("babystep_up", "The nozzle goes up by 0.05 mm.", homed),
    act("babystep_down 0.05", "The nozzle goes down by 0.05 mm.", homed),
    act("pause_layers off", "Pauses before no layer.", a_print),
    act("begin_swap", "Filament swap: ", a_print),
    act("complete_swap", "Going on with the print.", a_swap),
    act("statistics", "Lines sent |Errors: "),
    act("history", "short.gcode, finished", a_past_print),
    act("actions print_gcode_file", ": print_gcode_file id=", an_action, Capability.AUDIT),
    act("resume_job", "Error: "),
    act("forget_lost", "Error: No print was lost."),
    act("waitend", "The print has ended: short.gcode finished|Nothing is being", a_short_print),
    act("set_nozzle 40", "Nozzle set to 40 °C."),
    act("set_nozzle 40 1", "Nozzle 1 set to 40 °C."),
    act("set_bed 35.5", "Bed set to 35.5 °C."),
    act("set_target bed 30", "Bed set to 30 °C."),
    act("set_target nozzle 1 30", "Nozzle1 set to 30 °C."),
    act("heater_off nozzle", "Nozzle1 off."),
    act("warmer bed", "Bed set to 1 °C."),
    act("cooler", "Nozzle1 off."),
    act("much_warmer", "Nozzle1 set to 10 °C."),
    act("much_cooler bed", "Bed off."),
    act("set_chamber 40", "Error: "),
    act("fan_off", "Fan off."),
    act("set_fan 50", "Fan 0: 50 %."),
    act("set_fan 0 20", "Fan 0: 20 %."),
    act("presets", "PLA: nozzle 210 °C, bed 60 °C"),
    act("apply_preset pla", "Preset PLA set."),
    act("cool_down", "All heaters off."),
    act("tune", "No heater was tuned"),
    act("e_steps", "M92 E is "),
    act("z_offset", "offset"),
    act("level|yes", "Begin? |The nozzle is at the left front."),
    act("board_settings", "M92 X 80"),
    act("board_settings m92 x 80", "M92 X is 80 now"),
    act("bed", "levelling is off"),
    act("jog_left 1", "Moving X by -1 mm.", homed),
    act("jog_right 10 50", "Moving X by 10 mm.", homed),
    act("jog_back 1", "Moving Y by 1 mm.", homed),
    act("jog_front", "Moving Y by -10 mm.", homed),
    act("jog_up 0,5", "Moving Z by 0.5 mm.", homed),
    act("jog_down 0.5", "Moving Z by -0.5 mm.", homed),
    act("go_to x20 Y 30", "Error: "),
    act("go_to x20 y=30", "Moving to X 20, Y 30 mm.", homed),
    act("home", "Homing X, Y, Z."),
    act("home x y", "Homing X, Y."),
    act("home_x", "Homing X."),
    act("home_y", "Homing Y."),
    act("home_z", "Homing Z."),
    act("motors_on", "Motors hold."),
    act("motors_off", "Motors are off."),
    act("extrude 1", "Pushing 1 mm.", hot),
    act("retract 1 1", "Retracting 1 mm.", hot),
    act("files", "box.gcode, 40.0 kB", a_file),
    act("sort_files size", "box.gcode, 40.0 kB", a_file),
    act("file box", "box.gcode, 40.0 kB|Uploaded 2", a_file),
    act("print box.gcode", "Starting box.gcode.", a_file),
    act("upload new.gcode", "new.gcode: 100 % tr|new.gcode is in the library", an_upload),
    act("delete box|yes", "Delete box.gcode from|box.gcode is deleted.", a_file),
    act("rename box to other.gcode", "box.gcode is called other.gcode now.", a_file),
    act("download box to copy.gcode", "box.gcode is in copy.gcode.", a_file),
    act("view_layers box", "layers", a_file),
    act("check_file box", "box.gcode", a_file),
    act(
        "select_file box",
        "box.gcode is selected; start_selected prints it.",
        a_file,
        needs=Capability.SELECT,
    ),
    act("start_selected", "Starting what is selected.", a_selected_file, needs=Capability.SELECT),
    act(
        "restart|yes",
        "Print box.gcode anew, |Beginning anew.",
        a_paused_print,
        needs=Capability.SELECT,
    ),
    act("folders", "gears", a_folder, needs=Capability.FOLDERS),
    act("make_folder gears", "There is a folder gears now.", needs=Capability.FOLDERS),
    act(
        "move_file box to gears",
        "box.gcode is gears/box.gcode now.",
        a_folder,
        needs=Capability.FOLDERS,
    ),
    act(
        "copy_file box to gears",
        "There is gears/box.gcode now.",
        a_folder,
        needs=Capability.FOLDERS,
    ),
    act("move_folder gears to old", "gears is old now.", a_folder, needs=Capability.FOLDERS),
    act(
        "delete_folder gears|yes",
        "Delete the folder gears with 0 |gears is deleted.",
        a_folder,
        needs=Capability.FOLDERS,
    ),
    act("disks", "free of"),
    act("macros", "lift: "),
    act("macro lift|yes", "Is nothing above the head? Type yes|: ok"),
    act("programs", "lights: the lamp over the printer"),
    act("run lights", "done|lights: done."),
    act("gcode M117 Hello", "M117 Hello: ok"),
    act("console on", "Lines of the cable are told without ok and temperatures"),
    act("console off", "not told any more"),
    act("hide_ok off", "Console lines come with ok."),
    act("hide_temperatures on", "Console lines come without temperatures."),
    act("hide_moves on", "Console lines come without moves."),
    act("raw_lines on", "Console lines come with their numbers."),
    act("find m117", "M117", a_command),
    act("save_lines lines.log", "lines are in ", a_command),
    act("reconnect", "Reconnecting.", an_error),
    act("connect_printer", "Connecting.", a_closed_port),
    act("disconnect_printer", "The printer's port is closed"),
    act(
        "choose_port",
        "Ports: |Baud rates: |Profiles: |Now port=",
        needs=Capability.CONNECTION,
    ),
    act("choose_port port=VIRTUAL baud=115200", "Connecting.", needs=Capability.CONNECTION),
    act("printers", "workshop: no answer; configured, ws://workshop.local:8000/ws. "),
    act("stop_printer workshop", "EMERGENCY STOP of workshop|NOT CONFIRMED: |cut its power now!"),
    act("details", "Lines sent |free of| minutes"),
    act("connect nobody", "Error: No printer is called 'nobody'."),
    act("add_printer ender /dev/ttyX9 baud=115200 nozzle_max=260", "ender is in /"),
    act("edit_printer workshop url=ws://other.local:8000", "workshop is in /"),
    act("default_printer workshop", "workshop is the default."),
    act("remove_printer workshop|yes", "Take workshop out of |workshop is out of /"),
    act("change_setting theme light", "theme is light"),
    act("change_setting bell maybe", "Error: "),
    act("reset_setting slow", "slow is found out again"),
    act("counters", " minutes"),
)
