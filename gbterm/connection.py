"""How a printer is reached: by what its server drives it, what that knows of it, what broke."""

from __future__ import annotations

from dataclasses import dataclass

AUTO_PORT, AUTO_BAUD = "AUTO", 0
"""Leave it to a server to find them."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt that comes next, or is under way, while a connection is broken."""

    attempt: int
    """Counted from 1 since the connection broke."""
    at: float
    """When it begins or began, by the clock of the backend."""


@dataclass(frozen=True, slots=True)
class ConnectionChoice:
    """A port by its name, a baud rate and the id of a profile; None leaves it to the server."""

    port: str | None = None
    baud: int | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """What a server offers to choose from; `profiles` maps ids to names.

    AUTO_PORT and AUTO_BAUD may be among them.
    """

    ports: tuple[str, ...] = ()
    baud_rates: tuple[int, ...] = ()
    profiles: dict[str, str] | None = None
    present: ConnectionChoice = ConnectionChoice()
    """What it is connected by, or would be."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A printer as its server's profile has it; lengths in mm, feed rates in mm/s.

    `feed_max_mm_s` is by axis, `x` `y` `z` `e`.
    """

    name: str = ""
    model: str = ""
    size_mm: tuple[float, float, float] | None = None
    nozzles: int = 1
    heated_bed: bool = True
    heated_chamber: bool = False
    feed_max_mm_s: dict[str, float] | None = None
