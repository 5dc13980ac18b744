"""What has been: the prints that have ended, and who did what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gbterm.audit import Question
from gbterm.plain.command import Command, Desk
from gbterm.widgets.words import duration

MOST = 10


async def _history(desk: Desk, text: str) -> Sequence[str]:
    records = await desk.backend.history(most=MOST, search=text)
    lines = [
        f"{r.name}, {r.outcome}, {int(r.fraction * 100)} % in {duration(r.printed_s)}"
        + (f": {r.reason}" if r.reason else "")
        for r in records
    ]
    return lines or ["No print has ended yet." if not text else f"No print is called {text}."]


async def _actions(desk: Desk, text: str) -> Sequence[str]:
    entries = await desk.backend.audit_trail(Question(search=text), MOST)
    lines = [
        f"{datetime.fromtimestamp(e.at).astimezone():%Y-%m-%d %H:%M}, {e.who}: {e.what}"
        + (f", {e.outcome}: {e.reason}" if e.reason else "")
        for e in entries
    ]
    return lines or ["Nothing was done yet." if not text else f"No action has {text} in it."]


COMMANDS = (
    Command("history", _history, "tell the last prints that have ended", "[WORD]"),
    Command("actions", _actions, "tell who did what, the last ones first", "[WORD]"),
)
