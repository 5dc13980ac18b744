"""What a broker keeps of a printer, remembered in a file: what got another name is cleared there.

A broker keeps what is retained until it is told an empty message in its place. Nothing is heard
from it, so what was told by other servers before this one is known from here alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from pathlib import Path

from gbterm import whole_file

_log = logging.getLogger(__name__)


class Retained:
    """The topics that the broker at `where` keeps, in the file `path`. Its methods block."""

    def __init__(self, path: Path, where: str) -> None:
        """What another broker keeps is forgotten with the first that is noted."""
        self._path, self._where = path, where
        self._topics = self._read()

    @property
    def topics(self) -> frozenset[str]:
        """All that are known of."""
        return self._topics

    def note(self, topics: Collection[str]) -> None:
        """From now on it keeps these. Where the file can't be written that is logged."""
        told = frozenset(topics)
        if told == self._topics:
            return
        self._topics = told
        document = {"broker": self._where, "topics": sorted(told)}
        try:
            whole_file.write(self._path, json.dumps(document))
        except OSError as error:
            _log.warning("what the MQTT broker keeps can't be noted: %s", error)

    def _read(self) -> frozenset[str]:
        try:
            stored = json.loads(self._path.read_bytes())
            topics = frozenset(map(str, stored["topics"]))
            return topics if stored["broker"] == self._where else frozenset()
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, TypeError, KeyError) as error:
            _log.warning("what the MQTT broker keeps is not known: %s: %s", self._path, error)
            return frozenset()
