"""The tuning of a heater's PID by M303: begun, followed, broken off.

By Marlin's M303.cpp and temperature.cpp: it swings the heater about the target by switching it, and
meanwhile reads no line and tells nothing but temperatures. M108 ends it where an emergency parser
reads that; elsewhere nothing does. It sets no value without `U`, which is never sent.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gbterm import events
from gbterm.backends.marlin import limits
from gbterm.errors import (
    CommandTimeout,
    GbtermError,
    NeedsConfirmation,
    NotSupported,
    OutOfRange,
    PrinterError,
    UsageError,
    WrongState,
)
from gbterm.orders import decimal
from gbterm.pid_tuning import FEWEST, MOST, Gain, PidTuning
from gbterm.temperatures import spoken
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.backends.marlin.session import Session
    from gbterm.board_settings import BoardSettings

SWINGS_BY_C = 15.0
"""So far below its limit the target must be, for a heater swings past it (HOTEND_OVERSHOOT)."""
LEAST_NOZZLE_C, LEAST_BED_C = 100.0, 40.0
"""Nearer to the room a heater cools so slowly that the board gives up."""
STOPS_WITHIN_S, STOP_TIMES = 5.0, 3
_NOZZLE = re.compile(r"nozzle([1-9]\d?)", re.ASCII)
_SWING = re.compile(r"bias: *-?\d+ +d: *-?\d+")
_GAIN = re.compile(r"\bK([pid]):? *(\d{1,7}\.\d{1,6})")
_END = re.compile(r"PID Autotune (finished|failed)! *(.*)")
_FAILED = {
    "temperature too high": "its board stopped that, since it swung too far past the target, or the"
    " target is too high for it",
    "timeout": "it did not come to the target and back within 20 minutes a swing",
    "bad heater id": "its firmware has no PID for that heater",
}


class Tuning:
    """Of the heaters of the board that `printer` drives."""

    def __init__(self, printer: Session) -> None:
        self._printer = printer
        self.told = PidTuning()
        self._found: dict[str, str] = {}
        self._end = ("", "")
        self._is_stopped = False
        self._is_reset = False
        self.is_left = False
        """Whether the board was lost in its middle and not reached since: it may go on heating."""
        self._task: asyncio.Task[PidTuning] | None = None

    @property
    def may_heat(self) -> bool:
        """Whether the board may heat by itself, for which it tells no target."""
        return self.told.is_running or self.is_left

    def lose(self) -> str:
        """The board is out of reach; what comes of that, as a further sentence or nothing."""
        if not self.told.is_running:
            return ""
        self.is_left = True
        return self._lost

    @property
    def _lost(self) -> str:
        heater = spoken(self.told.heater, begins=False)
        return (
            f" The board tunes {heater}, and heats it until that is over: connect it again, or cut"
            " its power."
        )

    def reach(self) -> bool:
        """The board is greeted; whether it was lost in the middle, so that its heaters must go
        off."""
        was_left, self.is_left = self.is_left, False
        return was_left

    def reset(self) -> None:
        """The board is reset on purpose."""
        self._is_reset = True

    def refuse(self, to: str) -> None:
        """Raise `WrongState` while a heater is tuned: what is sent now is done minutes later."""
        if self.told.is_running:
            heater = spoken(self.told.heater, begins=False)
            raise WrongState(
                f"{self._printer.name} can't {to} now: it tunes {heater}. Wait, or stop that first."
            )

    async def check(self, heater: str, target: float, cycles: int) -> BoardSettings:
        """Whether it can be tuned. Raises `UsageError`, `OutOfRange`, `NotSupported`."""
        self._check_target(heater, target)
        if not FEWEST <= cycles <= MOST:
            raise OutOfRange(f"A heater is tuned by {FEWEST} to {MOST} swings, not by {cycles}.")
        settings = await self._printer.eeprom.told()
        if not _gains(settings, heater):
            what = spoken(heater, begins=False)
            raise NotSupported(
                f"{self._printer.name} can't tune {what}: its board lists no PID values of it"
                " (M301, M304)."
            )
        return settings

    def _check_target(self, heater: str, target: float) -> None:
        allowed, state = self._printer.profile.limits, self._printer.state
        match = _NOZZLE.fullmatch(heater)
        if match is None and heater != "bed":
            raise UsageError(
                f"{scrub(heater, 20)!r} can't be tuned: say nozzle1, nozzle2 … or bed."
            )
        if match:
            limits.check_nozzle(state, int(match[1]) - 1)
        least, most = LEAST_BED_C, allowed.bed_max
        if match:
            least, most = LEAST_NOZZLE_C, allowed.nozzle_max
        if not least <= target <= most - SWINGS_BY_C:
            raise OutOfRange(
                f"{spoken(heater)} may be tuned from {least:g} to {most - SWINGS_BY_C:g} °C, not at"
                f" {target:g}: it swings past that, and its limit is {most:g} °C."
            )

    def question(self, heater: str, target: float, cycles: int) -> NeedsConfirmation:
        """What comes of it."""
        way_out = "It can be stopped at any time; the heaters are off then."
        if not self._can_stop:
            way_out = (
                "This board reads nothing meanwhile, not even an emergency stop (it has no"
                " EMERGENCY_PARSER): only its reset or the power switch ends it sooner."
            )
        return NeedsConfirmation(
            f"{spoken(heater)} is heated to {target:g} °C and swings about that {cycles} times, for"
            f" minutes in which nothing else is done. {way_out} Tune it?"
        )

    @property
    def _can_stop(self) -> bool:
        return self._printer.state.firmware.can("EMERGENCY_PARSER")

    async def run(
        self, heater: str, target: float, cycles: int, settings: BoardSettings
    ) -> PidTuning:
        """Tune, to its end, whoever goes away meanwhile. Raises `PrinterError` where it fails."""
        self._found, self._end = {}, ("", "")
        self._is_stopped = self._is_reset = False
        gains = _gains(settings, heater)
        self.told = PidTuning(heater, target, cycles, "running", gains=gains)
        self._task = asyncio.get_running_loop().create_task(self._run())
        told = await asyncio.shield(self._task)
        if told.state == "failed":
            raise PrinterError(told.why)
        return told

    async def _run(self) -> PidTuning:
        told, port = self.told, self._printer.port
        match = _NOZZLE.fullmatch(told.heater)
        index = int(match[1]) - 1 if match else -1
        state, why = "failed", ""
        try:
            said = await port.command(f"M303 E{index} S{decimal(told.target)} C{told.cycles}")
            state, why = self._outcome(said)
        except GbtermError as error:
            why = f"The tuning of {spoken(told.heater, begins=False)} ended: {error}"
            if self._is_reset:
                state, why = "stopped", ""
            elif self.is_left:
                why = f"{self._printer.name} can't be reached.{self._lost}"
        finally:
            self.told = replace(self.told.with_found(self._found), state=state, why=why)
            if port.is_talking:
                port.send(f"M104 T{index} S0" if match else "M140 S0")
        return self.told

    def _outcome(self, said: tuple[str, ...]) -> tuple[str, str]:
        how, more = self._end
        what = spoken(self.told.heater)
        if how == "finished" and {"P", "I", "D"} <= self._found.keys():
            return "done", ""
        if how == "failed":
            why = _FAILED.get(more.lower(), f"its board says {scrub(more, 60)!r}")
            return "failed", f"{what} could not be tuned: {why}. Its heater is off."
        if any("Unknown command" in line for line in said):
            return "failed", f"{what} could not be tuned: its firmware knows no M303."
        if self._is_stopped or not how:
            return "stopped", ""
        return "failed", f"{what} could not be tuned: its board told no values. Its heater is off."

    def end(self) -> None:
        """Have what is under way end, where the board hears of that; its end comes later."""
        if self.told.is_running:
            self._is_stopped = True
            self._printer.end_tuning()

    async def stop(self) -> PidTuning:
        """Break it off. Raises `WrongState` where that can't be done, `CommandTimeout`."""
        task = self._task
        if task is None or not self.told.is_running:
            return self.told
        if not self._can_stop:
            raise WrongState(
                f"{self._printer.name} can't stop the tuning: its board reads nothing meanwhile (it"
                f" has no EMERGENCY_PARSER). After {self.told.cycles} swings it ends by itself and"
                " its heater is off; only a reset of the board or the power switch ends it sooner."
            )
        self._is_stopped = True
        for _ in range(STOP_TIMES):
            self._printer.end_tuning()
            done, _ = await asyncio.wait({task}, timeout=STOPS_WITHIN_S)
            if done:
                return self.told
        raise CommandTimeout(
            f"{self._printer.name} did not stop the tuning: press the emergency stop if it has to"
            " end now."
        )

    def heard(self, text: str) -> None:
        """The board said something."""
        if not self.told.is_running:
            return
        if _SWING.search(text):
            self.told = replace(self.told, swings=self.told.swings + 1)
            heater = spoken(self.told.heater, begins=False)
            swing = min(self.told.swings + 1, self.told.cycles)
            words = f"the tuning of {heater}, swing {swing} of {self.told.cycles}"
            self._printer.report(events.WaitBegan(words))
        for letter, value in _GAIN.findall(text):
            self._found[letter.upper()] = value
        if end := _END.search(text):
            self._end = end[1], end[2].strip()


def _gains(settings: BoardSettings, heater: str) -> tuple[Gain, ...]:
    """What the board goes by; a board that keeps one set for all nozzles lists it without E."""
    index = int(heater.removeprefix("nozzle")) - 1 if heater != "bed" else 0
    of = {setting.name: setting.value for setting in settings.settings}
    for code in ("M304",) if heater == "bed" else (f"M301 E{index}", "M301"):
        names = [f"{code} {letter}" for letter in "PID"]
        if all(name in of for name in names):
            return tuple(Gain(name, of[name]) for name in names)
    return ()
