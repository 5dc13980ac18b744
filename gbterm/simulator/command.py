"""`gbterm simulate`: run a board on a pty."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from gbterm.errors import UsageError
from gbterm.simulator.board import Board
from gbterm.simulator.card import Files, FolderOfFiles
from gbterm.simulator.control import QUICKEST, SLOWEST
from gbterm.simulator.control_socket import ControlSocket
from gbterm.simulator.execution_log import ExecutionLog
from gbterm.simulator.link import claim, lock_of
from gbterm.simulator.pty import Shell, Terminal
from gbterm.simulator.variants import VARIANTS

IDLE = 60.0
REFUSED = 2
NO_FILES = Path()
ENDS = (signal.SIGTERM, signal.SIGINT)


def _number(lowest: float, highest: float) -> type[float]:
    """An argument type: a number within bounds."""

    class Bounded(float):
        def __new__(cls, text: str) -> Bounded:
            value = float(text)
            if not lowest <= value <= highest:
                raise argparse.ArgumentTypeError(f"{text} is not in {lowest:g} to {highest:g}")
            return super().__new__(cls, value)

    Bounded.__name__ = "number"
    return Bounded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `gbterm simulate`."""
    add = parser.add_argument
    add("--link", type=Path, required=True, metavar="PATH", help="the port to open (a symlink)")
    what = "board seconds per real second"
    add("--speed", type=_number(SLOWEST, QUICKEST), default=1.0, metavar="N", help=what)
    what = "pace of the wire, else as fast as can be"
    add("--baud", type=_number(0, 1e8), default=0.0, metavar="N", help=what)
    what = "delay in each direction"
    add("--latency-ms", type=_number(0, 1e5), default=0.0, metavar="MS", help=what)
    add("--variant", choices=sorted(VARIANTS), default="default", help="the firmware build")
    what = "how the bed is levelled; all but mbl have a probe"
    add("--levelling", choices=("mbl", "bilinear", "ubl"), default="mbl", help=what)
    what = "points of its mesh along each axis"
    add("--mesh-points", type=int, choices=range(2, 17), default=3, metavar="N", help=what)
    what = "babysteps change the probe's offset"
    add("--offset-by-babysteps", action="store_true", help=what)
    add("--bed-pid", action="store_true", help="its bed is driven by a PID, as nozzles are")
    what = "built without settings that it stores"
    add("--no-eeprom", action="store_true", help=what)
    what = "it takes files for its card in packets, and unpacks them"
    packed = ("heatshrink", "none")
    add("--binary-transfer", choices=packed, nargs="?", const=packed[0], help=what)
    add("--homes-first", action="store_true", help="move no axis that was not homed")
    what = "how long a nozzle that waits for filament stays hot"
    add("--nozzle-timeout", type=_number(0, 1e9), default=45.0, metavar="S", help=what)
    add("--rx-drop", action="store_true", help="lose bytes past the receive ring, as an AVR does")
    add("--reset-on-open", action="store_true", help="opening the port resets the board")
    what = "how long its bootloader takes"
    add("--boot-delay", type=_number(0, 3600), default=0.0, metavar="S", help=what)
    what = "how many times quicker nozzles heat; beyond 4 they overshoot"
    add("--heat-speed", type=_number(0.01, 1000), default=1.0, metavar="N", help=what)
    add("--log", type=Path, metavar="PATH", help="append every executed command as a JSON line")
    add("--control", type=Path, metavar="PATH", help="a unix socket that takes faults")
    add("--seed", type=int, default=0, metavar="N", help="of the noise of its sensors")
    what = "a card is in the slot, with the files of a folder"
    add("--sd", type=Path, nargs="?", const=NO_FILES, metavar="FOLDER", help=what)


def run(args: argparse.Namespace) -> int:
    """Run until a signal ends it."""
    try:
        with ExitStack() as at_end:
            return _run(args, at_end)
    except UsageError as error:
        return _refuse(str(error))


def _run(args: argparse.Namespace, at_end: ExitStack) -> int:
    wake = at_end.enter_context(_signals())
    claimed = claim(args.link)
    at_end.callback(claimed.remove)
    try:
        log = ExecutionLog(args.log) if args.log is not None else None
        if log is not None:
            at_end.callback(log.close)
        control = ControlSocket(args.control) if args.control is not None else None
        if control is not None:
            at_end.callback(control.close)
        terminal = Terminal(args.link)
    except OSError as error:
        raise UsageError(f"{error.filename or args.link}: {error.strerror or error}.") from error
    at_end.callback(terminal.unplug)
    shell = Shell(
        _board(args, log),
        terminal,
        speed=args.speed,
        latency=args.latency_ms / 1000,
        reset_on_open=args.reset_on_open,
        control=control,
    )
    lock_of(args.link).write_text(str(os.getpid()))
    print(f"READY {args.link}", flush=True)
    while not shell.turn(IDLE, wake):
        pass
    return 0


@contextmanager
def _signals() -> Iterator[int]:
    """A descriptor that can be read once SIGTERM or SIGINT came.

    Neither raises anything, so a second one can't interrupt the clean-up after the first.
    """
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    for number in ENDS:
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        for number in ENDS:
            # Python gives a handler of its own back to the system while it ends, but not this.
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        os.close(reading)
        os.close(writing)


def _board(args: argparse.Namespace, log: ExecutionLog | None) -> Board:
    return Board(
        replace(
            VARIANTS[args.variant],
            homes_first=args.homes_first,
            levelling=args.levelling,
            mesh_points=args.mesh_points,
            offset_by_babysteps=args.offset_by_babysteps,
            eeprom=not args.no_eeprom,
            binary_transfer=args.binary_transfer is not None,
            unpacks=args.binary_transfer == "heatshrink",
            bed_pid=args.bed_pid,
            nozzle_timeout=args.nozzle_timeout,
        ),
        seed=args.seed,
        heat_speed=args.heat_speed,
        # The wire is paced in real time, the board lives in its own.
        baud=args.baud / args.speed,
        rx_drop=args.rx_drop,
        boot_delay=args.boot_delay,
        sd_card=_card(args.sd),
        on_execute=log,
    )


def _card(folder: Path | None) -> Files | None:
    if folder is None or folder is NO_FILES:
        return None if folder is None else {}
    return FolderOfFiles(folder)


def _refuse(sentence: str) -> int:
    print(f"gbterm simulate: {sentence}", file=sys.stderr)
    return REFUSED
