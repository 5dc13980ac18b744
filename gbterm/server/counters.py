"""OpenGB's twelve counters: minutes of use, added up over every process and restart.

The printer process counts seconds since its start (`host/usage.py`). What it had when it was last
asked is stored beside the totals in one file, so that each second counts once, whichever of the two
processes ends in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from pathlib import Path
from typing import Any

from gbterm import whole_file
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import GbtermError
from gbterm.host.usage import NAMES, PRINTER

COLLECT_EVERY_S = 30.0
_log = logging.getLogger(__name__)


class Totals:
    """Seconds of use in the file `path`. Its methods block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._instance, self._collected, self._seconds = self._read()

    def add(self, instance: str, seconds: dict[str, float]) -> None:
        """The process `instance` has used so much since it began. Raises `OSError`."""
        if instance != self._instance:
            self._instance, self._collected = instance, {}
        for name in NAMES:
            used = float(seconds.get(name, 0.0))
            self._seconds[name] += max(0.0, used - self._collected.get(name, 0.0))
            self._collected[name] = used
        self._write()

    @property
    def seconds(self) -> dict[str, float]:
        """By the names of `host.usage`."""
        return dict(self._seconds)

    def minutes(self) -> dict[str, int]:
        """The twelve counters by OpenGB's names, in whole minutes."""
        minutes = {f"{name}_mins": int(self._seconds[name] / 60) for name in NAMES}
        session = int(self._collected.get(PRINTER, 0.0) / 60)
        return {**minutes, f"{PRINTER}_mins_session": session}

    def _read(self) -> tuple[str, dict[str, float], dict[str, float]]:
        blank = dict.fromkeys(NAMES, 0.0)
        try:
            stored = json.loads(self._path.read_bytes())
            collected = {name: float(stored["collected"].get(name, 0.0)) for name in NAMES}
            seconds = {name: float(stored["seconds"].get(name, 0.0)) for name in NAMES}
        except FileNotFoundError:
            return "", {}, blank
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            _log.warning("the counters begin anew, since %s can't be read: %s", self._path, error)
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_suffix(".damaged"))
            return "", {}, blank
        return str(stored.get("instance", "")), collected, seconds

    def _write(self) -> None:
        state = {"instance": self._instance, "collected": self._collected}
        whole_file.write(self._path, json.dumps({**state, "seconds": self._seconds}))


class Counters:
    """Collects from the printer process now and then, and whenever somebody asks."""

    def __init__(self, printer: Peer, path: Path) -> None:
        self._printer, self._path = printer, path
        self._totals: Totals | None = None
        self._turn, self._reading = asyncio.Lock(), asyncio.Lock()
        self._failure = ""

    async def collect(self) -> Totals:
        """The totals, with the latest of the printer process where it can be reached."""
        async with self._turn:
            totals = await self._loaded()
            failure = ""
            try:
                used: dict[str, Any] = await self._printer.call("get_usage")
                await asyncio.to_thread(totals.add, str(used["instance"]), dict(used["seconds"]))
            except OSError as error:
                failure = f"the counters can't be stored: {error}"
            except (GbtermError, LookupError, TypeError, ValueError):
                pass  # The printer process is gone or older: what it counted comes later, or never.
            if failure not in ("", self._failure):
                _log.warning("%s", failure)
            self._failure = failure
            return totals

    async def seconds(self) -> dict[str, float]:
        """The totals as they were collected last; waits for nobody who collects."""
        return (await self._loaded()).seconds

    async def run(self) -> None:
        """Collect until cancelled."""
        while True:
            await asyncio.sleep(COLLECT_EVERY_S)
            await self.collect()

    async def _loaded(self) -> Totals:
        async with self._reading:
            if self._totals is None:
                self._totals = await asyncio.to_thread(Totals, self._path)
            return self._totals
