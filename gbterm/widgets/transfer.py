"""Something with a file that takes a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from gbterm.text import scrub
from gbterm.widgets.progress import bar

_GAP = "  "


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
    keys: reactive[tuple[str, ...]] = reactive(())
    """Those that the bottom line doesn't name."""
    room: reactive[tuple[str, ...]] = reactive((), layout=True)
    """Those that there is room for: a list that one goes through must not jump."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as all keys take."""
        del container, viewport
        return max(1, len(_rows(self.room, width)))

    def render(self) -> Content:
        """One line, or the rows of the keys."""
        transfer, width = self.transfer, self.content_size.width
        if transfer is None:
            return Content("\n".join(_rows(self.keys, width)))
        if not transfer.total:
            return Content(f"{scrub(transfer.what)} ...").truncate(width, ellipsis=True)
        fraction = min(1.0, transfer.done / transfer.total)
        name = Content(f"{scrub(transfer.what)} ").truncate(width // 2, ellipsis=True)
        return Content.assemble(
            name, bar(fraction, width - name.cell_length - 6), f" {int(fraction * 100):>3} %"
        )


def _rows(keys: Sequence[str], width: int) -> list[str]:
    """The keys in as few rows as hold them, none parted from what it does."""
    rows: list[str] = []
    for key in keys:
        if rows and len(rows[-1]) + len(_GAP) + len(key) <= width:
            rows[-1] += _GAP + key
        else:
            rows.append(key)
    return rows
