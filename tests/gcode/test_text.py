"""Hostile text can't move the cursor, colour the screen or hide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gbterm.text import scrub


@given(st.text(alphabet=st.characters()))
def test_what_is_left_is_printable_and_as_long(text: str) -> None:
    assert scrub(text).isprintable()
    assert len(scrub(text)) == len(text)


@given(st.text(), st.integers(3, 20))
def test_it_is_cut_to_its_limit(text: str, limit: int) -> None:
    assert len(scrub(text, limit)) <= limit


def test_words_stay_readable() -> None:
    assert scrub("Füße 日本\tok") == "Füße 日本 ok"
    assert scrub("\x1b[2J\x9bm\x7f\u202egpj") == "?[2J?m??gpj"
    assert scrub("abcdefgh", 6) == "abc..."
