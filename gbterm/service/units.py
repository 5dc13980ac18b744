"""The units of the service, as they are shipped and as they are for one machine or user."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SHIPPED = Path(__file__).parent
ROLES = ("printer", "server")
PROGRAM, USER = "/usr/bin/gbterm", "gbterm"
"""As they stand in the units that are shipped."""
_OF_THE_SYSTEM = "# What only the manager of the system can give.\n"
_INSTALL = "[Install]\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the units are to run: the words that call gbterm, as root or as one user's own.

    `sees_homes` is whether they must reach something below /home or /root, as their program.
    """

    program: str = PROGRAM
    user: str = USER
    is_users_own: bool = False
    sees_homes: bool = False


def unit(role: str, name: str = "") -> str:
    """The unit of the process `role` of the printer `name`; without one, that of all of them."""
    return f"gbterm-{role}@{name}.service"


def texts(place: Place) -> dict[str, str]:
    """The units by the names of their files."""
    return {unit(role): _text(unit(role), place) for role in ROLES}


def _text(name: str, place: Place) -> str:
    text = (SHIPPED / name).read_text(encoding="utf-8")
    text = text.replace(f"={PROGRAM} ", f"={place.program} ")
    if place.is_users_own:
        before, install = text.split(_OF_THE_SYSTEM)[0], text.split(_INSTALL)[1]
        install = install.replace("multi-user.target", "default.target")
        return f"{before}{_INSTALL}{install}"
    if place.sees_homes:
        text = text.replace("ProtectHome=yes", "ProtectHome=read-only")
    return text.replace(f"User={USER}\n", f"User={place.user}\n")
