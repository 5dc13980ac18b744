"""The server's link to the printer process of its host."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from gbterm.backends.opengb.channel import open_lines
from gbterm.backends.opengb.peer import Peer
from gbterm.backends.opengb.replica import OnChange

WHO = "The printer process"


def printer_client(
    run_dir: Path,
    on_change: OnChange,
    *,
    on_lost: Callable[[], None],
    on_shutdown: Callable[[], None],
) -> Peer:
    """A peer on `printer.sock` in `run_dir`, not started yet.

    `on_lost` is called after each connection that ended or failed, `on_shutdown` when the printer
    process says that the host ends.
    """
    return Peer(
        partial(open_lines, run_dir / "printer.sock"),
        on_change,
        who=WHO,
        role="server",
        on_lost=on_lost,
        on_shutdown=on_shutdown,
        tells_all_lines=True,
    )
