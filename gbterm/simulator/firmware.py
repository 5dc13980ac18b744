"""The firmware's main loop, from one reset to the next: queue, commands, reports, lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gbterm.simulator.commands import HANDLERS, invalid_tool
from gbterm.simulator.commands.card import CANCEL, FILE_PRINTED
from gbterm.simulator.emergency import Emergency
from gbterm.simulator.gcode import parse
from gbterm.simulator.lines import NO_CHECKSUM, clean, ends_file, fault_in, number_of
from gbterm.simulator.machine import Machine, Steps, Wait

CARD_CHECK = 0.5  # from boot to the word about the SD card
CLEANING = 1.0  # quick_stop() keeps the planner closed for a second

# Line number, text, board time, and "emergency" for what acted on its way in.
OnExecute = Callable[[int | None, str, float, str | None], None]


class Queued(NamedTuple):
    """A command in the queue; only those from the host get an ok."""

    line: str
    from_host: bool = True


class Firmware:
    """What Marlin's loop() does with one machine."""

    def __init__(
        self,
        machine: Machine,
        *,
        on_execute: OnExecute | None,
        booted_for: float = 0.0,
    ) -> None:
        self.machine = machine
        self.variant = machine.variant
        self.out = machine.out
        self.receiver = machine.receiver
        self.on_execute = on_execute
        self._queue: deque[Queued] = deque()
        self._steps: Steps | None = None  # of the command that is being executed
        self._wait = Wait()
        self._command = parse("")
        booted = machine.now - booted_for
        self._card_at: float | None = booted + CARD_CHECK
        self._busy_at = booted
        self._wait_at = booted + self.variant.wait_interval
        self._closed_until: float | None = None
        self._kill = False
        self._resend = False

    @property
    def now(self) -> float:
        """Board time."""
        return self.machine.now

    def skip_card_check(self) -> None:
        """Say nothing about the SD card."""
        self._card_at = None

    def times(self) -> Iterator[float | None]:
        """When the loop has something to do next."""
        machine = self.machine
        if self._closed_until is not None:
            yield self._closed_until
        elif self._steps is not None:
            yield self._wait.until
        if self._steps is not None and self._wait.quiet:
            return
        yield self._card_at
        yield from machine.binary.times()
        if self._steps is not None and machine.keepalive:
            yield self._busy_at
        for report in machine.temperature_reports, machine.position_reports, machine.card_reports:
            if report.interval:
                yield report.due
        if self.variant.wait_interval and not self._queue:
            yield self._wait_at

    def turn(self) -> None:
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
        self.receiver.is_watched = not self._is_saving
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
            machine.say("echo:No SD card" if machine.card is None else "echo:SD card ok")
            return True
        if self._steps is not None and machine.keepalive and now >= self._busy_at:
            self._busy_at = now + max(machine.keepalive, self.machine.min_report_interval)
            machine.say(f"echo:busy: {machine.busy_state}")
            return True
        return self._auto_report()

    def _auto_report(self) -> bool:
        now, machine = self.now, self.machine
        report = machine.temperature_reports
        if report.interval and now >= report.due:
            report.due = now + max(report.interval, self.machine.min_report_interval)
            machine.say(f" {machine.temperatures()}")
            return True
        report = machine.position_reports
        if report.interval and now >= report.due:
            report.due = now + max(report.interval, self.machine.min_report_interval)
            machine.report_position()
            return True
        report = machine.card_reports
        if report.interval and now >= report.due:
            report.due = now + max(report.interval, self.machine.min_report_interval)
            machine.say(machine.card.status() if machine.card else "Not SD printing")
            return True
        if self.variant.wait_interval and not self._queue and now >= self._wait_at:
            self._wait_at = now + max(self.variant.wait_interval, self.machine.min_report_interval)
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
        self._start(self._queue[0].line)
        return True

    @property
    def _is_saving(self) -> bool:
        """Whether lines go to a file of the card, M28."""
        return bool(self.machine.card and self.machine.card.writing)

    def _save(self, line: str) -> None:
        self._command, card = parse(""), self.machine.card
        assert card is not None
        if ends_file(line.encode("latin-1")):
            card.finish()
            self.machine.say("Done saving file.")
        elif not card.write(line):
            self.machine.say("Error:error writing to file")
        self._finish()

    def _start(self, line: str) -> None:
        if self._is_saving:
            self._save(line)
            return
        command = self._command = parse(line)
        if self.on_execute is not None:
            number = number_of(line.lstrip(" ").encode("latin-1"))
            self.on_execute(number, command.source, self.now, None)
        self._busy_at = self.now + max(self.machine.keepalive, self.machine.min_report_interval)
        handler = HANDLERS.get(command.name)
        if self.machine.locked:
            steps = None
            self.machine.say("echo:Printer locked! (Unlock with M511 or LCD)")
        elif handler is not None and self.variant.name in handler.variants:
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
        if self._queue[0].from_host and not self._command.answered and not machine.halted:
            self.out.line(self._ok())
        self._queue.popleft()
        if self._command.name == CANCEL:
            self._queue = deque(queued for queued in self._queue if queued.from_host)
        self._wait_at = self.now + self.variant.wait_interval

    def _ok(self) -> str:
        if not self.variant.advanced_ok:
            return "ok"
        line = self._queue[0].line
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
        if self.machine.binary.is_on:
            return self.machine.binary.turn()
        while len(queue) < size:
            raw = self.receiver.next_line()
            if raw is None:
                self._read_card()
                return False
            line = clean(raw)
            if line and self._accept(line):
                return True
        return False

    def _read_card(self) -> None:
        """Fill the queue from the file that is printed."""
        card = self.machine.card
        while card and card.printing and len(self._queue) < self.variant.buffer_size:
            if card.at_end:
                card.close()
                self._queue.append(Queued(FILE_PRINTED, from_host=False))
            elif line := card.next_line():
                self._queue.append(Queued(line, from_host=False))

    def enqueue(self, command: str) -> None:
        """The firmware's own, behind the one that is being executed."""
        self.machine.say(f'echo:enqueueing "{command}"')
        self._queue.append(Queued(command, from_host=False))

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
        elif self._is_saving and not ends_file(command):
            machine.say(f"Error:{NO_CHECKSUM}, Last Line: {machine.last_number}")
            self._resend = True
            return True
        if not self.variant.emergency_parser and self._critical(command):
            return True
        self._queue.append(Queued(line.decode("latin-1")))
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
