"""What some printers can be asked besides, see `Capability`; the others refuse it in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gbterm.actions import Reply
from gbterm.backends.server_side import ServerSide
from gbterm.bed_mesh import Mesh
from gbterm.board_settings import BoardSettings
from gbterm.connection import ConnectionChoice, ConnectionOptions
from gbterm.console_lines import EVERYTHING, ConsoleLines, Filter
from gbterm.errors import NotSupported
from gbterm.files import CardFile
from gbterm.lost_print import ResumePoint
from gbterm.model import StreamStatistics
from gbterm.pid_tuning import CYCLES, PidTuning
from gbterm.z_offset import ZOffset

ConsoleListener = Callable[[ConsoleLines], None]
"""Called on the loop with lines to and from the board. It must not block."""


class Abilities(ServerSide):
    """Each raises `NotSupported` where the printer, or what drives it, can't."""

    async def reconnect(self) -> None:
        """Close and open the printer's port, which also clears ERROR. Raises `LinkError`."""
        raise NotSupported(f"{self.name} can't reconnect on request.")

    async def reset_board(self) -> None:
        """Reset the board by the line of its port that does so, and greet it anew.

        Raises `WrongState` during a print, `NotSupported` where the port has no such line, and what
        `reconnect` raises.
        """
        raise NotSupported(f"{self.name} can't reset its board on request.")

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        """Turn the heaters off and close the printer's port; it stays closed until somebody asks.

        Raises `WrongState` during a print, and `NeedsConfirmation`, unless `confirmed`, where a
        heater can't be turned off. An error is still there once the port is open again.
        """
        raise NotSupported(f"{self.name} can't disconnect on request.")

    async def connect_printer(self) -> None:
        """Open the printer's port where it is closed. Raises `LinkError`."""
        raise NotSupported(f"{self.name} can't connect on request.")

    async def connect_printer_by(self, choice: ConnectionChoice) -> None:
        """Open the printer's port as `choice` has it, after closing it where it is open otherwise.

        Raises `LinkError`, `UsageError` for what can't be chosen, and `WrongState` during a print.
        """
        raise NotSupported(f"{self.name} doesn't let choose how its printer is connected.")

    async def connection_options(self) -> ConnectionOptions:
        """By what the printer can be connected."""
        raise NotSupported(f"{self.name} doesn't let choose how its printer is connected.")

    async def ask_for_key(self, told: Callable[[str, str], None]) -> str:
        """Ask the server for a key, which a person grants there; before `connect`.

        `told` is called with what that person has to do, in a sentence, and with the address of a
        page that asks for nothing else. Raises `AuthenticationRefused` where it was not granted,
        and `LinkError`.
        """
        raise NotSupported(f"{self.name} grants no keys on request.")

    async def start_selected(self, *, confirmed: bool = False) -> None:
        """Print what is selected. Raises `WrongState` where nothing is, and as `print_file`."""
        raise NotSupported(f"{self.name} prints files by their names alone.")

    async def restart(self) -> None:
        """Begin a paused print anew. Raises `WrongState` unless one is paused."""
        raise NotSupported(f"{self.name} can't begin a print anew.")

    async def answer_prompt(self, choice: int) -> None:
        """Answer the pending prompt with its choice number `choice`, from 0."""
        raise NotSupported(f"{self.name} shows no prompts.")

    async def set_flow(self, percent: float, nozzle: int | None = None) -> None:
        """Set the flow of one nozzle by index from 0, or of all. Raises `OutOfRange`."""
        raise NotSupported(f"{self.name} can't change the flow.")

    async def set_speed(self, percent: float) -> None:
        """Set the speed of moves in percent of what the file says. Raises `OutOfRange`."""
        raise NotSupported(f"{self.name} can't change the speed.")

    async def babystep(self, z_mm: float) -> None:
        """Raise the nozzle by so much for good, or lower it; positions stay what they were.

        Raises `OutOfRange` for a step beyond 0.5 mm, or beyond 2 mm in all since the board was
        connected, and `WrongState`.
        """
        raise NotSupported(f"{self.name} can't babystep.")

    async def bed_mesh(self) -> Mesh:
        """What the board measured of its bed. Raises `WrongState` while it prints."""
        raise NotSupported(f"{self.name} can't tell the mesh of its bed.")

    async def probe_bed(self, *, confirmed: bool = False) -> Mesh:
        """Home all axes and measure the mesh; it is in use then, but not stored.

        Raises `NeedsConfirmation` unless `confirmed`, `WrongState` unless the printer is idle, and
        `PrinterError` where nothing was measured.
        """
        raise NotSupported(f"{self.name} can't probe its bed.")

    async def set_levelling(self, *, enabled: bool) -> Mesh:
        """Level by the mesh, or don't; it is not stored which.

        Raises `WrongState` where there is no whole mesh, and unless the printer is idle.
        """
        raise NotSupported(f"{self.name} can't switch its levelling.")

    async def store_mesh(self, *, confirmed: bool = False) -> Mesh:
        """Keep the mesh, and all other settings, past a reset of the board.

        Raises `NeedsConfirmation` unless `confirmed`, and as `set_levelling`.
        """
        raise NotSupported(f"{self.name} can't store the mesh of its bed.")

    async def z_offset(self) -> ZOffset:
        """What the firmware adds to Z, and what babysteps did. Raises `WrongState` in a print."""
        raise NotSupported(f"{self.name} can't tell its offset of Z.")

    async def save_z_offset(self, *, confirmed: bool = False) -> ZOffset:
        """Store the offset that makes the babysteps since Z was homed stay.

        Raises `NeedsConfirmation` with old and new unless `confirmed`, `WrongState` where there are
        none and unless the printer is idle, `PrinterError` where the board didn't take or store it.
        """
        raise NotSupported(f"{self.name} can't store its offset of Z.")

    async def visit_corner(self, corner: int | None, *, confirmed: bool = False) -> None:
        """Bring the nozzle to a corner of `bed_corners.CORNERS`, a sheet of paper above the bed;
        None lifts it, as happens by itself where nothing is asked for some minutes.

        Returns once it stands there. Raises `NeedsConfirmation` for the first one, which homes,
        unless `confirmed`, and `WrongState` unless the printer is idle.
        """
        raise NotSupported(f"{self.name} can't go to the corners of its bed.")

    async def tune_pid(
        self, heater: str, target: float, cycles: int = CYCLES, *, confirmed: bool = False
    ) -> PidTuning:
        """Swing a heater, `nozzle1` … or `bed`, about `target` °C and return what was found, which
        is not set by it: its `changes` are for `set_board_settings`.

        It goes on to its end whoever goes away, the heater off then. Raises `NeedsConfirmation`
        unless `confirmed`, `OutOfRange`, `WrongState` unless the printer is idle, `PrinterError`.
        """
        raise NotSupported(f"{self.name} can't tune its heaters.")

    async def pid_tuning(self) -> PidTuning:
        """The tuning under way, or the last one since the host of the printer was started."""
        raise NotSupported(f"{self.name} can't tune its heaters.")

    async def stop_tuning(self) -> PidTuning:
        """Break the tuning off, where one is under way; its heater is off then.

        Raises `WrongState` where its board reads nothing meanwhile, `CommandTimeout`.
        """
        raise NotSupported(f"{self.name} can't tune its heaters.")

    async def set_fan(self, fan: int, percent: float) -> None:
        """Set fan number `fan`, from 0; 0 % is off. Raises `OutOfRange`."""
        raise NotSupported(f"{self.name} can't set a fan.")

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        """Push filament into a nozzle, or retract it where `length_mm` is negative.

        Raises `OutOfRange` and, while something is printed, `WrongState`.
        """
        raise NotSupported(f"{self.name} can't move filament.")

    async def set_steppers(self, *, enabled: bool) -> None:
        """Let the motors hold, or free them. Raises `WrongState`: freed, they lose their place."""
        raise NotSupported(f"{self.name} can't switch the motors.")

    async def begin_swap(self) -> None:
        """Pause the job for another filament: FILAMENT_SWAP follows. Raises `WrongState`."""
        raise NotSupported(f"{self.name} can't change filament.")

    async def complete_swap(self) -> None:
        """The filament is changed: print on. Raises `WrongState` outside FILAMENT_SWAP."""
        raise NotSupported(f"{self.name} can't change filament.")

    async def send_gcode(
        self, commands: str, *, confirmed: bool = False, wait: bool = True
    ) -> list[Reply]:
        """Send commands, a line each, and wait for what the board says to them.

        Without `wait` it returns none, and at once: they are on their way.
        Raises `UsageError` for what no host may send, `NeedsConfirmation` for what changes stored
        settings unless `confirmed`, `OutOfRange` and `WrongState`.
        """
        raise NotSupported(f"{self.name} takes no G-code.")

    async def watch_console(
        self, listener: ConsoleListener, wanted: Filter = EVERYTHING, backlog: int = 0
    ) -> Callable[[], None]:
        """Call `listener` with the lines that are `wanted`; returns how to stop that.

        First come those of the last `backlog` lines, then batches some ten times a second; after a
        connection that was lost they go on by themselves.
        """
        raise NotSupported(f"{self.name} doesn't show what goes over its cable.")

    async def board_settings(self) -> BoardSettings:
        """What the board goes by, and what of it is stored.

        Raises `WrongState` unless nothing is printed, as the others below.
        """
        raise NotSupported(f"{self.name} doesn't tell the settings of its board.")

    async def set_board_settings(
        self, changes: Mapping[str, str], *, confirmed: bool = False
    ) -> BoardSettings:
        """Give settings by their names other values, which are active then and not stored.

        One after the other, up to the first that the board refuses (`PrinterError`). Raises
        `UsageError`, `OutOfRange`, and `NeedsConfirmation` for what is odd, unless `confirmed`.
        """
        raise NotSupported(f"{self.name} can't change the settings of its board.")

    async def store_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        """Store what is active. Raises `NeedsConfirmation` unless `confirmed`, `PrinterError`."""
        raise NotSupported(f"{self.name} can't store the settings of its board.")

    async def load_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        """Go by what is stored. Raises as `store_board_settings`."""
        raise NotSupported(f"{self.name} can't load the settings of its board.")

    async def reset_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        """Go by the firmware's defaults. Raises as `store_board_settings`."""
        raise NotSupported(f"{self.name} can't reset the settings of its board.")

    async def stream_statistics(self) -> StreamStatistics:
        """What the stream to the board came to since its port was opened, and how it goes."""
        raise NotSupported(f"{self.name} doesn't tell how its board is fed.")

    async def set_pause_layers(self, layers: Sequence[int]) -> None:
        """Pause the job before each of these layers, from 1, and before no others.

        Raises `OutOfRange` for a layer that its file hasn't, `UsageError` where it shows none, and
        `WrongState` for one that has begun, and without a job.
        """
        raise NotSupported(f"{self.name} can't pause at a layer.")

    async def card_files(self) -> list[CardFile]:
        """What is on the board's own card; while it is busy, what it told last.

        Raises `WrongState` where there is no card, or where it is busy and told nothing yet.
        """
        raise NotSupported(f"{self.name} has no card of its own.")

    async def print_card_file(self, path: str, *, confirmed: bool = False) -> None:
        """Have the board print a file of its card.

        Raises `NeedsConfirmation`, unless `confirmed`, since nobody has looked into it, and
        `NoSuchFile`, `PrinterError` and `WrongState`.
        """
        raise NotSupported(f"{self.name} has no card of its own.")

    async def delete_card_file(self, path: str) -> None:
        """Delete a file of the board's card. Raises `NoSuchFile`, `PrinterError`, `WrongState`."""
        raise NotSupported(f"{self.name} has no card of its own.")

    async def resume_point(self) -> ResumePoint:
        """Where the print that was lost can go on.

        Raises `WrongState` where none was, `FileRefused` where its file is gone, was changed or
        leaves open what must be known.
        """
        raise NotSupported(f"{self.name} can't go on with a print that was lost.")

    async def resume_job(
        self, line: int | None = None, z_mm: float | None = None, *, confirmed: bool = False
    ) -> None:
        """Go on with the print that was lost, from `line` of its file or the safe default.

        `z_mm` is the measured height of the nozzle above the bed. Without it, and unless
        `confirmed`, raises `NeedsConfirmation` with what is taken for granted; also `OutOfRange`
        and what `resume_point` raises.
        """
        raise NotSupported(f"{self.name} can't go on with a print that was lost.")
