"""A board's settings with what is stored of them, and copies of them: what is true of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gbterm.firmware_settings import Listing, read

KNOWN: Final = "known"
UNKNOWN: Final = "unknown"
NOTHING: Final = "nothing"
ABSENT: Final = "absent"


@dataclass(frozen=True, slots=True)
class BoardSetting:
    """One number that the board goes by."""

    name: str
    """`M92 E`, `M301 E0 P`."""
    value: str
    """As the board writes it."""
    stored: str | None = None
    """What it will be after a restart; None where that is not known, or nothing."""
    heading: str = ""

    @property
    def differs(self) -> bool:
        """Whether another value is stored."""
        return self.stored is not None and self.stored != self.value


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """All that a board listed."""

    settings: tuple[BoardSetting, ...]
    commands: tuple[str, ...]
    """Which make a board go by them."""
    stored: str
    """`known`, `unknown`, `nothing` (that it can read), or `absent` (it stores none)."""
    why: str = ""
    """A sentence, unless it is known."""
    unknown: tuple[str, ...] = ()
    """Lines of the listing that are no settings."""

    @property
    def differing(self) -> tuple[BoardSetting, ...]:
        """Those of which another value is stored."""
        return tuple(setting for setting in self.settings if setting.differs)


def told(listing: Listing, stored: Listing | None, state: str, why: str) -> BoardSettings:
    """What a board listed, with what is known of what it stores."""
    kept = {} if stored is None else {s.key: s.value for s in stored.settings}
    return BoardSettings(
        tuple(BoardSetting(s.key, s.value, kept.get(s.key), s.heading) for s in listing.settings),
        tuple(entry.command() for entry in listing.entries),
        state,
        why,
        listing.unknown,
    )


@dataclass(frozen=True, slots=True)
class SettingsCopy:
    """Settings of a printer that were saved under a name."""

    name: str
    saved_at: float
    """Unix time."""
    settings: int
    """How many there are."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that is not what a copy has; None where the board or the copy hasn't got it."""

    name: str
    value: str | None
    copied: str | None
    heading: str = ""


def differences(active: BoardSettings, copied: Sequence[str]) -> tuple[Difference, ...]:
    """Where the active settings differ from the commands of a copy, in the board's order."""
    there = {setting.key: setting for setting in read(copied).settings}
    found = []
    for setting in active.settings:
        copy = there.pop(setting.name, None)
        if copy is None or not same(setting.value, copy.value):
            value = None if copy is None else copy.value
            found.append(Difference(setting.name, setting.value, value, setting.heading))
    return (*found, *(Difference(name, None, s.value, s.heading) for name, s in there.items()))


def same(one: str, other: str) -> bool:
    """Whether two numbers are one, however they are written."""
    return float(one) == float(other)


def changes(found: Iterable[Difference]) -> dict[str, str]:
    """What makes the board go by the copy, as far as it has these settings."""
    return {d.name: d.copied for d in found if d.value is not None and d.copied is not None}
