"""The server's link to the printer process of its host."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from gbterm.backends.opengb.channel import Open, open_lines
from gbterm.backends.opengb.peer import Peer
from gbterm.backends.opengb.replica import OnChange

WHO = "The printer process"


def printer_channel(run_dir: Path) -> Open:
    """What connects to `printer.sock` in `run_dir`."""
    return partial(open_lines, run_dir / "printer.sock")


def printer_client(
    open_channel: Open,
    on_change: OnChange,
    *,
    on_lost: Callable[[], None],
    on_shutdown: Callable[[], None],
) -> Peer:
    """A peer over what `open_channel` opens, not started yet.

    `on_lost` is called after each connection that ended or failed, `on_shutdown` when the printer
    process says that the host ends.
    """
    return Peer(
        open_channel,
        on_change,
        who=WHO,
        role="server",
        on_lost=on_lost,
        on_shutdown=on_shutdown,
        tells_all_lines=True,
    )
