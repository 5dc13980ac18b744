"""What was found in a file that was looked at, before it is printed or because somebody asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.widgets import Button

from gbterm.findings import FileCheck, Severity, placed
from gbterm.screens.confirm import ConfirmScreen, Overtaken
from gbterm.screens.dialog import choice


class CheckScreen(ConfirmScreen):
    """Returns whether the file is to be printed all the same, where that may be and is wanted."""

    HINT = "Arrow keys or Tab choose, Enter answers, Esc leaves."
    WIDE = True

    def __init__(
        self, check: FileCheck, *, prints: bool = False, overtaken: Overtaken = lambda: ""
    ) -> None:
        """`prints` is whether somebody wants to print it."""
        is_refused = bool(check.of(Severity.REFUSE))
        self._can_agree = prints and not is_refused
        super().__init__(
            _title(check, prints=prints),
            yes="Print it all the same",
            no="Don't print it" if self._can_agree else "Close",
            overtaken=overtaken,
            about=_lines(check),
        )

    def choices(self) -> Iterable[Button]:
        """What is refused can only be read."""
        yield choice(self.no, "no")
        if self._can_agree:
            yield choice(self.yes, "yes")


def _title(check: FileCheck, *, prints: bool) -> str:
    if check.of(Severity.REFUSE):
        return f"{check.name} can't be printed here:"
    if prints:
        return f"Print {check.name} all the same?"
    return f"{check.name}, {check.lines} lines:"


def _lines(check: FileCheck) -> Iterator[str]:
    for finding in check.findings:
        yield f"{finding.severity.value}: {placed(finding)}"
    if not check.findings:
        yield "Nothing was found."
    if check.not_judged:
        yield f"Not judged, for nothing is known of it: {'; '.join(check.not_judged)}."
