"""Looking for printers: configured, running here, plugged in, on the network."""

from __future__ import annotations

import asyncio
from functools import partial

from textual import work

from gbterm import config_file
from gbterm.beside import beside
from gbterm.config import Config
from gbterm.discovery.servers import FoundServer, ServerSearch
from gbterm.errors import ConfigError, LinkError
from gbterm.screens.printer_list import PrinterList

LOOK_EVERY_S = 3.0
SOONEST_S = 0.2
"""How often rows are drawn again where the terminal sets no pace."""


class PrinterSearch(PrinterList):
    """A list that is looked up anew while somebody sees it."""

    def __init__(self) -> None:
        super().__init__()
        self._servers: tuple[FoundServer, ...] = ()
        self._searching: asyncio.Task[None] | None = None
        self._searches: set[asyncio.Task[None]] = set()
        """With those that are ending."""

    def on_mount(self) -> None:
        """Look every now and then while somebody sees it."""
        super().on_mount()
        self._while_seen = (
            self.set_interval(LOOK_EVERY_S, self.look, pause=True),
            self.set_interval(
                max(self.app.terminal.readings_s, SOONEST_S), self.show_news, pause=True
            ),
        )

    def on_screen_resume(self) -> None:
        """It is seen: look, also on the network."""
        self.action_look_again()
        for timer in self._while_seen:
            timer.resume()

    def on_screen_suspend(self) -> None:
        """It is seen no more."""
        for timer in self._while_seen:
            timer.pause()
        self._end_search()

    async def on_unmount(self) -> None:
        """Leave nothing behind on the network."""
        self._end_search()
        if self._searches:
            await asyncio.wait(self._searches)  # which, cancelled, leaves them to end in order

    def action_look_again(self) -> None:
        """Begin the search anew."""
        self._end_search()
        self._servers = ()
        self.app.others.try_again()
        self.look()
        self._searching = asyncio.create_task(self._search())
        self._searches.add(self._searching)
        self._searching.add_done_callback(self._searches.discard)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look(self) -> None:
        """See what there is now."""
        config, trouble = Config(), ""
        try:
            config = await beside(config_file.load)
        except ConfigError as error:
            trouble = str(error)
        found = await beside(partial(self.app.elsewhere.survey, config, self._servers))
        self.found = self.app.others.follow(found, self.app.backend)
        if trouble or not self.trouble.startswith("Servers"):
            self.trouble = trouble

    async def _search(self) -> None:
        """Look for servers on the network until it is cancelled."""
        try:
            mdns = (await beside(config_file.load)).mdns
        except ConfigError:
            return  # it is said already, and what it says of the network isn't known
        if not mdns.search:
            return
        search = ServerSearch(self._heard, mdns.interfaces)
        try:
            await search.start()
            await asyncio.Event().wait()
        except LinkError as error:
            self.trouble = str(error)
        finally:
            await search.close()

    def _heard(self, servers: tuple[FoundServer, ...]) -> None:
        self._servers = servers
        self.look()

    def _end_search(self) -> None:
        searching, self._searching = self._searching, None
        if searching is not None:  # once: a second time would keep it from ending in order
            searching.cancel()
