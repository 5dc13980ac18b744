"""`gbterm history`: the prints of the past, and who did what."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from gbterm.cli.parser import count
from gbterm.cli.verbs.verb import Answer, Asked, Verb
from gbterm.jobs import OUTCOMES
from gbterm.text import scrub
from gbterm.widgets.words import counted, duration

if TYPE_CHECKING:
    from gbterm.audit import AuditEntry
    from gbterm.jobs import JobRecord

WIDTH = 80
MOST = 20
PAGE = 500
"""As many as come in one answer."""
_AGO = re.compile(r"(\d{1,6})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400}
WHO = 14
MINUTES = "%Y-%m-%d %H:%M"
HEAD = f"{'ended':16} {'outcome':9} {'took':>8} {'estimate':>8} {'filament':>8}  name"


def moment(text: str) -> float:
    """An argument's type: so long ago, or a day or a moment of this machine's time."""
    if ago := _AGO.fullmatch(text):
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time, write it as 2026-01-31, 2026-01-31T18:00, 90m, 12h or 7d"
        ) from None


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--actions", action="store_true", help="who did what, instead of the prints"
    )
    parser.add_argument("--search", metavar="TEXT", default="", help="only where this is in it")
    ended = f"only prints that ended so: {', '.join(OUTCOMES)}"
    parser.add_argument("--outcome", choices=OUTCOMES, metavar="HOW", default="", help=ended)
    parser.add_argument("--who", metavar="WHO", default="", help="only what these did; --actions")
    since = "only from then on, as 2026-01-31 or 12h"
    parser.add_argument("--since", type=moment, metavar="TIME", help=since)
    most = f"at most so many, the newest; else {MOST}"
    parser.add_argument("--most", type=count, metavar="N", default=MOST, help=most)


async def _run(asked: Asked) -> Answer:
    return await (_actions(asked) if asked.args.actions else _prints(asked))


async def _prints(asked: Asked) -> Answer:
    """The newest last, as in a log."""
    args = asked.args
    found: list[JobRecord] = []
    while len(found) < args.most:
        page = await asked.backend.history(
            before=found[-1].id if found else None,
            most=min(args.most - len(found), PAGE),
            search=args.search,
            outcome=args.outcome,
            since=args.since,
        )
        found += page
        if len(page) < PAGE:
            break
    found.reverse()
    lines = [line for job in found for line in _print(job)]
    told = [asdict(job) | {"used_mm": job.used_mm} for job in found]
    return Answer((HEAD, *lines) if lines else (), told)


def _print(job: JobRecord) -> Iterator[str]:
    ended = job.ended_at or job.started_at
    at = "" if ended is None else datetime.fromtimestamp(ended).astimezone().strftime(MINUTES)
    estimate = "" if job.estimate_s is None else duration(job.estimate_s)
    used = "" if job.used_mm is None else f"{job.used_mm / 1000:.1f} m"
    facts = f"{at:16} {job.outcome:9} {duration(job.printed_s):>8} {estimate:>8} {used:>8}"
    yield scrub(f"{facts}  {job.name}", WIDTH - 1)
    more = [
        f"{job.fraction * 100:.0f} % of it" if job.outcome != "finished" else "",
        counted(job.pauses, "pause") if job.pauses else "",
        counted(job.resends, "resend") if job.resends else "",
        f"started by {job.started_by}" if job.started_by else "",
        "from its own card" if job.on_card else "",
        "went on with one that was lost" if job.resumes else "",
        job.reason.rstrip("."),
    ]
    if told := ", ".join(filter(None, more)):
        yield scrub(f"{'':17}{told}", WIDTH - 1)


async def _actions(asked: Asked) -> Answer:
    """The newest last, as in a log."""
    from gbterm.audit import Question

    args = asked.args
    found: list[AuditEntry] = []
    while len(found) < args.most:
        before = found[-1].number if found else None
        question = Question(before, args.search, args.who, args.since)
        page = await asked.backend.audit_trail(question, min(args.most - len(found), PAGE))
        found += page
        if len(page) < PAGE:
            break
    found.sort(key=lambda entry: (entry.at, entry.number))
    return Answer(tuple(map(_action, found)), [asdict(entry) for entry in found])


def _action(entry: AuditEntry) -> str:
    at = datetime.fromtimestamp(entry.at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    came = f" - {entry.outcome}: {entry.reason}" if entry.reason else ""
    return scrub(f"{at}  {scrub(entry.who, WHO):<{WHO}}  {entry.what}{came}", WIDTH - 1)


VERB = Verb(
    "history",
    "print the prints of the past, or who did what",
    _run,
    _arguments,
    examples=("--since 7d --outcome failed", "--search bracket", "--actions --who alice"),
)
