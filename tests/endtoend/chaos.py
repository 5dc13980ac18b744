"""A print while its host is killed, stopped, unplugged and lied to."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

from gbterm import wire
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from tests.endtoend import deeds
from tests.endtoend.deeds import Deed
from tests.endtoend.house import GBTERM, House
from tests.endtoend.seat import Seat

AT_REST_WITHIN_S = 180.0
"""What must come true once nothing is done to anybody."""
SERVER_BACK_WITHIN_S = 60.0
"""It is started again later and later where it doesn't stay (`gbterm.host.launch`)."""
LINES_BETWEEN_DAMAGES = 400
"""Three lines may be damaged among 1,000."""
LOOK_EVERY_S = 0.3
TURN_S = 0.02
SIZES = ((80, 24), (120, 40))
STRAY = "paused by a line that may have run unnumbered"
PAUSES = {
    "The cable was out": "paused by a replug",
    "may have run without its number": STRAY,
    "is not where the file leads": "paused by a garbled position",
}
"""Why a print may pause here, and how the table calls it."""


class Chaos:
    """Does deeds to the prints of a house that is served, and counts them in `table`."""

    def __init__(self, house: House, chance: Random) -> None:
        """`chance` decides whom a deed meets, and how long the user thinks."""
        self._house, self._chance = house, chance
        self._began = self._server_seen = time.monotonic()
        self.table: Counter[str] = Counter()
        self.seats = [Seat(house, size) for size in SIZES]
        self._left: list[Seat] = []
        self._due: list[tuple[float, Callable[[], object]]] = []
        self._printer_stopped_until = self._asked_at = self._answers_at = 0.0
        self._answer: subprocess.Popen[bytes] | None = None
        self._damaged_at = -LINES_BETWEEN_DAMAGES
        self._state = PrinterState()

    @property
    def job(self) -> Job:
        """The print, as the printer process told of it last."""
        return self._state.job or Job("")

    def torment(self, wanted: Iterator[Deed]) -> None:
        """Do what is `wanted` to the print that has just begun, until it is over.

        Then let everybody come to rest.
        """
        self._damaged_at = -LINES_BETWEEN_DAMAGES
        self._ask()
        for deed in wanted:
            ends = time.monotonic() + deed.after_s
            while not self._is_over and time.monotonic() < ends:
                self._turn()
            if self._is_over:
                break
            self._do(deed)
        while not self._is_over:
            self._turn()
        assert self.job.outcome == "finished", self.job
        self.tell("the print is over")
        self._catch_up()
        self._wait(self._is_at_rest, "all to be at rest")

    def assert_printed(self, file: Path) -> None:
        """The board executed `file`; besides it only what the print paused for and said so.

        Marlin runs the rest of a line that was cut just before its command letter, unnumbered.
        """
        self._house.assert_printed(file, self.table[STRAY])

    def tell(self, text: str) -> None:
        """Print a line with the time."""
        print(f"{time.monotonic() - self._began:8.2f} s  {text}", flush=True)

    def close(self) -> None:
        """End the consoles."""
        self._catch_up()
        for seat in self.seats:
            seat.close()

    # Deeds.

    def _do(self, deed: Deed) -> None:
        if deed.kind == deeds.DAMAGE:
            # A few more lines than these are under way.
            if self.job.line - self._damaged_at < LINES_BETWEEN_DAMAGES:
                return
            self._damaged_at = self.job.line
        self.tell(f"line {self.job.line}: {deed}")
        for victim in deed.whom:
            self._harm(deed, victim)
            self.table[f"{deed.kind} {victim}"] += 1
        if deed.kind == deeds.LOOK:
            self._look()
        elif deed.fault:
            self._house.fault(deed.fault)
        if deed.kind == deeds.NOISE:
            self._later(deed.for_s, lambda: self._house.fault("noise-to-host 0"))
        if not deed.whom:
            self.table[deed.kind] += 1

    def _harm(self, deed: Deed, victim: str) -> None:
        if victim == deeds.CONSOLE:
            self._harm_console(deed, self._chance.choice(self.seats))
            return
        for pid in self._house.pids(victim.split()[0]):
            _signal(pid, signal.SIGKILL if deed.kind == deeds.KILL else signal.SIGSTOP)
            if deed.kind == deeds.STOP:
                self._later(deed.for_s, partial(_signal, pid, signal.SIGCONT))
        if victim == deeds.PRINTER:
            self._printer_stopped_until = max(
                self._printer_stopped_until, time.monotonic() + deed.for_s
            )

    def _harm_console(self, deed: Deed, seat: Seat) -> None:
        pid = seat.program.pid
        if deed.kind == deeds.STOP:
            _signal(pid, signal.SIGSTOP)
            self._later(deed.for_s, partial(_signal, pid, signal.SIGCONT))
            return
        if deed.kind == deeds.KILL:
            seat.close()
        else:
            seat.hang_up()
            self._left.append(seat)
        self.seats[self.seats.index(seat)] = Seat(self._house, seat.size)

    def _look(self) -> None:
        """Do nothing to anybody until every console shows how far the print is."""
        self._catch_up()
        self._ask()
        began = _percent(self.job)
        self._wait(
            lambda: self._is_over or all(self._shows_progress(seat, began) for seat in self.seats),
            "all consoles to show the print as it is",
        )

    def _shows_progress(self, seat: Seat, began: int) -> bool:
        shown = seat.percent
        true = shown is not None and began <= shown <= _percent(self.job)
        return true and Phase.EXECUTING.value in seat.screen.words

    def _later(self, in_s: float, action: Callable[[], object]) -> None:
        self._due.append((time.monotonic() + in_s, action))

    def _catch_up(self) -> None:
        """Do now what is due later: everybody runs, nobody lies."""
        due, self._due = self._due, []
        for _, action in due:
            action()
        self._printer_stopped_until = 0.0

    # What goes on meanwhile.

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + AT_REST_WITHIN_S
        while not done():
            screens = ("\n".join(seat.screen.lines) for seat in self.seats)
            assert time.monotonic() < deadline, "\n".join((f"waiting for {what}", *screens))
            self._turn()

    def _turn(self) -> None:
        time.sleep(TURN_S)
        now = time.monotonic()
        for entry in [entry for entry in self._due if entry[0] <= now]:
            self._due.remove(entry)
            entry[1]()
        for seat in self.seats:
            seat.take_all()
            assert not seat.is_over, "a console ended:\n" + "\n".join(seat.screen.lines)
        if now > self._asked_at + LOOK_EVERY_S and now > self._printer_stopped_until:
            self._ask()
            self._look_for_server()
            self._be_the_user()

    def _ask(self) -> None:
        told = self._house.ask("get_snapshot")["result"]["state"]
        self._state, self._asked_at = wire.from_json(PrinterState, told), time.monotonic()

    def _look_for_server(self) -> None:
        now = time.monotonic()
        if self._house.pids("server"):
            self._server_seen = now
        assert now - self._server_seen < SERVER_BACK_WITHIN_S, "the server was not started again"

    def _be_the_user(self) -> None:
        """Resume what is paused, after a moment's thought."""
        if self._answer is not None:
            if self._answer.poll() is None:
                return
            self.tell(f"the user's resume ended with {self._answer.returncode}")
            self._answer = None
        if self._state.phase is not Phase.PAUSED:
            self._answers_at = 0.0
        elif not self._answers_at:
            why = [name for words, name in PAUSES.items() if words in self._state.reason]
            assert why, self._state.reason
            self.tell(f"line {self.job.line}: {why[0]}")
            self.table[why[0]] += 1
            self._answers_at = time.monotonic() + self._chance.uniform(0.0, 2.0)
        elif time.monotonic() > self._answers_at:
            self.tell("the user resumes")
            self._answer = subprocess.Popen(
                [*GBTERM, "--port", str(self._house.tty), "resume"],
                env=self._house.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    @property
    def _is_over(self) -> bool:
        return bool(self.job.outcome)

    def _is_at_rest(self) -> bool:
        """Whether all are there, and say how the print ended; and nobody else is."""
        self._left = [seat for seat in self._left if not seat.is_over]
        said = all("READY" in s.screen.words and "Finished" in s.screen.words for s in self.seats)
        return said and not self._left and self._answer is None and self._is_alone()

    def _is_alone(self) -> bool:
        house = self._house
        known = {process.pid for process in house.processes}
        known |= {seat.program.pid for seat in self.seats}
        host = house.pids("printer") + house.pids("server")
        return len(host) == 2 and not house.strays({*known, *host})


def _percent(job: Job) -> int:
    return int(job.fraction * 100)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
