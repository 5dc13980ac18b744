"""What the Dashboard screen does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.model import Phase
from tests.console.acts.act import Act
from tests.console.conftest import Console


async def a_closed_port(console: Console) -> None:
    """A printer that somebody disconnected."""
    await console.app.backend.disconnect_printer()
    await console.until(lambda: console.app.state.phase is Phase.DISCONNECTED)


def detailed(console: Console) -> bool:
    """What its server knows of it is shown."""
    counts = Capability.COUNTERS in console.app.backend.capabilities
    return ("Hours of use" if counts else "Has 2 nozzles, heated bed") in console.words


ACTS = (
    Act("details", detailed),
    Act("connect_printer", "READY", before=a_closed_port),
    Act("disconnect_printer", "DISCONNECTED", ("x", "right", "enter")),
    Act("choose_port", "At which baud rate?", ("o", "1")),
)
