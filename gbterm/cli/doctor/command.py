"""`gbterm doctor`: what works here and what doesn't, each in a line with what to do."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator

import gbterm
from gbterm.cli.doctor import machine, ports, printers, settings, software
from gbterm.cli.doctor.check import Check, Finding, Scene, Verdict, warning
from gbterm.cli.exits import ExitCode
from gbterm.text import scrub

OF_THIS_MACHINE: tuple[Check, ...] = (
    *software.CHECKS,
    *settings.CHECKS,
    *ports.CHECKS,
    *machine.CHECKS,
)
"""Those that ask no printer and no server."""
CHECKS = (*OF_THIS_MACHINE, *printers.CHECKS)
WIDE = max(map(len, Verdict)) + 2
"""The column of verdicts."""
WIDEST = 100


def run(args: argparse.Namespace) -> ExitCode:
    """Look at everything, and say it."""
    findings = list(found(Scene.now()))
    if args.json:
        print(json.dumps(as_data(findings), indent=1, ensure_ascii=False))
    else:
        width = min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else 0
        print("\n".join((*as_lines(findings, width), _sum(findings))))
    is_wrong = any(one.verdict is Verdict.WRONG for one in findings)
    return ExitCode.FOUND_WRONG if is_wrong else ExitCode.DONE


def found(scene: Scene, checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """What all checks find; one that fails hides no other."""
    for check in checks:
        try:
            for finding in check(scene):
                yield finding.scrubbed()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are still of use
            what = check.__name__.replace("_", " ").capitalize()
            yield warning(what, f"It can't be looked at: {scrub(str(error))}")


def as_lines(findings: Iterable[Finding], width: int = 0) -> Iterator[str]:
    """Each with its verdict before it, wrapped where there is a `width`."""
    for one in findings:
        line = f"{one.verdict.value:<{WIDE}}{one.about}: {one.says}"
        yield from _wrapped(line, width) if width else (line,)


def _wrapped(line: str, width: int) -> list[str]:
    """Words stay whole, so that a path can be copied."""
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * WIDE,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_data(findings: Iterable[Finding]) -> dict[str, object]:
    """The same for programs."""
    told = [
        {"verdict": one.verdict.value, "about": one.about, "says": one.says} for one in findings
    ]
    return {"gbterm": gbterm.__version__, "findings": told}


def _sum(findings: Iterable[Finding]) -> str:
    verdicts = [one.verdict for one in findings]
    bad, doubtful = verdicts.count(Verdict.WRONG), verdicts.count(Verdict.WARNING)
    warnings = f"{doubtful} warning{'s' if doubtful != 1 else ''}"
    if bad:
        return f"\n{bad} thing{'s are' if bad != 1 else ' is'} wrong, {warnings}."
    return f"\nNothing is wrong, {warnings}."
