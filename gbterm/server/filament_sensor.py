"""A sensor that begins a change of filament: a program that runs on, or a GPIO line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gbterm.backends.opengb.peer import Peer
from gbterm.config import FilamentSensor
from gbterm.errors import GbtermError
from gbterm.host import program
from gbterm.server.extras import how_to_get
from gbterm.server.filament import Detection

LOOK_EVERY_S = 0.1
PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""After failures in a row, until a sensor that failed is begun again."""
STEADY_S = 60.0
"""One that fails after so long had worked."""
AGAIN_S = 5.0
"""Until a change of filament that was refused is begun again."""
_WORDS = {"out": True, "in": False}
_log = logging.getLogger(__name__)

Tell = Callable[[bool], None]
"""Hears whether the filament is out."""


class Filament:
    """Watches the sensor of one printer; `announce` tells everybody, `now` never goes back."""

    def __init__(
        self,
        sensor: FilamentSensor,
        printer: Peer,
        announce: Callable[[str], None],
        now: Callable[[], float],
    ) -> None:
        self._sensor, self._printer, self._announce, self._now = sensor, printer, announce, now
        self._detection = Detection(sensor.debounce_ms / 1000)
        self._is_refused = False

    async def run(self) -> None:
        """Watch until cancelled."""
        sensor = self._sensor
        if not sensor.command and not sensor.gpio:
            return
        watch = _watch_program if sensor.command else _watch_line
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep(watch))
            group.create_task(self._look())

    async def _keep(self, watch: Callable[[FilamentSensor, Tell], Awaitable[str]]) -> None:
        """A sensor that fails is begun again, for ever, at growing pauses."""
        failures = 0
        # What is announced before is lost with the first that is heard of the printer.
        while not self._printer.is_known:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)
        while True:
            began = self._now()
            why = await watch(self._sensor, self._tell)
            self._detection.tell(None, self._now())
            _log.warning("%s", why)
            if self._now() - began >= STEADY_S:
                failures = 0
            if not failures:
                self._announce(
                    f"{why} Until it works again, nobody notices when the filament runs out; a"
                    " print goes on."
                )
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
            failures += 1

    def _tell(self, is_out: bool) -> None:
        self._detection.tell(is_out, self._now())

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._detection.look(self._printer.state, self._now()):
                await self._change()

    async def _change(self) -> None:
        try:
            await self._printer.call("filament_swap_begin", {"ran_out": True})
        except GbtermError as error:
            if not self._is_refused:
                self._announce(f"The filament has run out, and can't be changed now: {error}")
            self._is_refused = True
            self._detection.again()
            await asyncio.sleep(AGAIN_S)
        else:
            self._is_refused = False
            self._announce("The filament has run out: the print waits for another one.")


async def _watch_program(sensor: FilamentSensor, tell: Tell) -> str:
    """Run the program until it ends; why it did, as a sentence."""

    def hear(line: str) -> None:
        word = line.strip().lower()
        if word in _WORDS:
            tell(_WORDS[word])
        else:
            _log.info("the filament sensor says: %s", line)

    name = sensor.command[0]
    try:
        code = await program.follow(sensor.command, hear)
    except OSError as error:
        return f"The filament sensor's program {name} can't be started: {error.strerror}."
    return f"The filament sensor's program {name} ended with code {code}."


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


async def _watch_line(sensor: FilamentSensor, tell: Tell) -> str:
    """Read the GPIO line until that fails; why, as a sentence."""
    chip, line = sensor.chip_and_line
    try:
        # An extra, which only those need who have such a sensor.
        import gpiod
        from gpiod.line import Bias, Direction, Value
    except ImportError:
        return f"The filament sensor on {sensor.gpio} needs a package: {how_to_get('gpio')}."
    settings = gpiod.LineSettings(
        direction=Direction.INPUT,
        bias=Bias[sensor.bias.upper()],
        active_low=sensor.active == "low",
    )
    try:
        with gpiod.request_lines(chip, {line: settings}, consumer="gbterm") as request:
            while True:
                tell(request.get_value(line) is Value.ACTIVE)
                await asyncio.sleep(LOOK_EVERY_S)
    except (OSError, ValueError) as error:
        return f"The filament sensor on {sensor.gpio} can't be read: {_why(error)}."
