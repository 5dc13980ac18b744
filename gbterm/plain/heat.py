"""Commands on heaters and fans."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.actions import Preset
from gbterm.errors import UsageError
from gbterm.plain import account
from gbterm.plain.command import Command, Desk, last_number, name_of, nothing, number


async def _temperature(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    return list(account.temperatures(desk.backend.state))


async def _set_nozzle(desk: Desk, text: str) -> Sequence[str]:
    target, index = last_number(text, "temperature in °C")
    which = desk.backend.state.active_nozzle if index is None else index
    await desk.backend.set_temperature(nozzles={which: target})
    return [_set("Nozzle" if index is None else f"Nozzle {which + 1}", target)]


async def _set_bed(desk: Desk, text: str) -> Sequence[str]:
    target = number(text, "temperature in °C")
    await desk.backend.set_temperature(bed=target)
    return [_set("Bed", target)]


async def _set_chamber(desk: Desk, text: str) -> Sequence[str]:
    target = number(text, "temperature in °C")
    await desk.backend.set_temperature(chamber=target)
    return [_set("Chamber", target)]


def _set(name: str, target: float) -> str:
    return f"{name} set to {target:g} °C." if target else f"{name} off."


async def _set_fan(desk: Desk, text: str) -> Sequence[str]:
    percent, fan = last_number(text, "percentage")
    await desk.backend.set_fan(fan or 0, percent)
    return [f"Fan {percent:g} %." if fan is None else f"Fan {fan + 1} {percent:g} %."]


async def _fan_off(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    await desk.backend.set_fan(0, 0)
    return ["Fan off."]


async def _presets(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    return [_told(preset) for preset in await desk.backend.presets()] or ["There are no presets."]


def _told(preset: Preset) -> str:
    heaters = (("nozzle", preset.nozzle), ("bed", preset.bed), ("chamber", preset.chamber))
    targets = ", ".join(f"{name} {c:g} °C" for name, c in heaters if c is not None)
    return f"{preset.name}: {targets}"


async def _preset(desk: Desk, text: str) -> Sequence[str]:
    wanted = name_of(text, "name of a preset").lower()
    names = [preset.name for preset in await desk.backend.presets()]
    known = next((name for name in names if name.lower() == wanted), None)
    if known is None:
        raise UsageError(f"There is no preset {text}; there are {', '.join(names) or 'none'}.")
    await desk.backend.apply_preset(known)
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
    Command("set_fan", _set_fan, "set a fan, 0 is off", "PERCENT [FAN]"),
    Command("fan_off", _fan_off, "turn the fan off"),
    Command("presets", _presets, "list the presets"),
    Command("preset", _preset, "set the temperatures of a preset", "NAME"),
    Command("cool_down", _cool_down, "turn all heaters off"),
)
