"""What is found in a file, as it is found: like lines are one finding, so that it stays small."""

from __future__ import annotations

from dataclasses import dataclass, field

from gbterm.findings import Finding, Severity, in_order

LISTED = 10
"""So many lines of a finding are told by their numbers."""
MOST_OF_A_KIND = 20
"""So many findings of a kind; what comes beyond counts for the last of them."""


@dataclass(slots=True)
class _Alike:
    severity: Severity
    kind: str
    text: str
    lines: list[int] = field(default_factory=list)
    count: int = 0
    last: int = 0

    def see(self, line: int) -> None:
        """One more, unless it was the last."""
        if line == self.last:
            return
        self.count += 1
        self.last = line
        if len(self.lines) < LISTED:
            self.lines.append(line)


class Noted:
    """The findings of one file."""

    def __init__(self) -> None:
        self._alike: dict[tuple[str, str], _Alike] = {}
        self._of_kind: dict[tuple[Severity, str], list[_Alike]] = {}

    def again(self, kind: str, key: str, line: int) -> bool:
        """Count a line that is like those that had the same `key`; False where none had."""
        alike = self._alike.get((kind, key))
        if alike is not None:
            alike.see(line)
        return alike is not None

    def add(self, severity: Severity, kind: str, key: str, line: int, text: str) -> None:
        """A line is wrong, as `text` says of the first that has its `key`."""
        if self.again(kind, key, line):
            return
        of_kind = self._of_kind.setdefault((severity, kind), [])
        if len(of_kind) < MOST_OF_A_KIND:
            of_kind.append(_Alike(severity, kind, text))
            self._alike[kind, key] = of_kind[-1]
        of_kind[-1].see(line)

    def findings(self) -> tuple[Finding, ...]:
        """All of them, the worst first."""
        return in_order(
            Finding(
                *(one.severity, one.kind, one.lines[0], one.text, one.count, one.last),
                tuple(one.lines),
            )
            for alike in self._of_kind.values()
            for one in alike
        )
