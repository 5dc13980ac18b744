"""A Marlin board on a serial port, as a `Backend`: lives in the printer process only."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from gbterm import events
from gbterm.backends.capability import (
    OF_FIRMWARES,
    OF_OTHER_SERVERS,
    OF_SERVERS,
    Capability,
    of_firmware,
)
from gbterm.backends.doing import wrong_state
from gbterm.backends.marlin.job import PrintJob
from gbterm.backends.marlin.on_card import OnCard
from gbterm.board_settings import BoardSettings
from gbterm.config import Limits
from gbterm.errors import CommandTimeout, LinkError, NotSupported, WrongState
from gbterm.estimate import Outlook
from gbterm.model import Phase, StopReport
from gbterm.pid_tuning import CYCLES, PidTuning

STOP_TIMES, STOP_EVERY_S, STOP_CONFIRMED_WITHIN_S = 3, 0.25, 2.0


class MarlinBackend(OnCard):
    """Drives one board. Every method runs on one loop; nothing here waits for a disk."""

    _heard_at: float | None = None

    @property
    def capabilities(self) -> Capability:
        """All that takes no server."""
        others = OF_SERVERS | OF_OTHER_SERVERS | OF_FIRMWARES
        return ~others | of_firmware(self.state.firmware)

    @property
    def limits(self) -> Limits:
        """Those of the profile."""
        return self.profile.limits

    @property
    def heard_at(self) -> float | None:
        return self._heard_at

    def report(self, event: events.Event) -> None:
        """Apply `event` and tell the listeners."""
        if isinstance(event, events.READINGS):
            self._heard_at = self.clock()
        super().report(event)

    async def pause(self) -> None:
        """Pause the job; PAUSED follows when the planner is empty."""
        if self.is_writing:
            self.require_phase(to="pause a print")
        if self.card.prints:
            self.card.pause()
            return
        self._job_for("pause").pause()

    async def resume(self) -> None:
        """Resume the job; in a filament change of the board's, answer all it asks to go on."""
        prompt = self.state.prompt
        if self.card.prints:
            if prompt is None:
                self.card.resume()
            else:
                self.answer_to_go_on(prompt)
            return
        job = self._job_for("resume")
        will_pause = job.will_pause
        job.resume()
        if not job.is_swapping:
            return
        if prompt is not None:
            self.answer_to_go_on(prompt)
            self.completed_swap = self.core.filament_change
        elif not will_pause:
            raise self._has_not_asked()

    async def begin_swap(self, *, ran_out: bool | None = None) -> None:
        """Let the board change filament where it can be answered, else make way for who does.

        `ran_out` is where a sensor wants it, which whoever comes is told.
        """
        self._job_for("change filament in").swap(ran_out=bool(ran_out))

    async def complete_swap(self) -> None:
        """Print on."""
        if self.state.phase is not Phase.FILAMENT_SWAP:
            raise WrongState(f"{self.name} is not changing filament: begin that first.")
        if self._job_for("resume").is_swapping and self.state.prompt is None:
            raise self._has_not_asked()
        await self.resume()

    def _has_not_asked(self) -> WrongState:
        return WrongState(f"{self.name} is busy with the filament: wait for its question.")

    async def _cancel_print(self) -> None:
        """Cancel the job: waits for heaters are broken off, heaters and fans turned off.

        Without one, forget the print that was lost.
        """
        if self.card.prints:
            self.card.cancel()
            return
        if self.state.phase is Phase.READY and self.lost is not None:
            self.forget_lost()
            return
        job = self.job
        if job is None:
            raise wrong_state(self.name, self.state.phase, "cancel a print")
        if not self.port.is_open:
            self.unplugged.give_up()
            return
        if job.phase is Phase.CANCELLING:
            return
        # First, since the job takes the question back.
        self.answer_for_cancel()
        job.cancel(self.safe_script, self.profile.cancel_gcode)

    async def foretell_job(self, id: str, outlook: Outlook) -> None:
        """So much is known of the job with this id, where it is under way."""
        if self.job is not None and self.job.job.id == id:
            self.job.foretell(outlook)

    async def set_pause_layers(self, layers: Sequence[int]) -> None:
        """Pause the job before each of these layers; what was sent before is done first."""
        self._job_for("pause at a layer of").pause_at(layers)

    def _job_for(self, what: str) -> PrintJob:
        stands_by = self.state.phase in (Phase.CANCELLING, Phase.DISCONNECTED, Phase.CONNECTING)
        if self.job is None or stands_by:
            self.require_phase(to=f"{what} a print")
        assert self.job is not None
        return self.job

    async def board_settings(self) -> BoardSettings:
        return await self.eeprom.told()

    async def set_board_settings(
        self, changes: Mapping[str, str], *, confirmed: bool = False
    ) -> BoardSettings:
        return await self.eeprom.change(changes, confirmed=confirmed)

    async def store_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        return await self.eeprom.store(confirmed=confirmed)

    async def load_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        return await self.eeprom.load(confirmed=confirmed)

    async def reset_board_settings(self, *, confirmed: bool = False) -> BoardSettings:
        return await self.eeprom.reset(confirmed=confirmed)

    async def tune_pid(
        self, heater: str, target: float, cycles: int = CYCLES, *, confirmed: bool = False
    ) -> PidTuning:
        self.require_phase(Phase.READY, to="tune a heater")
        settings = await self.tuning.check(heater, target, cycles)
        if not confirmed:
            raise self.tuning.question(heater, target, cycles)
        self.leave_bed("tune a heater")
        return await self.tuning.run(heater, target, cycles, settings)

    async def pid_tuning(self) -> PidTuning:
        return self.tuning.told

    async def stop_tuning(self) -> PidTuning:
        return await self.tuning.stop()

    async def answer_prompt(self, choice: int) -> None:
        """Answer the firmware out of band, or go on after a held command."""
        prompt = self.state.prompt
        if prompt is None:
            raise WrongState(f"{self.name} asks nothing now.")
        if self.job is not None and self.job.is_holding:
            self.job.resume()
            return
        self._send_now(f"M876 S{choice}")

    async def emergency_stop(self) -> StopReport:
        """M112 past every queue, three times; confirmed once the board says that it halted.

        A second call while the first one runs waits for the same answer; a board that has halted
        since the port was opened stays confirmed.
        """
        if self._stop is None or self._stop.done():
            self._stop = asyncio.get_running_loop().create_task(self._emergency_stop())
        return await asyncio.shield(self._stop)

    async def _emergency_stop(self) -> StopReport:
        if not self.port.is_open:
            text = f"{self.name} is not connected: CUT THE POWER."
            # Its heaters are turned off once it can be reached.
            self.left_alone = True
            if self.job is not None:
                self._fail(f"Emergency stop: {text}", "Emergency stop.")
            return StopReport(False, text)
        self._stopping = True
        if self.connecting is not None:
            self.connecting.suspend()
        self._fail("Emergency stop: waiting for the printer to confirm it.", "Emergency stop.")
        try:
            confirmed = await self._halt()
        finally:
            self._stopping = False
            if self.connecting is not None:
                self.connecting.abandon()
        text = f"{self.name} confirmed that it halted."
        if not confirmed:
            text = f"{self.name} did not confirm that it halted: CUT THE POWER."
            text += await self._reset()
        self.report(events.ErrorReported(f"Emergency stop: {text}"))
        self._phase(Phase.ERROR, f"Emergency stop: {text}")
        return StopReport(confirmed, text)

    async def _reset(self) -> str:
        """Reset a board that doesn't answer, where the profile allows it; what came of it."""
        if self.profile.estop_reset != "dtr":
            return ""
        try:
            await self._pulse_dtr()
        except (CommandTimeout, NotSupported) as error:
            return f" {error}"
        return " It was reset by its DTR line, which it may not follow."

    async def reset_board(self) -> None:
        self._require_no_print()
        if self.connecting is not None or not self.port.is_open:
            # It may print from its own card, or have halted before this process began.
            before, self._is_deaf, self._was_woken = self._is_deaf, True, False
            try:
                await self.reconnect()
            except LinkError:
                self._is_deaf = before
                raise
            if self._was_woken:
                return
        # A tuning is in nobody's way here: on most boards nothing else ends it.
        if not self.tuning.told.is_running:
            self.require_phase(Phase.READY, Phase.ERROR, to="reset its board")
        try:
            await self._pulse_dtr()
        except (CommandTimeout, NotSupported) as error:
            raise type(error)(
                f"{self.name} was not reset: press the button on its board. {error}"
            ) from error
        self.tuning.reset()
        await self.reconnect()

    async def _halt(self) -> bool:
        if self._halted.is_set():
            return True
        for _ in range(STOP_TIMES):
            self.port.write_now(self.way_out + b"\nM112\n")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_EVERY_S):
                    await self._halted.wait()
                break
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_CONFIRMED_WITHIN_S):
                    await self._halted.wait()
        return self._halted.is_set()
