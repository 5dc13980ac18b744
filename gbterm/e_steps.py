"""How many steps push a mm of filament: pushed, measured by its user, reckoned and set anew.

A mark is made `MARK_MM` above where the filament goes in, `PUSH_MM` are pushed slowly, and what is
left to the mark tells how much really went in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from gbterm.backends.capability import Capability
from gbterm.backends.doing import wrong_state
from gbterm.board_settings import BoardSetting
from gbterm.errors import CommandTimeout, NeedsConfirmation, NotSupported, OutOfRange, WrongState
from gbterm.model import Phase

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

MARK_MM, PUSH_MM, PIECE_MM = 120.0, 100.0, 5.0
"""Pushed in pieces, so that it can be left after each."""
RATE_MM_S = 2.0
"""Quicker, a nozzle can't melt it, and the gear slips."""
COLDEST_C = 170.0
"""Marlin's EXTRUDE_MINTEMP."""
NEAR_C = 3.0
HOT_WITHIN_S = 900.0
ODD_FACTOR = 2.0
QUESTION_ODD = "That is more than twice as much as before: was it measured right?"

Tell = Callable[[str], None]
"""Told how far it is, in a sentence."""


def require(backend: Backend, nozzle: int) -> None:
    """Raise what keeps a nozzle's extruder from being calibrated now."""
    to = "calibrate its extruder"
    backend.require(Capability.BOARD_SETTINGS, to)
    backend.require(Capability.EXTRUDE | Capability.GCODE, to)
    if backend.state.phase is not Phase.READY:
        raise wrong_state(backend.name, backend.state.phase, to)
    if (flow := backend.state.flows.get(nozzle, 100.0)) != 100.0:
        raise WrongState(f"The flow is {flow:g} %, which would be measured too: set it to 100 %.")


def question(nozzle: int, target: float) -> NeedsConfirmation:
    """What is done, and what its user does before."""
    return NeedsConfirmation(
        f"Mark the filament {MARK_MM:g} mm above where it goes into the extruder. Then nozzle"
        f" {nozzle + 1} is heated to {target:g} °C, and {PUSH_MM:g} mm are pushed slowly. Push?"
    )


async def setting(backend: Backend, nozzle: int) -> BoardSetting:
    """The steps for a mm of a nozzle's extruder. Raises `NotSupported`."""
    known = {one.name: one for one in (await backend.board_settings()).settings}
    for name in (f"M92 T{nozzle} E", "M92 E"):
        if name in known:
            return known[name]
    raise NotSupported(f"{backend.name} can't calibrate its extruder: its board lists no M92 E.")


async def push(backend: Backend, nozzle: int, target: float, tell: Tell) -> None:
    """Heat, push, and let the nozzle be as warm as before, however it ends."""
    require(backend, nozzle)
    if target < COLDEST_C:
        raise OutOfRange(f"Filament is pushed from {COLDEST_C:g} °C on, not at {target:g}.")
    before = backend.state.nozzles[nozzle].target or 0.0
    await backend.set_temperature(nozzles={nozzle: target})
    try:
        await _heated(backend, nozzle, target, tell)
        pieces = round(PUSH_MM / PIECE_MM)
        for piece in range(pieces):
            tell(f"Pushing: {piece * PIECE_MM:g} of {PUSH_MM:g} mm.")
            await backend.extrude(PIECE_MM, nozzle=nozzle, rate_mm_s=RATE_MM_S)
            await backend.send_gcode("M400")
    finally:
        # A print that somebody began meanwhile has targets of its own.
        is_ours = backend.state.nozzles[nozzle].target in (target, before, None)
        if backend.state.phase is Phase.READY and is_ours:
            await backend.set_temperature(nozzles={nozzle: before})


async def _heated(backend: Backend, nozzle: int, target: float, tell: Tell) -> None:
    came = asyncio.Event()
    stop = backend.subscribe(lambda *_: came.set())
    try:
        async with asyncio.timeout(HOT_WITHIN_S):
            while (current := backend.state.nozzles[nozzle].current or 0.0) < target - NEAR_C:
                if backend.state.phase is not Phase.READY:
                    raise wrong_state(backend.name, backend.state.phase, "push filament")
                tell(f"Heating nozzle {nozzle + 1}: {current:.0f} of {target:g} °C.")
                await came.wait()
                came.clear()
    except TimeoutError as error:
        raise CommandTimeout(
            f"{backend.name} did not heat nozzle {nozzle + 1} to {target:g} °C within"
            f" {HOT_WITHIN_S / 60:g} min."
        ) from error
    finally:
        stop()


def corrected(now: str, left_mm: float) -> str:
    """The steps that push a mm, as a board writes them, where `now` left so much to the mark.

    Raises `OutOfRange`.
    """
    if not 0 < left_mm < MARK_MM:
        raise OutOfRange(
            f"What is left to the mark is between 0 and {MARK_MM:g} mm, not {left_mm:g}: where the"
            " mark has gone in, or nothing moved, look at the extruder first."
        )
    places = max(2, len(now.partition(".")[2]))
    return f"{float(now) * PUSH_MM / (MARK_MM - left_mm):.{places}f}"


def is_odd(now: str, then: str) -> bool:
    """Whether it is rather a slip than a calibration."""
    return not 1 / ODD_FACTOR <= float(then) / float(now) <= ODD_FACTOR
