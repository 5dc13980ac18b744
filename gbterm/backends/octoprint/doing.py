"""What OctoPrint says that it is doing, asked for now: what it pushes comes half a second late, and
after a break not at all."""

from __future__ import annotations

from gbterm.backends.given import mapping
from gbterm.backends.octoprint.http import Http
from gbterm.octoprint_requests import IDLE, JOB

OPENING = ("Opening", "Detecting", "Connecting")
CHANGING = ("Offline", *OPENING)
"""How its words for a port begin that is about to be open or closed. It calls one Offline that it
has not begun to open, or has not let go of: a connect is ignored there as where it is open."""
CLOSED = "Closed"
"""Its word for a port that it has let go of."""


async def doing(http: Http) -> str:
    """Its own word for the state."""
    return str(mapping(await http.get(JOB)).get("state", ""))


async def prints(http: Http) -> bool:
    """Whether a print is under way, a paused one included."""
    return not (await doing(http)).startswith((*IDLE, *OPENING))
