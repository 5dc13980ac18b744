"""What the Dashboard screen does."""

from __future__ import annotations

from gbterm.model import Phase
from tests.console.acts.act import Act
from tests.console.conftest import Console


async def a_closed_port(console: Console) -> None:
    """A printer that somebody disconnected."""
    await console.app.backend.disconnect_printer()
    await console.until(lambda: console.app.state.phase is Phase.DISCONNECTED)


ACTS = (
    Act("details", "Hours of use"),
    Act("connect_printer", "READY", before=a_closed_port),
    Act("disconnect_printer", "DISCONNECTED", ("x", "right", "enter")),
    Act("choose_port", "At which baud rate?", ("o", "1")),
)
