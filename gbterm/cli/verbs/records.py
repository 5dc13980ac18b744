"""Files of the library as JSON."""

from __future__ import annotations

import json
from typing import Any

from gbterm import wire
from gbterm.cli.verbs.verb import Answer
from gbterm.files import GcodeFile


def record(file: GcodeFile) -> dict[str, Any]:
    """All that is known of a file but its picture, and its `path`."""
    told = {"path": file.path} | dict(wire.to_json(file))
    del told["thumbnail_png_base64"]
    return told


def as_json(told: Any) -> Answer:
    """What is JSON with --json and without."""
    return Answer(tuple(json.dumps(told, indent=2).splitlines()), told)
