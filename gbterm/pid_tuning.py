"""The tuning of a heater: what a board found out, beside what it goes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gbterm.temperatures import spoken

CYCLES, FEWEST, MOST = 5, 3, 12
"""How often a board swings about the target, as Marlin has it, which says nothing below three."""


@dataclass(frozen=True, slots=True)
class Gain:
    """One of P, I and D: by its name among the board's settings, as the board writes it."""

    setting: str
    before: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class PidTuning:
    """The last tuning of a printer, or the one under way."""

    heater: str = ""
    """By its name on the wire; empty where none was tuned."""
    target: float = 0.0
    """°C."""
    cycles: int = CYCLES
    state: str = "none"
    """`none`, `running`, `done`, `failed` or `stopped`."""
    swings: int = 0
    """How many are over."""
    gains: tuple[Gain, ...] = ()
    why: str = ""
    """What failed, in a sentence."""

    @property
    def is_running(self) -> bool:
        """Whether the board is in the middle of it."""
        return self.state == "running"

    @property
    def changes(self) -> dict[str, str]:
        """The board's settings that make it go by what was found; none before it is done."""
        if self.state != "done":
            return {}
        return {gain.setting: gain.found for gain in self.gains}

    @property
    def head(self) -> str:
        """What became of it, in a sentence."""
        what = f"{spoken(self.heater)} at {self.target:g} °C"
        match self.state:
            case "none":
                return "No heater was tuned since the host of the printer was started."
            case "running":
                return f"{what}: swing {min(self.swings + 1, self.cycles)} of {self.cycles}."
            case "done":
                return f"{what} is tuned; nothing was changed by that."
            case "failed":
                return self.why
        return (
            f"The tuning of {spoken(self.heater, begins=False)} was stopped; nothing was changed."
        )

    @property
    def words(self) -> Iterator[str]:
        """All of it, line by line."""
        yield self.head
        if self.state == "done":
            yield from self.rows

    @property
    def rows(self) -> Iterator[str]:
        """Each value, old and new."""
        widths = [max(len(gain.setting) for gain in self.gains)] if self.gains else [0]
        for gain in self.gains:
            found = f"  found {gain.found}" if gain.found else ""
            yield f"{gain.setting:<{widths[0]}}  now {gain.before}{found}"

    def with_found(self, found: dict[str, str]) -> PidTuning:
        """It with new values by their letters `P`, `I` and `D`."""
        gains = (replace(gain, found=found.get(gain.setting[-1], "")) for gain in self.gains)
        return replace(self, gains=tuple(gains))
