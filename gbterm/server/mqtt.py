"""A printer on an MQTT broker: how it is, retained, and what happens to it. Nothing is heard there.

A broker that is away holds up nothing: what waits for it is the latest state and a few events.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import aiomqtt

from gbterm.config import Mqtt
from gbterm.errors import GbtermError, LinkError
from gbterm.model import PrinterState
from gbterm.server.home_assistant import discovery
from gbterm.server.mqtt_topics import OFFLINE, ONLINE, Topics, documents
from gbterm.server.occasions import AWAY_S, Occasion, Occasions
from gbterm.text import scrub

EVERY_S = 1.0
"""What changes is told no sooner."""
MOST_WAITING = 16
"""Events; with more, the oldest is left out."""
PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""After failures in a row, until the broker is tried again."""
ANNOUNCED_AFTER = 3
"""Failures: a broker that is restarted is news to nobody."""
ANSWER_S, FAREWELL_S, KEEPALIVE_S = 10.0, 1.0, 30
PASSWORD_MOST, WHY_MOST = 1024, 200
_PORT, _TLS_PORT = 1883, 8883
_REFUSED = (4, 5, 134, 135)
"""A wrong user or password, or one that may not come in: of MQTT 3.1.1, section 3.2.2.3, and as
the library has them, of MQTT 5."""
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
        announce: Callable[[str], None],
        now: Callable[[], float],
    ) -> None:
        """`announce` tells everybody that the broker can't be told; `now` never goes back."""
        self._mqtt, self._name, self._announce, self._now = mqtt, name, announce, now
        self._topics = Topics(mqtt, name)
        self._state: PrinterState | None = None
        self._occasions = Occasions(None)
        self._events: deque[Occasion] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()
        self._began_at = now()
        self._is_connected = False
        self._failures, self._failure = 0, ""

    def see(self, state: PrinterState, *, is_known: bool) -> None:
        """Look what changed. Never waits.

        Before the printer process was heard, nothing `is_known`: what a server that begins anew
        does not know yet is no absence.
        """
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
            except GbtermError as error:
                self._is_connected = False
                self._fail(str(error))
            await asyncio.sleep(PAUSES_S[min(self._failures, len(PAUSES_S)) - 1])

    def _fail(self, sentence: str) -> None:
        self._failures += 1
        if sentence != self._failure:
            _log.warning("%s", sentence)
        self._failure = sentence
        if self._failures == ANNOUNCED_AFTER:
            self._announce(f"{sentence} Prints go on; only the server's log tells of it again.")

    async def _connect(self) -> NoReturn:
        """Tell it until the connection breaks. Raises `LinkError`."""
        mqtt, topics = self._mqtt, self._topics
        port = mqtt.port or (_TLS_PORT if mqtt.is_encrypted else _PORT)
        where = f"The MQTT broker {mqtt.host}:{port}"
        password = await asyncio.to_thread(_password, mqtt.password_file)
        try:
            async with aiomqtt.Client(
                mqtt.host,
                port,
                username=mqtt.user or None,
                password=password,
                identifier=topics.id,
                will=aiomqtt.Will(topics.status, OFFLINE, qos=1, retain=True),
                tls_context=await asyncio.to_thread(_tls, mqtt),
                timeout=ANSWER_S,
                keepalive=KEEPALIVE_S,
                logger=_SILENT,
            ) as client:
                await self._converse(client)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            why = "closed the connection" if self._is_connected else _why(error)
            raise LinkError(f"{where} {why}.") from error
        raise LinkError(f"{where} closed the connection.")

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
        if self._state is not None:
            self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            for topic, document in self._documents().items():
                text = json.dumps(document, separators=(",", ":"))
                if said.get(topic) != text:
                    await client.publish(topic, text, qos=1, retain=True)
                    said[topic] = text
            if not self._is_connected:
                # Last: whoever sees it finds all that is retained as it is now.
                await client.publish(self._topics.status, ONLINE, qos=1, retain=True)
                self._is_connected, self._failures, self._failure = True, 0, ""
                _log.info("told the MQTT broker %s of %s", self._mqtt.host, self._topics.base)
            while self._events:
                occasion = self._events[0]
                event = json.dumps({"printer": self._name, **asdict(occasion)})
                await client.publish(self._topics.event, event, qos=1)
                if self._events and self._events[0] is occasion:
                    self._events.popleft()
            await asyncio.sleep(EVERY_S)

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


def _password(path: str) -> str | None:
    """The first line of the file. Blocks. Raises `LinkError`."""
    if not path:
        return None
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.readline(PASSWORD_MOST).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise LinkError(f"The password of the MQTT broker can't be read from {path}: {why}.") from (
            error
        )


def _tls(mqtt: Mqtt) -> ssl.SSLContext | None:
    """Blocks. Raises `LinkError`."""
    if not mqtt.is_encrypted:
        return None
    try:
        return ssl.create_default_context(cafile=mqtt.tls_ca or None)
    except OSError as error:
        raise LinkError(f"{mqtt.tls_ca} holds no certificate of an authority.") from error


def _why(error: Exception) -> str:
    """What went wrong, as the end of a sentence."""
    code = getattr(error, "rc", None)
    if getattr(code, "value", code) in _REFUSED:
        return "refuses this user or password: correct mqtt.user and mqtt.password_file"
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "has a certificate that can't be trusted: name who vouches for it as mqtt.tls_ca"
    said = (cause.strerror if isinstance(cause, OSError) else "") or str(cause)
    return f"can't be reached: {scrub(said, WHY_MOST)}"
