"""What can be looked back on: the prints of the past, and who did what; a row of each, and more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from gbterm.audit import AuditEntry, Question
from gbterm.backends.base import Backend
from gbterm.jobs import JobRecord
from gbterm.text import scrub
from gbterm.widgets.stream_words import moment
from gbterm.widgets.words import clock, counted, duration


@dataclass(frozen=True, slots=True)
class Past:
    """One kind of it; a row is said shorter where there is no room for the date."""

    title: str
    what: str
    """What is typed to be searched for."""
    nothing: str
    ask: Callable[[str, Any], Awaitable[list[Any]]]
    """Those with a text in them, of those before the one that is given, or the newest."""
    row: Callable[[Any, bool], Content]
    more: Callable[[Any], str]


def prints(backend: Backend) -> Past:
    """Those that have ended."""

    def ask(text: str, last: JobRecord | None) -> Awaitable[list[JobRecord]]:
        return backend.history(search=text, before=last.id if last else None)

    what = "part of a name, a reason or who started it"
    return Past("Prints of the past", what, "No print ended yet.", ask, _print, _more_of_print)


def actions(backend: Backend) -> Past:
    """Who did what."""

    def ask(text: str, last: AuditEntry | None) -> Awaitable[list[AuditEntry]]:
        return backend.audit_trail(Question(search=text, before=last.number if last else None))

    what = "part of a name, of what was done or of a reason"
    return Past("Who did what", what, "Nobody did anything yet.", ask, _action, _more_of_action)


def _print(record: JobRecord, dated: bool) -> Content:
    return Content.assemble(
        f"{_ended(record):<16}  " if dated else "",
        (f"{scrub(record.outcome):<10}", "bold"),
        scrub(record.name),
    )


def _ended(record: JobRecord) -> str:
    at = record.ended_at or record.started_at
    return moment(at) if at else "---"


def _more_of_print(record: JobRecord) -> str:
    took = f"printed for {duration(record.printed_s)}"
    if record.estimate_s:
        took += f" (foretold {duration(record.estimate_s)})"
    share = "" if record.outcome == "finished" else f"{record.fraction * 100:.0f} % of it, "
    facts = [
        f"{_ended(record)}: {share}{took}",
        counted(record.pauses, "pause") if record.pauses else "",
        counted(record.resends, "resend") if record.resends else "",
        f"{record.used_mm / 1000:.1f} m of filament" if record.used_mm else "",
        f"started by {scrub(record.started_by)}" if record.started_by else "",
        "from the printer's own card" if record.on_card else "",
        "it went on with a print that was lost" if record.resumes else "",
    ]
    told = ", ".join(fact for fact in facts if fact)
    return f"{scrub(record.reason)} {told}.".strip()


def _action(entry: AuditEntry, dated: bool) -> Content:
    return Content.assemble(
        f"{moment(entry.at):<16}  " if dated else "",
        (f"{scrub(entry.who, 14):<14} ", "bold"),
        scrub(entry.what),
    )


def _more_of_action(entry: AuditEntry) -> str:
    facts = [
        f"{moment(entry.at)}{clock(entry.at, ':%S')}: {entry.what}, {entry.outcome}",
        f"key {entry.key}" if entry.key else "",
        f"from {entry.address}" if entry.address else "",
        f"user {entry.user or entry.uid}" if entry.uid is not None else "",
        f"it calls itself {entry.client}" if entry.client else "",
    ]
    told = ", ".join(fact for fact in facts if fact)
    return scrub(f"{told}. {entry.reason}").strip()
