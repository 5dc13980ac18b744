"""What OctoPrint says that it is doing, asked for now: what it pushes comes half a second late, and
after a break not at all."""

from __future__ import annotations

from gbterm.backends.given import mapping
from gbterm.backends.octoprint.http import Http

JOB = "/api/job"
LOST = ("Offline", "Closed", "Error")
"""How its words for a closed port begin."""
IDLE = ("Operational", *LOST)
OPENING = ("Opening", "Detecting", "Connecting")


async def doing(http: Http) -> str:
    """Its own word for the state."""
    return str(mapping(await http.get(JOB)).get("state", ""))


async def prints(http: Http) -> bool:
    """Whether a print is under way, a paused one included."""
    return not (await doing(http)).startswith((*IDLE, *OPENING))
