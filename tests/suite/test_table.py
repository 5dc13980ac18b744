"""Every command of the suite on a printer of every kind."""

from __future__ import annotations

import re

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs.table import BY_EIGHT, BY_NAME, EIGHTS, VERBS
from tests.suite.row import KINDS, Row
from tests.suite.rows import ROWS
from tests.suite.samples import connects
from tests.suite.there import There, assert_a_sentence

CASES = [(kind, row) for row in ROWS for kind in row.kinds]
NEVER_DONE = {
    ("estop", "octoprint"): "whether a board halted, an OctoPrint can't tell",
    ("chamber", "opengb"): "the board has none, so that every target is out of its range",
    ("chamber", "direct"): "the board has none, so that every target is out of its range",
}
"""Which commands end with 0 nowhere, nor are refused as what can't be done at all; and why."""


def test_no_command_is_left_out() -> None:
    tried = {row.typed[0] for row in ROWS}
    assert {verb.name for verb in BY_NAME.values()} <= tried


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_done_or_refused_for_good(kind: str) -> None:
    here = [row for row in ROWS if kind in row.kinds and (row.code == ExitCode.DONE or row.lacks)]
    shown = {BY_NAME.get(row.typed[0]) or BY_EIGHT[row.typed[0]] for row in here}
    missing = {verb.name for verb in (*VERBS, *EIGHTS) if connects(verb) and verb not in shown}
    assert missing == {name for name, of in NEVER_DONE if of == kind}


@pytest.mark.parametrize(
    ("kind", "row"),
    CASES,
    ids=[f"{kind}-{number}-{row}" for number, (kind, row) in enumerate(CASES)],
)
def test_it_does_what_it_says(there: There, row: Row) -> None:
    row.before(there)
    if row.sent:
        there.settle()
    there.begin()
    typed = [str(there.file()) if word == "{file}" else word for word in row.typed]
    outcome = there(*typed, stdin=row.stdin)
    assert outcome.code == row.code, outcome
    if row.says:
        assert_a_sentence(outcome)
        assert re.search(row.says, outcome.err), outcome
        assert not row.lacks or outcome.err.startswith(f"gbterm: {there.options[1]} "), outcome
        return
    assert outcome.err == ""
    if isinstance(row.printed, str):
        assert outcome.out == row.printed
    else:
        assert row.printed.fullmatch(outcome.out), outcome
    if there.kind == "octoprint":
        assert there.requests() == row.requests
    if row.sent:
        there.has_executed(row.sent)
