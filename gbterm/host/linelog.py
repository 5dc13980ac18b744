"""The numbers of the lines that the host sent of its own, beside those of the job."""

from __future__ import annotations

import json
import queue
import threading
from pathlib import Path

LARGEST = 4 << 20
"""Bytes; then the log begins anew and the one before is kept beside it."""


class LineLog:
    """Appends `{"n": number, "line": text}` for each; a thread does the writing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="line-log", daemon=True)
        self._thread.start()

    def put(self, number: int, text: bytes) -> None:
        """Log a line that the board took; returns at once."""
        self._lines.put((number, text))

    def close(self) -> None:
        """Write what is left."""
        self._lines.put(None)
        self._thread.join(5.0)

    def _run(self) -> None:
        while (first := self._lines.get()) is not None:
            text = _json(*first)
            while not self._lines.empty():
                line = self._lines.get()
                if line is None:
                    self._write(text)
                    return
                text += _json(*line)
            self._write(text)

    def _write(self, text: str) -> None:
        try:
            if self._path.exists() and self._path.stat().st_size > LARGEST:
                self._path.replace(self._path.with_suffix(".old"))
            with self._path.open("a") as file:
                file.write(text)
        except OSError:
            # A full disk must not end a print, and the log is not needed to go on.
            return


def _json(number: int, text: bytes) -> str:
    return json.dumps({"n": number, "line": text.decode("utf-8", "replace")}) + "\n"
