"""Commands on heaters and fans."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.errors import UsageError
from gbterm.model import Temperature
from gbterm.plain import account
from gbterm.plain.command import (
    Command,
    Desk,
    Run,
    count,
    last_number,
    name_of,
    nothing,
    number,
    ordinal,
)
from gbterm.temperatures import heaters


async def _temperature(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    return list(account.temperatures(desk.backend.state, is_old=desk.is_old))


async def _set_nozzle(desk: Desk, text: str) -> Sequence[str]:
    target, index = last_number(text, "temperature in °C")
    which = desk.backend.state.active_nozzle if index is None else index
    await desk.backend.set_temperature(nozzles={which: target})
    return [_set("Nozzle" if index is None else f"Nozzle {which + 1}", target)]


async def _set_bed(desk: Desk, text: str) -> Sequence[str]:
    target = number(text, "temperature in °C")
    await desk.backend.set_temperature(bed=target)
    return [_set("Bed", target)]


async def _set_target(desk: Desk, text: str) -> Sequence[str]:
    """`set_target nozzle2 210`."""
    heater, _, target = text.rpartition(" ")
    return await _heat(desk, heater.strip(), number(target, "temperature in °C"))


async def _heater_off(desk: Desk, text: str) -> Sequence[str]:
    return await _heat(desk, text, 0.0)


def _by(step_c: float) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        heater = _heater(desk, text)
        target = heaters(desk.backend.state).get(heater, Temperature()).target or 0.0
        return await _heat(desk, heater, max(0.0, target + step_c))

    return run


def _heater(desk: Desk, text: str) -> str:
    """`nozzle1`, `nozzle2` …, `bed` or `chamber`, where nothing is said the nozzle in use."""
    name = text.lower().replace(" ", "") or "nozzle"
    if name == "nozzle":
        name = f"nozzle{desk.backend.state.active_nozzle + 1}"
    if name not in ("bed", "chamber"):
        name = f"nozzle{ordinal(name.removeprefix('nozzle')) + 1}"
    return name


async def _heat(desk: Desk, text: str, target: float) -> list[str]:
    heater = _heater(desk, text)
    if heater == "bed":
        await desk.backend.set_temperature(bed=target)
    elif heater == "chamber":
        await desk.backend.set_temperature(chamber=target)
    else:
        await desk.backend.set_temperature(nozzles={int(heater[6:]) - 1: target})
    return [_set(heater.capitalize(), target)]


async def _set_chamber(desk: Desk, text: str) -> Sequence[str]:
    target = number(text, "temperature in °C")
    await desk.backend.set_temperature(chamber=target)
    return [_set("Chamber", target)]


def _set(name: str, target: float) -> str:
    return f"{name} set to {target:g} °C." if target else f"{name} off."


async def _set_fan(desk: Desk, text: str) -> Sequence[str]:
    """`set_fan 50`, or `set_fan 1 50` for another than the one of number 0."""
    fan, _, percent = text.rpartition(" ")
    index = count(fan.strip() or "0", "number of a fan")
    speed = number(percent, "percentage")
    await desk.backend.set_fan(index, speed)
    return [f"Fan {index}: {speed:g} %."]


async def _fan_off(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.set_fan(0, 0)
    return ["Fan off."]


async def _presets(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    presets = await desk.backend.presets()
    return [f"{preset.name}: {preset.about}" for preset in presets] or ["There are no presets."]


async def _preset(desk: Desk, text: str) -> Sequence[str]:
    wanted = name_of(text, "name of a preset").lower()
    names = [preset.name for preset in await desk.backend.presets()]
    known = next((name for name in names if name.lower() == wanted), None)
    if known is None:
        raise UsageError(f"There is no preset {text}; there are {', '.join(names) or 'none'}.")
    await desk.backend.apply_preset(known, confirmed=desk.confirmed)
    return [f"Preset {known} set."]


async def _cool_down(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    state = desk.backend.state
    await desk.backend.set_temperature(
        nozzles=dict.fromkeys(range(len(state.nozzles)), 0.0),
        bed=0.0,
        chamber=0.0 if state.chamber is not None and state.chamber.target is not None else None,
    )
    return ["All heaters off."]


COMMANDS = (
    Command("temperature", _temperature, "tell the temperatures now"),
    Command("set_nozzle", _set_nozzle, "heat a nozzle, 0 is off", "C [NOZZLE]"),
    Command("set_bed", _set_bed, "heat the bed, 0 is off", "C"),
    Command("set_chamber", _set_chamber, "heat the chamber, 0 is off", "C"),
    Command("set_target", _set_target, "heat one of all heaters, 0 is off", "HEATER C"),
    Command("heater_off", _heater_off, "turn a heater off", "[HEATER]"),
    Command("warmer", _by(1), "raise a target by 1 °C", "[HEATER]"),
    Command("cooler", _by(-1), "lower a target by 1 °C", "[HEATER]"),
    Command("much_warmer", _by(10), "raise a target by 10 °C", "[HEATER]"),
    Command("much_cooler", _by(-10), "lower a target by 10 °C", "[HEATER]"),
    Command("set_fan", _set_fan, "set a fan, 0 is off", "[FAN] PERCENT"),
    Command("fan_off", _fan_off, "turn the fan off"),
    Command("presets", _presets, "list the presets"),
    Command("apply_preset", _preset, "set the temperatures of a preset", "NAME"),
    Command("cool_down", _cool_down, "turn all heaters off"),
)
