"""Pins: of the printer's board, by G-code, and of this machine, by a program."""

from __future__ import annotations

import argparse
import subprocess
import time
from itertools import pairwise

from gbterm import config_file, orders, trace
from gbterm.cli.parser import seconds
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.cli.verbs.words import whole
from gbterm.config import Suite
from gbterm.errors import CommandTimeout, OutOfRange, PrinterError, UsageError
from gbterm.text import scrub

PROGRAM_S = 5.0
LOOK_EVERY_S = 0.05
_LEVELS = {"0": "0", "l": "0", "1": "1", "h": "1", "p": "p", "r": "r", "f": "f"}
_SET = {"0": (0,), "1": (1,), "p": (0, 1, 0), "r": (0, 1), "f": (1, 0)}
_WAITED = {"0": (0,), "1": (1,), "r": (0, 1), "p": (1, 0), "f": (1, 0)}


def _level(text: str) -> str:
    """An argument's type: a level or a change."""
    if text.lower() not in _LEVELS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no level: write 0 or L, 1 or H, P for a pulse, R to rise, F to fall"
        )
    return _LEVELS[text.lower()]


def _pin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pin", type=whole(0, 99), metavar="N", help="which of those configured, from 0"
    )


def _pin_and_level(parser: argparse.ArgumentParser) -> None:
    _pin(parser)
    what = "0 or L for low, 1 or H for high, P for a pulse, R to rise, F to fall"
    parser.add_argument("level", type=_level, metavar="LEVEL", help=what)


def _pin_level_timeout(parser: argparse.ArgumentParser) -> None:
    _pin_and_level(parser)
    what = "give up, exit code 6"
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help=what)


def _chosen(pins: tuple[int, ...], number: int) -> int:
    if number >= len(pins):
        raise OutOfRange(f"There is no pin {number}: 0 to {len(pins) - 1} are configured.")
    return pins[number]


def _steps(level: str, suite: Suite) -> list[tuple[int, int]]:
    """Levels, and for how many ms each before the next one; 0 at the end."""
    levels = _SET[level]
    # Only what falls back is held as long as a pulse.
    rests = [
        suite.pulse_ms if one and len(levels) > 2 else suite.edge_ms for one, _ in pairwise(levels)
    ]
    return list(zip(levels, [*rests, 0], strict=True))


async def _gset(asked: Asked) -> Answer:
    suite = config_file.load().suite
    pin, commands = _chosen(suite.pins, asked.args.pin), []
    for level, rest_ms in _steps(asked.args.level, suite):
        commands.append(orders.pin(pin, orders.FULL * level))
        if rest_ms:
            commands.append(f"G4 P{rest_ms}")
    await asked.backend.send_gcode("\n".join(commands), wait=False)
    return DONE


async def _gwait(asked: Asked) -> Answer:
    import asyncio

    pin, timeout_s = _chosen(config_file.load().suite.pins, asked.args.pin), asked.args.timeout
    waits = [f"M226 P{pin} S{level}" for level in _WAITED[asked.args.level]]
    try:
        async with asyncio.timeout(timeout_s):
            # The board shows on its display that it waits, until something else is.
            await asked.backend.send_gcode("\n".join([*waits, "M117"]))
    except TimeoutError as error:
        raise CommandTimeout(
            f"The pin did not change within {timeout_s:g} s; the printer still waits for it."
        ) from error
    return DONE


def _get(args: argparse.Namespace) -> Answer:
    level = _read(_own(args))
    return Answer((str(level),), level)


def _set(args: argparse.Namespace) -> Answer:
    pin = _own(args)
    _gpio("mode", pin, "out")
    for level, rest_ms in _steps(args.level, config_file.load().suite):
        _gpio("write", pin, str(level))
        time.sleep(rest_ms / 1000)
    return DONE


def _wait(args: argparse.Namespace) -> Answer:
    pin = _own(args)
    end = None if args.timeout is None else time.monotonic() + args.timeout
    for level in _WAITED[args.level]:
        while _read(pin) != level:
            if end is not None and time.monotonic() >= end:
                raise CommandTimeout(f"The pin did not change within {args.timeout:g} s.")
            time.sleep(LOOK_EVERY_S)
    return DONE


def _own(args: argparse.Namespace) -> str:
    return str(_chosen(config_file.load().suite.gpio_pins, args.pin))


def _read(pin: str) -> int:
    told = _gpio("read", pin).strip()
    if told not in ("0", "1"):
        raise PrinterError(f"The pin {pin} tells neither 0 nor 1 but {scrub(told, 40)!r}.")
    return int(told)


def _gpio(*words: str) -> str:
    """What the program for this machine's pins writes. Raises `UsageError`, `PrinterError`."""
    program = config_file.load().suite.gpio
    trace.asked(" ".join([program, *words]))
    try:
        done = subprocess.run(
            [program, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROGRAM_S,
            check=False,
        )
    except OSError as error:
        raise UsageError(
            f"{program!r} can't be run ({error.strerror}): install it, or name another program for"
            " this machine's pins as gpio below [suite] in the configuration."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CommandTimeout(f"{program!r} did not end within {PROGRAM_S:g} s.") from error
    if done.returncode:
        said = scrub(done.stderr.decode("utf-8", "replace").strip(), 80)
        raise PrinterError(f"{program!r} failed with code {done.returncode}: {said or 'no word'}.")
    said = done.stdout.decode("utf-8", "replace")
    trace.answered(said.strip())
    return said


VERBS = (
    Verb(
        "gsetpin",
        "set a pin of the printer's board",
        _gset,
        _pin_and_level,
        examples=("0 1", "2 P"),
    ),
    Verb("gwaitpin", "wait for a pin of the board", _gwait, _pin_level_timeout, within_s=None),
    Verb("getpin", "print the level of a pin of this machine", here=_get, arguments=_pin),
    Verb("setpin", "set a pin of this machine", here=_set, arguments=_pin_and_level),
    Verb("waitpin", "wait for a pin of this machine", here=_wait, arguments=_pin_level_timeout),
)
