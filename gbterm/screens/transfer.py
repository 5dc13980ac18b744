"""Something with a file that takes a while, shown on the screen that began it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.message import Message
from textual.reactive import var

from gbterm.screens.base import Call
from gbterm.screens.frame import PrinterScreen
from gbterm.widgets.transfer import Transfer


@dataclass
class TransferProgressed(Message):
    """Part of a file is there, in bytes; only the latest matters."""

    done: int
    total: int

    def can_replace(self, message: Message) -> bool:
        """A flood collapses into one."""
        return isinstance(message, TransferProgressed)


class TransferScreen(PrinterScreen):
    """Knows what is under way; there is only one such at a time."""

    transfer: var[Transfer | None] = var(None)

    async def during(self, what: str, call: Call) -> None:
        """Show `what` for as long as `call` takes."""
        self._show(Transfer(what))
        try:
            await call()
        finally:
            self._show(None)

    def progressed(self, done: int, total: int) -> None:
        """What a backend calls."""
        self.post_message(TransferProgressed(done, total))

    def on_transfer_progressed(self, event: TransferProgressed) -> None:
        """Show it, unless it came after the end."""
        if self.transfer is not None:
            self.transfer = replace(self.transfer, done=event.done, total=event.total)

    def _show(self, transfer: Transfer | None) -> None:
        self.transfer = transfer
        self.app.under_way = transfer.what if transfer else ""
        self.update_possible()
