"""Every command of the table with arguments that nobody should write, on printers of every kind.

What is typed is one of its rows with valid arguments, in `tests/suite/rows`, of which one word
becomes another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs.table import VERBS
from gbterm.cli.verbs.verb import Verb
from gbterm.model import Phase
from gbterm.text import scrub
from tests.suite.row import KINDS
from tests.suite.samples import connects, rows, samples, words
from tests.suite.there import There, assert_a_sentence

ALL = pytest.mark.parametrize("kind", KINDS)
ONE = pytest.mark.parametrize("kind", ["direct"])
"""For what is refused before anybody is asked, the same for all."""

HOSTILE = (
    "x\"}; $(touch injected)`touch injected`, 'M112'\nM112\r\nG28",
    "\x1b]0;title\x07\x1b[2J\x00\x7f\x9b31m gr\u00fcn \u202e\u2066\U0001f600",
    "--yes-to-all",
    "../../../../etc/passwd",
    "q" * 10_000,
)
NO_NUMBERS = ("", "text", "nan", "1e309", "9" * 40, "5\nM112")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TAKES_TEXT = ("answer",)
"""In the place of a number."""


def of_words(kind: str, there: There) -> Iterator[tuple[Verb, list[str]]]:
    """Commands whose words are no text to the printer."""
    for verb, typed in samples(kind, there.folder):
        if not verb.is_text and verb.name != "estop" and verb.follow is None:
            yield verb, typed


def assert_harmless(there: There, typed: list[str]) -> int:
    outcome = there(*typed)
    assert outcome.code != ExitCode.FAILED_INSIDE, (typed, outcome)
    if outcome.code:
        assert_a_sentence(outcome)
        assert len(outcome.err) < 1000, (typed, outcome.err[:300])
    assert all(scrub(line) == line for line in outcome.out.splitlines()), (typed, outcome)
    return outcome.code


@ALL
def test_words_that_are_hostile(kind: str, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(there.folder)
    there.settle()
    there.begin()
    for verb, typed in of_words(kind, there):
        # What takes no argument refuses one more; else each is replaced.
        places = [at for at in range(1, len(typed)) if not typed[at].startswith("-")]
        for at in places or [len(typed)]:
            for hostile in HOSTILE if kind == "direct" else HOSTILE[:2]:
                code = assert_harmless(there, [*typed[:at], hostile, *typed[at + 1 :]])
                assert code in (ExitCode.WRONG_USAGE, ExitCode.WRONG_STATE), (verb.name, hostile)
    assert not (there.folder / "injected").exists()
    assert there.requests() == ()
    assert there.done() == set()
    assert there.state().phase is Phase.READY


@ALL
def test_text_that_is_hostile(kind: str, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(there.folder)
    there.settle()
    there.begin()
    for verb, typed in samples(kind, there.folder):
        if verb.is_text:
            for hostile in HOSTILE:
                assert_harmless(there, [typed[0], hostile])
    assert not (there.folder / "injected").exists()
    # A message is one line, whatever is in it; nothing is a command that halts or homes.
    there.settle()
    assert not [line for line in there.executed() if re.match("M *112|G *28", line)]
    assert there.state().phase is Phase.READY


@ONE
def test_what_is_no_number(kind: str, there: There) -> None:
    there.settle()
    there.begin()
    seen = set()
    for verb in VERBS:
        if verb.is_text or verb.follow is not None or verb.name in TAKES_TEXT:
            continue
        for row in rows(verb, kind):
            typed = words(row, there.folder)
            for at, word in enumerate(typed):
                if NUMBER.fullmatch(word) and (verb.name, at) not in seen:
                    seen.add((verb.name, at))
                    for wrong in NO_NUMBERS:
                        code = assert_harmless(there, [*typed[:at], wrong, *typed[at + 1 :]])
                        assert code == ExitCode.WRONG_USAGE, (typed, wrong)
    assert there.requests() == ()
    assert there.done() == set()


@ONE
def test_too_few_words_and_too_many(kind: str, there: There) -> None:
    there.settle()
    there.begin()
    for verb in VERBS:
        done = [row.typed for row in rows(verb, kind)]
        if not done or verb.follow is not None:
            continue
        if not any(all(word.startswith("-") for word in typed[1:]) for typed in done):
            assert assert_harmless(there, [verb.name]) == ExitCode.WRONG_USAGE, verb.name
        if not verb.is_text:
            many = [*done[0], *("surplus",) * 4]
            assert assert_harmless(there, many) == ExitCode.WRONG_USAGE, many
    assert there.requests() == ()
    assert there.done() == set()


@ONE
def test_words_that_are_empty(kind: str, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(there.folder)
    there.settle()
    there.begin()
    for verb, typed in of_words(kind, there):
        for at in range(1, len(typed)):
            if connects(verb) and not typed[at].startswith("-"):
                code = assert_harmless(there, [*typed[:at], "", *typed[at + 1 :]])
                assert code in (ExitCode.WRONG_USAGE, ExitCode.WRONG_STATE), (typed, at)
    assert there.requests() == ()
    assert there.done() == set()
