"""The board: virtual time, the main loop, and the bytes in and out. No I/O, no clock."""

from __future__ import annotations

from gbterm.simulator import texts
from gbterm.simulator.card import Card, Files
from gbterm.simulator.eeprom import Eeprom
from gbterm.simulator.faults import Fault, Tampering
from gbterm.simulator.firmware import Firmware, OnExecute
from gbterm.simulator.machine import Machine
from gbterm.simulator.output import Output
from gbterm.simulator.receive import Receiver
from gbterm.simulator.thermal import Heaters
from gbterm.simulator.variants import DEFAULT, Variant

START_UP = 0.017  # from reset to the banner, without a bootloader
ALARM_SILENCE = 2.16  # loud_kill() beeps that long before it says why


class Board:
    """One Marlin board. Feed bytes, tick, take bytes; time is always an argument."""

    def __init__(
        self,
        variant: Variant = DEFAULT,
        *,
        now: float = 0.0,
        seed: int = 0,
        heat_speed: float = 1.0,
        baud: float = 0.0,
        rx_drop: bool = False,
        boot_delay: float = 0.0,
        sd_card: Files | None = None,
        booted_for: float = 0.38,
        on_execute: OnExecute | None = None,
    ) -> None:
        self.variant = variant
        self.now = now
        self.heaters = Heaters(
            variant.extruders, heat_speed, seed, now - booted_for, bed_pid=variant.bed_pid
        )
        self._on_execute = on_execute
        self.out = Output(10 / baud if baud else 0.0)
        self.receiver = Receiver(
            variant.rx_size,
            byte_time=10 / baud if baud else 0.0,
            rx_drop=rx_drop,
            emergency_parser=variant.emergency_parser,
        )
        self.faults = Tampering(self)
        self._boot_delay = boot_delay
        self._sd_card = sd_card
        self._min_report_interval = 0.0
        self.eeprom = Eeprom(is_absent=not variant.eeprom)
        self._boot_at: float | None = None  # the processor is held in reset until then
        self._banner = True
        self._power_up(now, booted_for)
        self._set_time(now)

    # --- the outside ---------------------------------------------------------------

    @property
    def room(self) -> int:
        """How many bytes the host may send now before it has to wait."""
        return self.receiver.room

    @property
    def card(self) -> Card:
        """What is in its slot. Raises `ValueError` for a board without one."""
        if self.machine.card is None:
            raise ValueError("There is no card: give --sd.")
        return self.machine.card

    @property
    def halted(self) -> bool:
        """Whether the board was killed and waits for a reset."""
        return self.machine.halted

    @property
    def resetting(self) -> bool:
        """Whether the board is on its way from a reset to its banner."""
        return self._boot_at is not None

    def receive(self, data: bytes, now: float) -> None:
        """Bytes from the host arrive."""
        self.tick(now)
        data = self.faults.incoming(data)
        if self._boot_at is None:
            self.receiver.send(data, self.now)
            self._settle()

    def unplug(self) -> None:
        """The cable is pulled: what has not arrived is lost, and the board goes on."""
        self.receiver.cut(self.now)

    def tick(self, now: float) -> None:
        """Live through everything that is due up to now, in its order."""
        self._settle()
        while True:
            due = self._next_event()
            if due is None or due > now:
                break
            self._set_time(max(due, self.now))
            self._settle()
        if now > self.now:
            self._set_time(now)
            self._settle()

    def data_to_send(self) -> bytes:
        """What has left the board for the host since the last call."""
        return self.faults.outgoing(self.out.take(self.now))

    @property
    def next_deadline(self) -> float | None:
        """When tick has something to do next; None = only after bytes from the host."""
        times = [self._next_event(), self.out.next_time(self.now)]
        return min((time for time in times if time is not None), default=None)

    def display(self, command: str) -> None:
        """Somebody chose at the display what sends `command` (queue.cpp's enqueue_one_now)."""
        self._firmware.enqueue(command)
        self._settle()

    def space_reports(self, interval: float) -> None:
        """Let so many seconds pass at least between two lines that come periodically."""
        self._min_report_interval = self.machine.min_report_interval = interval

    def inject(self, fault: Fault) -> None:
        """Make something go wrong, now or at the next occasion it names."""
        self.faults.inject(fault)
        self._settle()

    def reset(self, *, banner: bool = True) -> None:
        """Press the reset button: everything is forgotten, input meanwhile is lost."""
        self.receiver.reset()
        self.out.discard()
        self.heaters.all_off()
        self._banner = banner
        self._boot_at = self.now + self._boot_delay + START_UP
        self.machine.halted = True

    # --- time ----------------------------------------------------------------------

    def _set_time(self, now: float) -> None:
        self.now = self.machine.now = self.out.now = now

    def _next_event(self) -> float | None:
        if self._boot_at is not None:
            return self._boot_at
        if self._alarm_at is not None:
            return self._alarm_at
        if self.machine.halted:
            return None
        earliest: float | None = None
        for time in self._firmware.times():
            if time is not None and (earliest is None or time < earliest):
                earliest = time
        free = self.out.free_at
        if earliest is not None and earliest < free:
            earliest = free
        for time in (
            self.machine.planner.next_time(),
            self.heaters.next_time(),
            self.receiver.next_arrival(self.now),
            free if free > self.now else None,
        ):
            if time is not None and (earliest is None or time < earliest):
                earliest = time
        return earliest

    # --- starting ------------------------------------------------------------------

    def _power_up(self, now: float, booted_for: float = 0.0) -> None:
        self.out.now = now
        self.heaters.restart()
        card = None if self._sd_card is None else Card(self._sd_card)
        self.machine = Machine(
            self.variant, self.out, self.receiver, self.heaters, now, card, self.eeprom
        )
        self.machine.min_report_interval = self._min_report_interval
        self._firmware = Firmware(
            self.machine,
            on_execute=self._on_execute,
            booted_for=booted_for,
        )
        self._alarm_at: float | None = None
        self._alarm_text = ""

    def _boot(self) -> None:
        self._boot_at = None
        self._power_up(self.now)
        self._set_time(self.now)
        settings = self.eeprom.load(self.machine)
        if self._banner:
            self.machine.say(*texts.banner(self.variant, settings, external_reset=True))
        else:
            self._firmware.skip_card_check()

    # --- the main loop -------------------------------------------------------------

    def _settle(self) -> None:
        """Do all that can be done without time passing."""
        if self._boot_at is not None:
            if self._boot_at > self.now:
                return
            self._boot()
        if self._alarm_at is not None and self._alarm_at <= self.now:
            self._alarm_at = None
            self.machine.kill(self._alarm_text)
        if self.machine.halted or self._alarm_at is not None:
            return
        self.machine.planner.advance(self.now)
        alarm = self.heaters.advance(self.now)
        if alarm is not None:
            self._raise_alarm(*alarm)
            return
        self._firmware.turn()

    def _raise_alarm(self, heater: str, text: str, message: str) -> None:
        machine = self.machine
        machine.say(f"Error:{text}, system stopped! Heater_ID: {heater}", "")
        machine.heaters.all_off()
        self._alarm_text = message
        self._alarm_at = max(self.now, self.out.free_at) + ALARM_SILENCE
