"""A file of what the board executed: one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic

FLUSH_EVERY = 0.2


class ExecutionLog:
    """Buffered; the file is complete after at most 0.2 s and at the end."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._flushed = monotonic()
        self._dirty = False

    def __call__(self, number: int | None, text: str, now: float, via: str | None) -> None:
        """Note one command that starts to run."""
        entry: dict[str, object] = {"n": number, "line": text, "t": round(now, 6)}
        if via is not None:
            entry["via"] = via
        self._file.write(json.dumps(entry) + "\n")
        self._dirty = True

    def flush(self) -> None:
        """Write the buffer out if it has waited long enough."""
        if self._dirty and monotonic() - self._flushed >= FLUSH_EVERY:
            self._file.flush()
            self._flushed = monotonic()
            self._dirty = False

    @property
    def pending(self) -> bool:
        """Whether flush has to be called again."""
        return self._dirty

    def close(self) -> None:
        """Write all and close."""
        self._file.close()
