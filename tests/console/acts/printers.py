"""What the Printers screen does."""

from __future__ import annotations

from tests.console.acts.act import Act
from tests.console.conftest import Console, configure

ATTIC = '[printer.attic]\nurl = "ws://127.0.0.1:1/ws"\n'


async def one_configured(console: Console) -> None:
    """A printer in the configuration, seen and selected."""
    configure(ATTIC)
    await console.press("f8")
    await console.shows("attic ws://127.0.0.1:1/ws No server answers")


async def two_configured(console: Console) -> None:
    """Another one, so that none is the default."""
    await one_configured(console)
    configure(f'{ATTIC}[printer.cellar]\nurl = "ws://127.0.0.1:2/ws"\n')
    await console.press("r")
    await console.shows("cellar no answer")


async def one_that_came(console: Console) -> None:
    """One that was added after somebody looked."""
    await one_configured(console)
    configure(ATTIC.replace("attic", "shed"))


async def looked(console: Console) -> None:
    """Somebody has looked."""
    await console.press("f8")
    await console.shows("Name Now Nozzle Bed Done Left")


def is_out(console: Console) -> bool:
    """The user is told that it is done."""
    return any("attic is out of" in notice for notice in console.notices)


ACTS: tuple[Act, ...] = (
    Act("connect", "No server answers at ws://127.0.0.1:1/ws.", before=one_configured),
    Act(
        "add_printer",
        "shed no answer",
        ("n", *"shed", "down", *"ws://127.0.0.1:3", "enter"),
        looked,
    ),
    Act(
        "edit_printer",
        "attic ws://127.0.0.1:4",
        ("e", *"ws://127.0.0.1:4", "enter"),
        one_configured,
    ),
    Act("default_printer", "It is the one that is meant", before=two_configured),
    Act("remove_printer", is_out, ("x", "right", "enter"), one_configured),
    Act("stop_selected", "attic NOT CONFIRMED: CUT THE POWER", before=one_configured),
    Act("look_again", "shed no answer", before=one_that_came),
)
