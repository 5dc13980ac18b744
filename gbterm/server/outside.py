"""Those who watch without being clients: the network, Prometheus, an MQTT broker.

Each as it is configured; what is not configured is not even loaded. None of them can end the
server, let alone a print.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gbterm.backends.opengb.peer import Peer
from gbterm.server import access
from gbterm.server.announcement import Announcement
from gbterm.server.counters import Counters
from gbterm.server.doors import Doors
from gbterm.server.extras import how_to_get
from gbterm.server.hub import Hub
from gbterm.server.job_store import JobStore
from gbterm.server.options import Options

if TYPE_CHECKING:
    from gbterm.server.mqtt import MqttPublisher

AGAIN_S = 60.0
"""Until what failed inside gbterm is begun anew."""
_log = logging.getLogger(__name__)


class Outside:
    """Tells them of `printer`; `announce` tells everybody that one of them can't be told."""

    def __init__(
        self,
        options: Options,
        printer: Peer,
        hub: Hub,
        counters: Counters,
        prints: JobStore,
        announce: Callable[[str], None],
    ) -> None:
        self._options, self._printer, self._hub = options, printer, hub
        self._counters, self._prints, self._announce = counters, prints, announce
        self._mqtt: MqttPublisher | None = None
        self._unsaid: list[str] = []

    def see(self) -> None:
        """Look what changed. Never waits."""
        if self._printer.is_known:
            # What is announced before is lost with the first that is heard of the printer.
            unsaid, self._unsaid = self._unsaid, []
            for sentence in unsaid:
                self._announce(sentence)
        if self._mqtt is not None:
            self._mqtt.see(self._printer.state, is_known=self._printer.is_known)

    async def run(self, doors: Doors) -> None:
        """Tell them until cancelled."""
        watching, works = self._options.watching, {}
        if watching.mdns.announce:
            announcement = Announcement(self._options.name, watching.mdns, doors)
            works["the announcement on the network"] = announcement.run
        if watching.metrics.listen:
            works["metrics"] = self._serve_metrics
        if watching.mqtt.host:
            works["mqtt"] = self._tell_broker
        async with asyncio.TaskGroup() as group:
            for name, work in works.items():
                group.create_task(self._keep(name, work))

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await work()
            except Exception:  # noqa: BLE001 - one that fails must not end the others
                _log.exception("%s", name)
            await asyncio.sleep(AGAIN_S)

    async def _serve_metrics(self) -> None:
        if not await self._load("gbterm.server.metrics_page", "Metrics", "metrics"):
            return
        from gbterm.server.metrics_page import MetricsPage

        page = MetricsPage(
            *(self._printer, self._counters, self._prints, self._hub),
            allowed=access.allowed(self._options.rules.allowed),
            now=self._options.now,
        )
        await page.run(*self._options.watching.metrics.address, self._say)

    async def _tell_broker(self) -> None:
        if not await self._load("gbterm.server.mqtt", "MQTT", "mqtt"):
            return
        from gbterm.server.mqtt import MqttPublisher

        options = self._options
        path = options.library_dir / f"mqtt/{options.run_dir.name}.json"
        self._mqtt = await asyncio.to_thread(
            MqttPublisher, options.watching.mqtt, options.name, path, self._say, options.now
        )
        self.see()
        await self._mqtt.run()

    async def _load(self, module: str, what: str, extra: str) -> bool:
        """Whether all that `module` needs is installed. Not on the loop: it takes a while."""
        try:
            await asyncio.to_thread(importlib.import_module, module)
        except ImportError as error:
            sentence = f"{what} needs the package {error.name}: {how_to_get(extra)}."
            _log.warning("%s", sentence)
            self._say(sentence)
            return False
        return True

    def _say(self, sentence: str) -> None:
        self._unsaid.append(sentence)
        self.see()
