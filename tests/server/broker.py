"""A real Mosquitto on a port of loopback, and somebody who listens to all that it is told."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiomqtt

from gbterm.config import Mqtt
from tests.ports import free_port

USER, PASSWORD = "ender", "pw-of-broker"
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin"


class Broker:
    """Mosquitto with a configuration of its own, which forgets all when it ends."""

    def __init__(self, root: Path, *, asks_password: bool = False, tls: str = "") -> None:
        self.root, self.port, self.tls = root, free_port(), tls
        self._process: subprocess.Popen[bytes] | None = None
        lines = [f"listener {self.port} 127.0.0.1", "user root", "log_type all"]
        if asks_password:
            passwords = root / "passwords"
            run = ["mosquitto_passwd", "-c", "-b", str(passwords), USER, PASSWORD]
            subprocess.run(run, check=True, capture_output=True, timeout=90)
            lines += [f"password_file {passwords}", "allow_anonymous false"]
        else:
            lines += ["allow_anonymous true"]
        if tls:
            lines += [f"certfile {tls}.pem", f"keyfile {tls}.key"]
        (root / "mosquitto.conf").write_text("\n".join((*lines, "")))

    def start(self) -> None:
        program = shutil.which("mosquitto", path=SBIN)
        assert program, "scripts/apt-packages installs mosquitto"
        with (self.root / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(self.root / "mosquitto.conf")], stdout=log, stderr=log
            )
        while True:
            assert self._process.poll() is None, (self.root / "mosquitto.log").read_text()
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)

    def stop(self) -> None:
        """By SIGKILL: its clients hear nothing but the end of their connections."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(90)
            self._process = None

    def config(self, **more: Any) -> Mqtt:
        return Mqtt("127.0.0.1", self.port, machine="bench", **more)


class Listener:
    """Hears everything, and knows what is retained: all but events."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self._looking: list[Callable[[], None]] = []

    def put(self, message: aiomqtt.Message) -> None:
        assert isinstance(message.payload, bytes)
        self.heard.append((str(message.topic), message.payload.decode()))
        for look in self._looking:
            look()

    def text(self, topic: str) -> str:
        """What was said there last; nothing before anything was."""
        return next((text for heard, text in reversed(self.heard) if heard.endswith(topic)), "")

    def document(self, topic: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text(topic) or "{}")
        return found

    def ends(self, end: str) -> set[str]:
        """The topics of something that was said, by their end."""
        return {topic for topic, _ in self.heard if topic.endswith(end)}

    def retained(self) -> set[str]:
        """Topics of which the last that was said is kept; nothing clears it."""
        last = dict(self.heard)
        return {topic for topic, text in last.items() if text and not topic.endswith("/event")}

    def has_heard(self, words: str) -> bool:
        return any(words in text for _, text in self.heard)

    def is_online(self, base: str) -> bool:
        """Whether the printer of the topics below `base` is said to be."""
        return self.text(f"{base}/status") == "online"

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait for `condition`, be it true for a moment; the test's own timeout ends a wait that
        is in vain."""
        reached = asyncio.Event()

        def look() -> None:
            if condition():
                reached.set()

        self._looking.append(look)
        look()
        await reached.wait()
        self._looking.remove(look)


@asynccontextmanager
async def listening(broker: Broker, **login: Any) -> AsyncIterator[Listener]:
    """A subscriber to all topics."""
    listener = Listener()
    async with aiomqtt.Client("127.0.0.1", broker.port, **login) as client:
        await client.subscribe("#", qos=1)

        async def hear() -> None:
            async for message in client.messages:
                listener.put(message)

        hearing = asyncio.create_task(hear())
        try:
            yield listener
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
