"""A printer on an MQTT broker: how it is, retained, and what happens to it. Nothing is heard there.

A broker that is away holds up nothing: what waits for it is the latest state and a few events.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import aiomqtt

from gbterm.config import Mqtt
from gbterm.errors import GbtermError, LinkError
from gbterm.model import PrinterState
from gbterm.server import mqtt_login
from gbterm.server.home_assistant import discovery
from gbterm.server.mqtt_retained import Retained
from gbterm.server.mqtt_topics import OFFLINE, ONLINE, Topics, documents
from gbterm.server.mqtt_troubles import Troubles
from gbterm.server.occasions import AWAY_S, Occasion, Occasions

EVERY_S = 1.0
"""What changes is told no sooner."""
MOST_WAITING = 16
"""Events; with more, the oldest is left out."""
ANSWER_S, FAREWELL_S, KEEPALIVE_S = 10.0, 1.0, 30
_log = logging.getLogger(__name__)
_SILENT = logging.getLogger("gbterm.server.mqtt.packets")
"""All that goes wrong is said here, once and in a sentence."""
_SILENT.setLevel(logging.CRITICAL)


class MqttPublisher:
    """Tells the broker of `mqtt` about the printer called `name`."""

    def __init__(
        self,
        mqtt: Mqtt,
        name: str,
        path: Path,
        announce: Callable[[str], None],
        now: Callable[[], float],
    ) -> None:
        """In the file `path` is what the broker keeps. `announce` tells everybody that the broker
        can't be told; `now` never goes back. Blocks."""
        self._mqtt, self._name, self._now = mqtt, name, now
        self._port = mqtt_login.port(mqtt)
        self._topics = Topics(mqtt, name, mqtt_login.identity())
        self._retained = Retained(path, f"{mqtt.host}:{self._port}")
        told = f"told the MQTT broker {mqtt.host} of {self._topics.base}"
        self._broker = f"The MQTT broker {mqtt.host}:{self._port}"
        self._troubles = Troubles(self._broker, told, announce, now)
        self._state: PrinterState | None = None
        self._occasions = Occasions(None)
        self._events: deque[Occasion] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()
        self._began_at = now()

    def see(self, state: PrinterState, *, is_known: bool) -> None:
        """Look what changed. Never waits.

        Before the printer process was heard, nothing `is_known`: what a server that begins anew
        does not know yet is no absence.
        """
        self._troubles.look()
        if not is_known and self._now() - self._began_at < AWAY_S:
            return
        self._events += self._occasions.see(state, self._now())
        if state is not self._state or self._events:
            self._state = state
            self._wake.set()

    async def run(self) -> None:
        """Tell the broker until cancelled; one that is away is tried again for ever."""
        staying = asyncio.create_task(self._stay())
        try:
            await asyncio.wait((staying,))
            staying.result()
        finally:
            await _end(staying, again_s=2 * FAREWELL_S)

    async def _stay(self) -> NoReturn:
        while True:
            try:
                await self._connect()
                pause_s = self._troubles.ended()
            except GbtermError as error:
                pause_s = self._troubles.failed(str(error))
            await asyncio.sleep(pause_s)

    async def _connect(self) -> None:
        """Tell it until the connection breaks. Raises `LinkError` where there is none."""
        mqtt, topics = self._mqtt, self._topics
        is_in = False
        password = await asyncio.to_thread(mqtt_login.password, mqtt.password_file)
        try:
            async with aiomqtt.Client(
                mqtt.host,
                self._port,
                username=mqtt.user or None,
                password=password,
                identifier=topics.client,
                will=aiomqtt.Will(topics.status, OFFLINE, qos=1, retain=True),
                tls_context=await asyncio.to_thread(mqtt_login.tls, mqtt),
                timeout=ANSWER_S,
                keepalive=KEEPALIVE_S,
                logger=_SILENT,
            ) as client:
                is_in = True
                await self._converse(client)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            if not is_in:
                why = mqtt_login.why_not(error)
                raise LinkError(f"{self._broker} {why}.") from error

    async def _converse(self, client: aiomqtt.Client) -> None:
        """Until the connection breaks, or this is cancelled: then it is told that in order."""
        works = [asyncio.create_task(work) for work in (self._tell(client), _until_broken(client))]
        try:
            ended, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _end(*works)
            with suppress(aiomqtt.MqttError):
                await client.publish(
                    self._topics.status, OFFLINE, qos=1, retain=True, timeout=FAREWELL_S
                )
            raise
        await _end(*works)
        for work in ended:
            work.result()

    async def _tell(self, client: aiomqtt.Client) -> None:
        said: dict[str, str] = {}
        is_told = False
        if self._state is not None:
            self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            documents = self._documents()
            await self._note(client, documents)
            for topic, document in documents.items():
                text = json.dumps(document, separators=(",", ":"))
                if said.get(topic) != text:
                    await client.publish(topic, text, qos=1, retain=True)
                    said[topic] = text
            if not is_told:
                # Last: whoever sees it finds all that is retained as it is now.
                await client.publish(self._topics.status, ONLINE, qos=1, retain=True)
                self._troubles.began()
                is_told = True
            while self._events:
                occasion = self._events[0]
                event = json.dumps({"printer": self._name, **asdict(occasion)})
                await client.publish(self._topics.event, event, qos=1)
                if self._events and self._events[0] is occasion:
                    self._events.popleft()
            await asyncio.sleep(EVERY_S)

    async def _note(self, client: aiomqtt.Client, documents: Collection[str]) -> None:
        """Clear what an earlier server told under other names, and note what is told now.

        A heater that is not there now may be there later: its topics are kept.
        """
        known, has_discovery = self._retained.topics, self._mqtt.discovery
        kept = {one for one in known if self._topics.are_of(one, discovery=has_discovery)}
        for topic in sorted(known - kept):
            await client.publish(topic, None, qos=1, retain=True)
        await asyncio.to_thread(self._retained.note, kept | {*documents, self._topics.status})

    def _documents(self) -> dict[str, dict[str, Any]]:
        """All that is retained, by its topics."""
        state = self._state or PrinterState()
        own = {f"{self._topics.base}/{name}": told for name, told in documents(state).items()}
        if not self._mqtt.discovery:
            return own
        return own | discovery(state, self._topics, self._name)


async def _until_broken(client: aiomqtt.Client) -> None:
    """Nothing is subscribed to: what ends this is the end of the connection."""
    with suppress(aiomqtt.MqttError):
        async for _ in client.messages:
            pass


async def _end(*works: asyncio.Task[Any], again_s: float = 0.1) -> None:
    """Cancel them; again where the library lost it, as `wait_for` of Python 3.11 does."""
    waiting = {work for work in works if not work.done()}
    while waiting:
        for work in waiting:
            work.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=again_s)
    await asyncio.gather(*works, return_exceptions=True)
