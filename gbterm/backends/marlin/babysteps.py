"""Babysteps (M290): how far they raised the nozzle, how far they may, and whether they count.

Before Z is homed Marlin ignores them in silence, but with BABYSTEP_WITHOUT_HOMING, of which it does
not tell (babystep.cpp).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gbterm.backends.marlin import limits
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.stream import Stream
from gbterm.errors import WrongState

_BABYSTEP = re.compile(rb"M *0*290(?!\d)")
_HOMING = re.compile(rb"G *0*28(?![\d.])")
_HEIGHT = re.compile(rb"([ZS]) *([-+]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6}))")
_AXIS = re.compile(rb"[XYZ]")
MOST_AT_ONCE_MM = 2.0
"""Marlin cuts what is more (M290.cpp)."""


def step_mm(text: bytes) -> float:
    """By how much a command raises the nozzle past what positions tell."""
    match = _BABYSTEP.match(text)
    if match is None:
        return 0.0
    words = {letter: float(value) for letter, value in _HEIGHT.findall(text[match.end() :])}
    step = words.get(b"Z", words.get(b"S", 0.0))
    return min(max(step, -MOST_AT_ONCE_MM), MOST_AT_ONCE_MM)


def homes_z(text: bytes) -> bool:
    """Whether a command homes Z: G28 that names it, or no axis at all."""
    match = _HOMING.match(text)
    if match is None:
        return False
    axes = _AXIS.findall(text[match.end() :])
    return not axes or b"Z" in axes


class Babysteps:
    """Of one board, whose commands go by `core`."""

    def __init__(self, core: Stream) -> None:
        self._core = core
        self.forget()

    def forget(self) -> None:
        """The port is opened: whether Z is homed the board does not say."""
        self.is_homed = False
        """Whether Z was homed since then."""
        self.since_homed_mm = 0.0
        """How far they raised the nozzle that nobody stored; homing Z takes that back."""

    def answered(self, text: bytes) -> float:
        """The board executed `text`; by how many mm that raised the nozzle."""
        if homes_z(text):
            self.is_homed, self.since_homed_mm = True, 0.0
        step = step_mm(text) if self.is_homed else 0.0
        self.since_homed_mm = round(self.since_homed_mm + step, 4)
        return step

    def check(self, z_mm: float, so_far_mm: float) -> None:
        """Raise `OutOfRange` for a step too far, with those that the board has not taken yet."""
        asked = sum(step_mm(line.text) for line in self._under_way() if not line.command)
        limits.check_babystep(z_mm, round(so_far_mm + asked, 4))

    def require_homed(self, name: str) -> None:
        """Raise `WrongState` where the board `name` would ignore a step."""
        if not self.is_homed and not any(homes_z(line.text) for line in self._under_way()):
            raise WrongState(
                f"{name} can't babystep now: Z was not homed since it was connected, and the board"
                " would ignore it. Home Z first."
            )

    def check_typed(self, texts: Iterable[bytes], so_far_mm: float, name: str) -> None:
        """Raise either where one of `texts`, one after the other, is no step that may be."""
        homes = False
        for text in texts:
            if step := step_mm(text):
                self.check(step, so_far_mm)
                if not homes:
                    self.require_homed(name)
            so_far_mm += step
            homes = homes or homes_z(text)

    def _under_way(self) -> Iterator[Outgoing]:
        """The host's own commands that wait, and all that have no ok yet."""
        yield from self._core.own
        yield from (sent.line for sent in self._core.flight.lines)
