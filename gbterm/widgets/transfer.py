"""Something with a file that takes a while."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from gbterm.text import scrub
from gbterm.widgets.progress import bar


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes done and in all; `total` is 0 where there is nothing to count (yet)."""

    what: str
    """`Uploading box.gcode`."""
    done: int = 0
    total: int = 0


class TransferLine(Widget):
    """What is done, and once it is counted a bar and the percent; keys while nothing is."""

    transfer: reactive[Transfer | None] = reactive(None)
    keys: reactive[str] = reactive("")
    """Those that the bottom line doesn't name."""

    def render(self) -> Content:
        """One line."""
        transfer, width = self.transfer, self.content_size.width
        if transfer is None:
            return Content(self.keys).truncate(width, ellipsis=True)
        if not transfer.total:
            return Content(f"{scrub(transfer.what)} ...").truncate(width, ellipsis=True)
        fraction = min(1.0, transfer.done / transfer.total)
        name = Content(f"{scrub(transfer.what)} ").truncate(width // 2, ellipsis=True)
        return Content.assemble(
            name, bar(fraction, width - name.cell_length - 6), f" {int(fraction * 100):>3} %"
        )
