"""Commands that move the head and the filament."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.plain.command import Command, Desk, Run, WrongWords, nothing, number, numbers, ordinal

JOG_MM = 10.0
FEED_MM = 10.0


def _jog(axis: str, sign: int) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        words = numbers(text, "distance in mm", "speed in mm/s", least=0)
        distance = words[0] if words else JOG_MM
        rate = words[1] if len(words) > 1 else None
        by = {axis: sign * distance}
        await desk.backend.move(x=by.get("x"), y=by.get("y"), z=by.get("z"), rate_mm_s=rate)
        return [f"Moving {axis.upper()} by {sign * distance:g} mm."]

    return run


async def _go_to(desk: Desk, text: str) -> Sequence[str]:
    """`go_to x100 y50`, in any order."""
    axes: dict[str, float] = {}
    for word in text.lower().split():
        if word[0] not in "xyz":
            raise WrongWords(f"“{word}” is no axis with a position.")
        axes[word[0]] = number(word[1:].lstrip("="), "position in mm")
    if not axes:
        raise WrongWords("The position is missing.")
    to = axes.get
    await desk.backend.move(x=to("x"), y=to("y"), z=to("z"), relative=False)
    return [f"Moving to {', '.join(f'{axis.upper()} {mm:g}' for axis, mm in axes.items())} mm."]


async def _home(desk: Desk, text: str) -> Sequence[str]:
    axes = "".join(text.lower().replace(",", " ").split()) or "xyz"
    if set(axes) - set("xyz"):
        raise WrongWords(f"“{text}” names no axes: x, y and z are there.")
    await desk.backend.home(axes)
    return [f"Homing {', '.join(axes.upper())}."]


def _motors(*, enabled: bool) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        nothing(text)
        await desk.backend.set_steppers(enabled=enabled)
        return ["Motors hold." if enabled else "Motors are off."]

    return run


def _feed(sign: int, word: str) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        length, *which = text.split() or [str(FEED_MM)]
        if len(which) > 1:
            raise WrongWords(f"“{which[1]}” is too much.")
        nozzle = ordinal(which[0]) if which else desk.backend.state.active_nozzle
        length_mm = number(length, "length in mm")
        await desk.backend.extrude(sign * length_mm, nozzle=nozzle)
        return [f"{word} {length_mm:g} mm."]

    return run


def _home_of(axis: str) -> Run:
    async def run(desk: Desk, text: str) -> Sequence[str]:
        nothing(text)
        return await _home(desk, axis)

    return run


COMMANDS = (
    Command("jog_left", _jog("x", -1), "move the head to the left", "[MM [MM/S]]"),
    Command("jog_right", _jog("x", 1), "move the head to the right", "[MM [MM/S]]"),
    Command("jog_back", _jog("y", 1), "move the head to the back", "[MM [MM/S]]"),
    Command("jog_front", _jog("y", -1), "move the head to the front", "[MM [MM/S]]"),
    Command("jog_up", _jog("z", 1), "move the nozzle up", "[MM [MM/S]]"),
    Command("jog_down", _jog("z", -1), "move the nozzle down", "[MM [MM/S]]"),
    Command("go_to", _go_to, "move the head to a place", "xMM yMM zMM"),
    Command("home", _home, "home all axes, or those that are named", "[AXES]"),
    Command("home_x", _home_of("x"), "home X"),
    Command("home_y", _home_of("y"), "home Y"),
    Command("home_z", _home_of("z"), "home Z"),
    Command("motors_on", _motors(enabled=True), "let the motors hold"),
    Command("motors_off", _motors(enabled=False), "free the motors"),
    Command("extrude", _feed(1, "Pushing"), "push filament", "[MM [NOZZLE]]"),
    Command("retract", _feed(-1, "Retracting"), "pull filament back", "[MM [NOZZLE]]"),
)
