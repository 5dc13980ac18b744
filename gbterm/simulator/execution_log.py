"""A file of what the board executed: one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path


class ExecutionLog:
    """Each line is in the file before the board answers the command."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def __call__(self, number: int | None, text: str, now: float, via: str | None) -> None:
        """Note one command that starts to run."""
        entry: dict[str, object] = {"n": number, "line": text, "t": round(now, 6)}
        if via is not None:
            entry["via"] = via
        self._file.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
