"""The board on a pseudo terminal: real time, a link to open, a cable with latency."""

from __future__ import annotations

import errno
import os
import select
import tty
from collections import deque
from pathlib import Path
from time import monotonic

from gbterm.simulator.board import Board
from gbterm.simulator.control import Outside, Speed, Unplug
from gbterm.simulator.control_socket import ControlSocket
from gbterm.simulator.faults import Fault, Reset
from gbterm.simulator.open_watch import OpenWatch

REPORT_GAP = 0.1  # real seconds between two periodic lines, at any speed
UNSENT_MAX = 1 << 18  # a host that never reads loses what is past this


class Terminal:
    """The master side of a pty, under a link of a stable name."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._name = ""
        self.fd = -1
        self.watch: OpenWatch | None = None
        self.plug_in()

    def plug_in(self) -> None:
        """Make the pty and its link; it never has the name of the one before."""
        self.fd, slave = os.openpty()
        if os.ttyname(slave) == self._name:
            taken = self.fd, slave
            self.fd, slave = os.openpty()
            for end in taken:
                os.close(end)
        tty.setraw(slave)
        name = self._name = os.ttyname(slave)
        os.close(slave)
        self.watch = OpenWatch(name)
        os.set_blocking(self.fd, False)
        scratch = self._link.with_name(f".{self._link.name}.{os.getpid()}")
        scratch.unlink(missing_ok=True)
        scratch.symlink_to(name)
        scratch.replace(self._link)

    def unplug(self) -> None:
        """Take the pty away; the host sees its port vanish."""
        if self.fd >= 0:
            os.close(self.fd)
        if self.watch is not None:
            self.watch.close()
        self.fd, self.watch = -1, None
        if self._link.is_symlink():
            self._link.unlink()

    @property
    def open(self) -> bool:
        """Whether a host has the other side open."""
        return self.watch is not None and self.watch.held

    def look(self) -> bool:
        """Whether a host has just opened the port."""
        return self.watch is not None and self.watch.look()

    def read(self, size: int) -> bytes:
        """What the host wrote, also one that has closed the port since."""
        if self.fd < 0:
            return b""
        try:
            return os.read(self.fd, size)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return b""

    def write(self, data: bytes) -> int:
        """As much as the host's side takes."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return len(data)


class Shell:
    """Runs a board in real time until it is stopped."""

    def __init__(
        self,
        board: Board,
        terminal: Terminal,
        *,
        speed: float = 1.0,
        latency: float = 0.0,
        reset_on_open: bool = False,
        control: ControlSocket | None = None,
    ) -> None:
        self._board = board
        self._terminal = terminal
        self._latency = latency
        self._reset_on_open = reset_on_open
        self._control = control
        self._lived, self._began = 0.0, monotonic()
        self._live(speed)
        self._to_board: deque[tuple[float, bytes]] = deque()
        self._to_host: deque[tuple[float, bytes]] = deque()
        self._unsent = bytearray()
        self._plug_at: float | None = None

    def _board_time(self) -> float:
        return self._lived + (monotonic() - self._began) * self._speed

    def _live(self, speed: float) -> None:
        """From `_lived` on, which was in real time when it `_began`, be so quick."""
        self._speed = speed
        self._board.space_reports(REPORT_GAP * speed if speed > 1 else 0.0)

    def turn(self, longest: float, wake: int) -> bool:
        """Wait for the next thing to happen, at most so long, and do it.

        True, with nothing done, once `wake` can be read.
        """
        terminal, board = self._terminal, self._board
        # A real port's buffers are finite: what the board has no room for stays in the kernel.
        reading = [wake]
        if terminal.open and self._room() > 0:
            reading.append(terminal.fd)
        if terminal.watch is not None:
            reading.append(terminal.watch.fd)
        if self._control is not None:
            reading += self._control.files
        writing = [terminal.fd] if terminal.open and self._unsent else []
        ready, _, _ = select.select(reading, writing, [], self._patience(longest))
        if wake in ready:
            return True
        # What a host wrote before it closed the port is on its way, and must not wait for the next.
        if terminal.fd in ready or not terminal.open:
            data = terminal.read(min(self._room(), 4096))
            if data:
                self._to_board.append((monotonic() + self._latency, data))
        # Only now: who wrote what was read is known to have the port open.
        self._watch_cable()
        while self._to_board and self._to_board[0][0] <= monotonic():
            board.receive(self._to_board.popleft()[1], self._board_time())
        if self._control is not None:
            self._control.serve(ready, self._inject)
        board.tick(self._board_time())
        self._send(board.data_to_send())
        return False

    def _room(self) -> int:
        return self._board.room - sum(len(data) for _, data in self._to_board)

    def _patience(self, longest: float) -> float:
        now = monotonic()
        waits = [longest]
        due = self._board.next_deadline
        if due is not None:
            waits.append((due - self._lived) / self._speed + self._began - now)
        waits += [queue[0][0] - now for queue in (self._to_board, self._to_host) if queue]
        if self._plug_at is not None:
            waits.append(self._plug_at - now)
        return max(0.0, min(waits))

    def _watch_cable(self) -> None:
        if self._plug_at is not None and monotonic() >= self._plug_at:
            self._plug_at = None
            self._terminal.plug_in()
        if self._terminal.look() and self._reset_on_open:
            self._to_board.clear()
            self._to_host.clear()
            self._unsent.clear()
            self._board.tick(self._board_time())
            self._board.inject(Reset())

    def _send(self, data: bytes) -> None:
        now = monotonic()
        if data:
            self._to_host.append((now + self._latency, data))
        while self._to_host and self._to_host[0][0] <= now:
            self._unsent += self._to_host.popleft()[1]
        if not self._terminal.open:
            self._unsent.clear()  # nobody listens
        elif self._unsent:
            del self._unsent[: self._terminal.write(bytes(self._unsent))]
            del self._unsent[UNSENT_MAX:]

    def _inject(self, fault: Fault | Outside) -> None:
        self._board.tick(self._board_time())
        if isinstance(fault, Unplug):
            self._unplug(fault)
        elif isinstance(fault, Speed):
            self._lived, self._began = self._board_time(), monotonic()
            self._live(fault.factor)
        else:
            self._board.inject(fault)

    def _unplug(self, fault: Unplug) -> None:
        self._terminal.unplug()
        self._to_board.clear()
        self._to_host.clear()
        self._unsent.clear()
        self._board.unplug()
        if fault.seconds is not None:
            self._plug_at = monotonic() + fault.seconds
