"""What is said of a file that was looked at before it is printed, and what it is held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from gbterm.model import Firmware


class Severity(Enum):
    """What follows from a finding."""

    REFUSE = "refuse"
    """The file is not printed."""
    ASK = "ask"
    """It is printed once somebody agreed."""
    NOTE = "note"
    """It is printed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a line of a file, and with how many others in the same way."""

    severity: Severity
    kind: str
    """One of a few words, as `bounds`."""
    line: int
    """The first, from 1 as an editor counts; 0 where it is the file as a whole."""
    text: str
    """A sentence about that line."""
    count: int = 1
    """So many lines there are."""
    last: int = 0
    """The last of them."""
    lines: tuple[int, ...] = ()
    """The first few."""

    @property
    def said(self) -> str:
        """The sentence, and how many more there are."""
        if self.count < 2:
            return self.text
        return f"{self.text} {self.count} lines are like it, the last is {self.last}."


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What came of looking at a file; the worst first, and in each severity by line."""

    name: str = ""
    lines: int = 0
    """As an editor counts them."""
    size: int = 0
    """In bytes."""
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[str, ...] = ()
    """What could not be judged, since that isn't known of the printer, in a few words each."""

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings from which this follows."""
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def worst(self) -> Severity | None:
        """What follows from all of it; None where nothing was found."""
        return self.findings[0].severity if self.findings else None


@dataclass(frozen=True, slots=True)
class Measures:
    """What of a printer a file is held against. What isn't known isn't judged."""

    firmware: Firmware | None = None
    """None where no board was asked."""
    limits: dict[str, float] = field(default_factory=dict)
    """In °C, by `nozzle`, `bed` and `chamber`."""
    x: tuple[float, ...] = ()
    """From where to where the nozzle goes, in mm; empty where that is unknown. So are y and z."""
    y: tuple[float, ...] = ()
    z: tuple[float, ...] = ()
    round: bool = False
    """Whether x and y are the diameter of a round bed."""
    model: str = ""
    """What slicers call it."""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, and then by line."""
    severities = list(Severity)
    return tuple(sorted(findings, key=lambda one: (severities.index(one.severity), one.line)))


PRINT_BYTES = 16 << 20
"""Of a disk that a print is to find free: for its journal, its place in the history and logs."""


def room(free_bytes: int, file_bytes: int = 0) -> tuple[Finding, ...]:
    """What is to be said of a disk on which a print, and perhaps its file, is to have room."""
    if free_bytes >= file_bytes + PRINT_BYTES:
        return ()
    needs = f"the file needs {file_bytes >> 20} MiB and " if file_bytes else ""
    text = (
        f"The disk of the library has {free_bytes >> 20} MiB free; {needs}a print is to find"
        f" {PRINT_BYTES >> 20}: delete what isn't needed."
    )
    return (Finding(Severity.ASK, "disk", 0, text),)


def refusal(check: FileCheck) -> str:
    """Why the file is not printed, in a sentence; empty where it may be."""
    refused = check.of(Severity.REFUSE)
    if not refused:
        return ""
    more = f" {len(refused) - 1} more findings like that." if len(refused) > 1 else ""
    return f"{check.name} can't be printed: {placed(refused[0])}{more} Change or remove that line."


def question(check: FileCheck) -> str:
    """What is asked before it is printed; empty where nothing is."""
    asked = check.of(Severity.ASK)
    if not asked:
        return ""
    more = f" {len(asked) - 1} more such findings." if len(asked) > 1 else ""
    return f"{placed(asked[0])}{more} Print it all the same?"


def placed(finding: Finding) -> str:
    """A finding with the line that it is about."""
    return f"line {finding.line}, {finding.said}" if finding.line else finding.said
