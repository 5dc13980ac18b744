"""`gbterm simulate`: run a board on a pty."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from gbterm.simulator.board import Board
from gbterm.simulator.control_socket import ControlSocket
from gbterm.simulator.execution_log import FLUSH_EVERY, ExecutionLog
from gbterm.simulator.pty import Shell, Terminal
from gbterm.simulator.variants import VARIANTS

REPORT_GAP = 0.05  # real seconds between two periodic lines, at any speed
IDLE = 60.0


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
    add("--speed", type=_number(0.001, 1e6), default=1.0, help="board seconds per real second")
    add("--baud", type=_number(0, 1e8), default=0.0, help="pace of the wire; 0: as fast as can be")
    add("--latency-ms", type=_number(0, 1e5), default=0.0, help="delay in each direction")
    add("--variant", choices=sorted(VARIANTS), default="default", help="the firmware build")
    add("--rx-drop", action="store_true", help="lose bytes past the receive ring, as an AVR does")
    add("--reset-on-open", action="store_true", help="opening the port resets the board")
    add("--boot-delay", type=_number(0, 3600), default=0.0, metavar="S", help="of the bootloader")
    add("--heat-speed", type=_number(0.01, 1000), default=1.0, help="how fast hotends heat")
    add("--log", type=Path, metavar="PATH", help="append every executed command as a JSON line")
    add("--control", type=Path, metavar="PATH", help="a unix socket that takes faults")
    add("--seed", type=int, default=0, help="of the sensor noise")
    add("--sd", action="store_true", help="a card is in the slot")


def run(args: argparse.Namespace) -> int:
    """Run until a signal ends it."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    if args.link.exists() and not args.link.is_symlink():
        return _refuse(f"{args.link} exists and is not a link.")
    if not args.link.parent.is_dir():
        return _refuse(f"There is no folder {args.link.parent}.")
    try:
        log = ExecutionLog(args.log) if args.log is not None else None
        control = ControlSocket(args.control) if args.control is not None else None
        terminal = Terminal(args.link)
    except OSError as error:
        return _refuse(f"{error.filename or args.link or args.control}: {error.strerror or error}.")
    shell = Shell(
        _board(args, log),
        terminal,
        speed=args.speed,
        latency=args.latency_ms / 1000,
        reset_on_open=args.reset_on_open,
        control=control,
    )
    try:
        print(f"READY {args.link}", flush=True)
        while True:
            shell.turn(FLUSH_EVERY if log is not None and log.pending else IDLE)
            if log is not None:
                log.flush()
    except _Stopped:
        return 0
    finally:
        shell.close()
        if log is not None:
            log.close()


def _board(args: argparse.Namespace, log: ExecutionLog | None) -> Board:
    return Board(
        VARIANTS[args.variant],
        seed=args.seed,
        heat_speed=args.heat_speed,
        # The wire is paced in real time, the board lives in its own.
        baud=args.baud / args.speed,
        rx_drop=args.rx_drop,
        boot_delay=args.boot_delay,
        sd_card=args.sd,
        min_report_interval=REPORT_GAP * args.speed if args.speed > 1 else 0.0,
        on_execute=log,
    )


class _Stopped(Exception):
    pass


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _refuse(sentence: str) -> int:
    print(f"gbterm simulate: {sentence}", file=sys.stderr)
    return 1
