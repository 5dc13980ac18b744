"""The board: virtual time, the main loop, and the bytes in and out. No I/O, no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from gbterm.simulator import texts
from gbterm.simulator.commands import HANDLERS, invalid_tool
from gbterm.simulator.emergency import Emergency
from gbterm.simulator.faults import Fault, Tampering
from gbterm.simulator.gcode import parse
from gbterm.simulator.lines import clean, fault_in, number_of
from gbterm.simulator.machine import Machine, Steps, Wait
from gbterm.simulator.output import Output
from gbterm.simulator.receive import Receiver
from gbterm.simulator.thermal import Heaters
from gbterm.simulator.variants import DEFAULT, Variant

START_UP = 0.017  # from reset to the banner, without a bootloader
CARD_CHECK = 0.5  # from boot to the word about the SD card
ALARM_SILENCE = 2.16  # loud_kill() beeps that long before it says why
CLEANING = 1.0  # quick_stop() keeps the planner closed for a second

OnExecute = Callable[[int | None, str, float, str | None], None]


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
        sd_card: bool = False,
        booted_for: float = 0.38,
        min_report_interval: float = 0.0,
        on_execute: OnExecute | None = None,
    ) -> None:
        self.variant = variant
        self.now = now
        self.heaters = Heaters(variant.extruders, heat_speed, seed, now - booted_for)
        self.on_execute = on_execute
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
        self._min_report_interval = min_report_interval
        self._settings_stored = False
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
        for time in self._loop_times():
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

    def _loop_times(self) -> Iterator[float | None]:
        machine = self.machine
        yield self._card_at
        if self._steps is not None:
            yield self._wait.until
        yield self._closed_until
        if self._steps is not None and self._wait.quiet:
            return
        if self._steps is not None and machine.keepalive:
            yield self._busy_at
        for report in (machine.temperature_reports, machine.position_reports):
            if report.interval:
                yield report.due
        if self.variant.wait_interval and not self._queue:
            yield self._wait_at

    # --- starting ------------------------------------------------------------------

    def _power_up(self, now: float, booted_for: float = 0.0) -> None:
        self.out.now = now
        self.heaters.restart()
        self.machine = Machine(self.variant, self.out, self.receiver, self.heaters, now)
        self.machine.min_report_interval = self._min_report_interval
        self._queue: deque[str] = deque()
        self._steps: Steps | None = None
        self._wait = Wait()
        self._command = parse("")
        self._busy_at = now
        self._card_at: float | None = now - booted_for + CARD_CHECK
        self._wait_at = now - booted_for + self.variant.wait_interval
        self._closed_until: float | None = None
        self._alarm_at: float | None = None
        self._alarm_text = ""
        self._kill = False
        self._resend = False

    def _boot(self) -> None:
        self._boot_at = None
        self._power_up(self.now)
        self._set_time(self.now)
        if self._banner:
            self.machine.say(
                *texts.banner(self.variant, external_reset=True, stored=self._settings_stored)
            )
        else:
            self._card_at = None
        self._settings_stored = True

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
        self._turn()

    def _turn(self) -> None:
        """Turn the main loop until nothing moves or printing keeps it busy."""
        self._take_in()
        while self.out.free_at <= self.now and not self.machine.halted:
            if self._kill:
                self.machine.kill("M112 Shutdown")
                return
            if self._resend:
                self._resend = False
                self.machine.request_resend()
                continue
            if self._idle():
                continue
            if self._step():
                continue
            # Waiting or out of work: the receive interrupt gets its turn.
            if not self._take_in():
                return

    def _take_in(self) -> bool:
        """Let bytes into the ring; True if any came."""
        came = self.receiver.arrive(self.now)
        emergencies = self.receiver.emergencies
        if not emergencies:
            return came
        while emergencies:
            self._emergency(emergencies.pop(0))
        if self.out.free_at <= self.now and self._steps is not None and not self._kill:
            # A wait that M108 or M876 ends is left before their line is read into the queue.
            self._step()
        return came

    def _idle(self) -> bool:
        """What Marlin's idle() does; True if it printed something."""
        if self._steps is not None and self._wait.quiet:
            return False
        if self._read_lines():
            return True
        now, machine = self.now, self.machine
        if self._card_at is not None and now >= self._card_at:
            self._card_at = None
            machine.say("echo:SD card ok" if self._sd_card else "echo:No SD card")
            return True
        if self._steps is not None and machine.keepalive and now >= self._busy_at:
            self._busy_at = now + max(machine.keepalive, self._min_report_interval)
            machine.say(f"echo:busy: {machine.busy_state}")
            return True
        return self._auto_report()

    def _auto_report(self) -> bool:
        now, machine = self.now, self.machine
        report = machine.temperature_reports
        if report.interval and now >= report.due:
            report.due = now + max(report.interval, self._min_report_interval)
            machine.say(f" {machine.temperatures()}")
            return True
        report = machine.position_reports
        if report.interval and now >= report.due:
            report.due = now + max(report.interval, self._min_report_interval)
            machine.report_position()
            return True
        if self.variant.wait_interval and not self._queue and now >= self._wait_at:
            self._wait_at = now + max(self.variant.wait_interval, self._min_report_interval)
            machine.say("wait")
            return True
        return False

    def _step(self) -> bool:
        """Go on with the running command or start the next; True if anything happened."""
        if self._closed_until is not None:
            if self.now < self._closed_until:
                return False
            self._closed_until = None
        if self._steps is not None:
            if not self._wait.over(self.now):
                return False
            self._resume(self._steps)
            return True
        if not self._queue:
            return False
        self._start(self._queue[0])
        return True

    def _start(self, line: str) -> None:
        command = self._command = parse(line)
        if self.on_execute is not None:
            number = number_of(line.lstrip(" ").encode("latin-1"))
            self.on_execute(number, command.source, self.now, None)
        self._busy_at = self.now + max(self.machine.keepalive, self._min_report_interval)
        handler = HANDLERS.get(command.name)
        if handler is not None and self.variant.name in handler.variants:
            steps = handler.run(self.machine, command)
        elif command.name[:1] == "T":
            steps = None
            invalid_tool(self.machine, command)
        else:
            steps = None
            self.machine.say(f'echo:Unknown command: "{command.source}"')
        if steps is None:
            self._finish()
        else:
            self._resume(steps)

    def _resume(self, steps: Steps) -> None:
        self._steps = steps
        try:
            self._wait = next(steps)
        except StopIteration:
            self._steps = None
            self._finish()

    def _finish(self) -> None:
        machine = self.machine
        machine.busy_state = "processing"
        if not self._command.answered and not machine.halted:
            self.out.line(self._ok())
        self._queue.popleft()
        self._wait_at = self.now + self.variant.wait_interval

    def _ok(self) -> str:
        if not self.variant.advanced_ok:
            return "ok"
        line = self._queue[0]
        number = ""
        if line[0] == "N":
            digits = 1
            while digits < len(line) and line[digits] in "0123456789-+":
                digits += 1
            number = f" {line[:digits]}"
        free = self.variant.buffer_size - len(self._queue)
        return f"ok{number} P{self.machine.planner.free} B{free}"

    # --- lines ---------------------------------------------------------------------

    def _read_lines(self) -> bool:
        """Read lines into the queue; True after an error, which prints."""
        queue, size = self._queue, self.variant.buffer_size
        while len(queue) < size:
            raw = self.receiver.next_line()
            if raw is None:
                return False
            line = clean(raw)
            if line and self._accept(line):
                return True
        return False

    def _accept(self, line: bytes) -> bool:
        machine = self.machine
        command = line.lstrip(b" ")
        number = number_of(command)
        if number is not None:
            fault = fault_in(command, number, machine.last_number)
            if fault is not None:
                machine.say(f"Error:{fault}, Last Line: {machine.last_number}")
                self._resend = True
                return True
            machine.last_number = number
        if not self.variant.emergency_parser and self._critical(command):
            return True
        self._queue.append(line.decode("latin-1"))
        self._wait_at = self.now + self.variant.wait_interval
        return False

    def _critical(self, command: bytes) -> bool:
        """Without an emergency parser some commands act as they enter the queue."""
        code = command[:4]
        if code == b"M108":
            self.machine.waiting_for_heat = False
        elif code == b"M410":
            self._quick_stop()
        elif code == b"M112":
            self._log_emergency("M112")
            self.machine.kill("M112 Shutdown")
            return True
        return False

    def _emergency(self, found: Emergency) -> None:
        machine = self.machine
        self._log_emergency(found.line)
        if found.code == 108:
            machine.waiting_for_heat = False
            machine.prompts.waiting_for_user = False
        elif found.code == 112:
            self._kill = True
        elif found.code == 410:
            self._quick_stop()
        else:
            machine.prompts.answer(found.answer)

    def _log_emergency(self, line: str) -> None:
        if self.on_execute is not None:
            self.on_execute(None, line, self.now, "emergency")

    def _quick_stop(self) -> None:
        self.machine.planner.stop(self.now)
        self._closed_until = self.now + CLEANING

    def _raise_alarm(self, heater: str, text: str, message: str) -> None:
        machine = self.machine
        machine.say(f"Error:{text}, system stopped! Heater_ID: {heater}", "")
        machine.heaters.all_off()
        self._alarm_text = message
        self._alarm_at = max(self.now, self.out.free_at) + ALARM_SILENCE
