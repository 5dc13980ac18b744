"""On which line a key of a TOML text begins, against what `tomllib` makes of the text."""

from __future__ import annotations

import random
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbterm.config.lines import Key, lines_of

NAMES = ("a", "b-c", "D_4", "1", "", "x.y", "é", "tab\there", 'quo"te', "#", "[z]", "it's")
VALUES = (
    *("1", "0x1F", "1_000.5e3", "inf", "true", "1979-05-27T07:32:00-08:00", "1979-05-27 07:32:00"),
    *('""', '"a # b"', '"\\" = ["', "'it\\'", '"""x\ny = 1\n[z]\n"""', "'''\n\n[[q]]\n'''"),
    *('"""one\\\n  two"""', '""""quoted""""', "''''quoted'''''", '"""\\""""', '"]}"', "'''#'''"),
)


class Writer:
    """Writes a text at random, and notes on which line it wrote each key."""

    def __init__(self, random: random.Random) -> None:
        self.random, self.text = random, ""
        self.lines: dict[Key, int] = {}
        self._table((), depth=0)
        for _ in range(random.randrange(4)):
            self._tables(())

    def _line(self) -> int:
        return self.text.count("\n") + 1

    def _put(self, *texts: str) -> None:
        self.text += self.random.choice(texts)

    def _fresh(self, table: Key, *, headers: bool = False) -> str:
        """A name that the table doesn't have yet."""
        taken = {key[len(table)] for key in self.lines if key[: len(table)] == table != key}
        free = [name for name in NAMES if name not in taken]
        if headers or not free:
            free = [f"t{number}" for number in range(99) if f"t{number}" not in taken]
        return self.random.choice(free)

    def _name(self, name: str) -> None:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
        forms = [f'"{escaped}"']
        if name and all(char in "abcDxyzt0123456789_-" for char in name):
            forms += [name, name, f"'{name}'"]
        self._put(*forms)

    def _space(self, *, lines: bool = False) -> None:
        self._put("", "", " ", "\t", *(["\n", " # ] = [\n", "\n\n"] if lines else []))

    def _tables(self, outer: Key) -> None:
        """A header, its pairs, and tables below it."""
        in_list = self.random.random() < 0.4
        name = self._fresh(outer, headers=True)
        for number in range(self.random.randint(1, 3) if in_list else 1):
            self._put("", "\n", "# [no.table]\n", "  ")
            line = self._line()
            key = (*outer, name)
            self.lines.setdefault(key, line)
            key = (*key, number) if in_list else key
            self.lines[key] = line
            self._put("[[" if in_list else "[")
            self._space()
            parts = [part for part in key if isinstance(part, str)]
            for at, part in enumerate(parts):
                self._put(*([".", " . "] if at else [""]))
                self._name(part)
            self._put("]]\n" if in_list else "]\n")
            self._table(key, depth=0)
            if len(outer) < 4 and self.random.random() < 0.4:
                self._tables(key)

    def _table(self, key: Key, *, depth: int) -> None:
        for _ in range(self.random.randrange(4)):
            self._put("", "", "\n", "  ", "# a = 1\n")
            self._pair(key, depth)
            self._put("\n", " # comment\n", "\r\n")

    def _pair(self, table: Key, depth: int) -> None:
        line, key = self._line(), table
        for at in range(self.random.choice((1, 1, 2, 3))):
            self._put(*([".", " ."] if at else [""]))
            name = self._fresh(key)
            self._name(name)
            key = (*key, name)
            self.lines[key] = line
        self._put("=", " = ", "\t=")
        self._value(key, depth)

    def _value(self, key: Key, depth: int) -> None:
        form = self.random.random()
        if depth > 2 or form < 0.6:
            self._put(*VALUES)
        elif form < 0.8:
            self._put("[")
            for number in range(self.random.randrange(4)):
                self._space(lines=True)
                self.lines[*key, number] = self._line()
                self._value((*key, number), depth + 1)
                self._put(" ", "", "\n", " # x\n")
                self._put(",")
            self._space(lines=True)
            self._put("]")
        else:
            self._put("{")
            for number in range(self.random.randrange(4)):
                self._put(*([", ", ","] if number else ["", " "]))
                self._pair(key, depth + 1)
                self._space()
            self._put("}")


def ways(value: Any, way: Key = ()) -> set[Key]:
    """The ways to all that a parsed text holds."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = {way} - {()}
    for name, held in inner:
        below = (*way, name)
        found |= ways(held, below) if isinstance(held, dict | list) else {below}
    return found


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_every_key_of_any_text_has_the_line_where_it_was_written(seed: int) -> None:
    writer = Writer(random.Random(seed))
    told = lines_of(writer.text)
    assert told == writer.lines
    assert set(told) == ways(tomllib.loads(writer.text))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_the_text_before_its_line_lacks_a_key(seed: int) -> None:
    """As `tomllib` finds it, wherever a text that is cut between lines is one still."""
    text = Writer(random.Random(seed)).text
    lines = text.replace("\r\n", "\n").split("\n")
    told = lines_of(text)
    for number in range(len(lines)):
        try:
            held = ways(tomllib.loads("\n".join(lines[:number])))
        except tomllib.TOMLDecodeError:
            continue
        assert held <= {key for key, line in told.items() if line <= number}


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a = 1\n\nb = 2", ("b",), 3),
        ('[x]\n"a.b" = 1', ("x", "a.b"), 2),
        ("[p.e.pause]\nlift = 1\n[p.e]\nport = 2", ("p", "e"), 3),
        ("[p.e.pause]\nlift = 1\n[p.f]", ("p", "e"), 1),
        ("[p]\ne.limits.bed = 1\ne.baud = 2", ("p", "e", "baud"), 3),
        ("g = '''\nb = 1\n'''\nb = 2", ("b",), 4),
        ("l = [\n 1,\n # 2\n 3]", ("l", 1), 4),
        ("[[l]]\na = 1\n[[l]]\na = 2", ("l", 1, "a"), 4),
    ],
)
def test_a_key_has_the_line_that_its_writer_would_look_at(text: str, key: Key, line: int) -> None:
    assert lines_of(text)[key] == line
