"""Every command of the suite on a printer of every kind."""

from __future__ import annotations

import re

import pytest

from gbterm.cli.verbs.table import BY_NAME
from tests.suite.row import Row
from tests.suite.rows import ROWS
from tests.suite.there import There, assert_a_sentence

CASES = [(kind, row) for row in ROWS for kind in row.kinds]


def test_no_command_is_left_out() -> None:
    tried = {row.typed[0] for row in ROWS}
    assert {verb.name for verb in BY_NAME.values()} <= tried


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
