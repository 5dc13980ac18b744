"""The heaters: their temperatures, and what they are to be."""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict

from gbterm.cli.verbs.reached import reached
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Run, Verb
from gbterm.cli.verbs.words import number
from gbterm.errors import OutOfRange, UsageError
from gbterm.model import PrinterState, Temperature
from gbterm.orders import LEAST_C, MOST_C

_TOOL = re.compile(r"tool(\d{1,2})", re.ASCII)
_TOLD_S = 10.0
"""So soon after it was connected a printer has told its temperatures."""


def _target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", type=number(LEAST_C, MOST_C), metavar="C", help="in degrees Celsius, 0 is off"
    )


def _change(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "change", type=number(LEAST_C, MOST_C), metavar="C", help="by so many degrees, -5 is colder"
    )


def _sets(heater: str) -> Run:
    async def run(asked: Asked) -> Answer:
        await set_target(asked, heater, asked.args.target)
        return DONE

    return run


def _changes(heater: str) -> Run:
    async def run(asked: Asked) -> Answer:
        await reached(asked.backend, lambda state: _told(state, heater), _TOLD_S, "tell a target")
        before = (await asked.backend.targets()).get(heater) or 0.0
        await set_target(asked, heater, max(0.0, before + asked.args.change))
        return DONE

    return run


def _told(state: PrinterState, heater: str) -> bool:
    return _of(state, heater).current is not None


async def set_target(asked: Asked, heater: str, target: float) -> None:
    """Heat `tool0`, `tool1` …, `bed` or `chamber`. Raises `OutOfRange`, `UsageError`."""
    backend = asked.backend
    if (index := _index(heater)) is not None:
        _check_there(asked, index)
        await backend.set_temperature(nozzles={index: target})
    elif heater == "bed":
        await backend.set_temperature(bed=target)
    else:
        await backend.set_temperature(chamber=target)


def _check_there(asked: Asked, index: int) -> None:
    machine, state = asked.backend.machine, asked.backend.state
    count = machine.nozzles if machine else max(len(state.nozzles), state.firmware.extruders)
    if index >= count:
        raise OutOfRange(f"There is no tool{index}: this printer has {count}, from tool0 on.")


def _index(heater: str) -> int | None:
    """Of a nozzle; None for the bed and the chamber. Raises `UsageError` for anything else."""
    if heater in ("bed", "chamber"):
        return None
    match = _TOOL.fullmatch(heater)
    if match is None:
        raise UsageError(f"{heater!r} is no heater: write tool0, tool1 …, bed or chamber.")
    return int(match[1])


def _of(state: PrinterState, heater: str) -> Temperature:
    return _heaters(state).get(heater, Temperature())


def _heaters(state: PrinterState) -> dict[str, Temperature]:
    heaters = {f"tool{index}": nozzle for index, nozzle in enumerate(state.nozzles)}
    heaters["bed"] = state.bed
    return heaters if state.chamber is None else {**heaters, "chamber": state.chamber}


def _names_one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "heater", nargs="?", metavar="HEATER", help="bed, chamber, tool0, tool1 or the like"
    )
    kind = number(LEAST_C, MOST_C)
    parser.add_argument("target", nargs="?", type=kind, metavar="C", help="its target, 0 is off")


async def _temp(asked: Asked) -> Answer:
    heater, target = asked.args.heater, asked.args.target
    if target is not None:
        await set_target(asked, heater, target)
        return DONE
    if heater is not None and (index := _index(heater)) is not None:
        _check_there(asked, index)
    await reached(asked.backend, lambda state: _told(state, "tool0"), _TOLD_S, "tell temperatures")
    heaters = _heaters(asked.backend.state)
    if heater is not None:
        if heater not in heaters:
            raise OutOfRange(f"This printer tells of no {heater}.")
        heaters = {heater: heaters[heater]}
    lines = tuple(f"{name}: {_shown(one)}" for name, one in heaters.items())
    return Answer(lines, {name: asdict(one) for name, one in heaters.items()})


def _shown(heater: Temperature) -> str:
    if heater.current is None:
        return "unknown"
    return f"{heater.current:.1f}" + (f" of {heater.target:g}" if heater.target else "")


VERBS = (
    Verb("settemp", "heat the first nozzle", _sets("tool0"), _target, examples=("210",)),
    Verb("setbed", "heat the bed", _sets("bed"), _target),
    Verb(
        "settempr",
        "change the first nozzle's target by so much",
        _changes("tool0"),
        _change,
        examples=("-5",),
    ),
    Verb(
        "setbedr", "change the bed's target by so much", _changes("bed"), _change, examples=("-5",)
    ),
    Verb("chamber", "heat the chamber", _sets("chamber"), _target),
    Verb(
        "temp",
        "print temperatures, or heat a tool, the bed or the chamber",
        _temp,
        _names_one,
        examples=("", "tool1", "tool1 210"),
    ),
)
