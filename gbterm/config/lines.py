"""On which line of a TOML text each of its keys and tables begins.

`tomllib` reads a text and tells no places. This reads none of the values: it looks for places in a
text that `tomllib` has accepted, by the grammar of TOML 1.0 (https://toml.io/en/v1.0.0), and only
where somebody has to be told of a mistake.
"""

from __future__ import annotations

import re
import tomllib

Key = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and numbers from 0 in lists."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_PART = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_OTHER = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[Key, int]:
    """The lines, from 1, of all that `text` holds; it is valid TOML.

    That of a table is its header's, where it has one, else that of the first key in it.
    """
    return _Reader(text.replace("\r\n", "\n")).lines


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.lines: dict[Key, int] = {}
        self._last: dict[Key, int] = {}
        """Of each list of tables, the number of its last one."""
        table: Key = ()
        while not self._is_at_the_end():
            if self._takes("[["):
                table = self._header("]]", in_list=True)
            elif self._takes("["):
                table = self._header("]", in_list=False)
            else:
                self._pair(table)

    def _is_at_the_end(self) -> bool:
        self._skip(_BLANK)
        return self._at == len(self._text)

    def _skip(self, what: re.Pattern[str]) -> str:
        found = what.match(self._text, self._at)
        assert found is not None, "it is valid TOML"
        self._at = found.end()
        return found[0]

    def _takes(self, sign: str) -> bool:
        self._skip(_BLANK)
        is_there = self._text.startswith(sign, self._at)
        self._at += len(sign) if is_there else 0
        return is_there

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _header(self, end: str, *, in_list: bool) -> Key:
        line = self._line()
        *outer, name = self._parts()
        self._takes(end)
        key = (*self._way((), outer, line), name)
        if in_list:
            self.lines.setdefault(key, line)
            self._last[key] = self._last.get(key, -1) + 1
            key = (*key, self._last[key])
        self.lines[key] = line
        return key

    def _pair(self, table: Key) -> None:
        line = self._line()
        parts = self._parts()
        self._takes("=")
        self._value(self._way(table, parts, line))

    def _parts(self) -> list[str]:
        parts: list[str] = []
        while not parts or self._takes("."):
            self._skip(_BLANK)
            part = self._skip(_PART)
            parts.append(tomllib.loads(f"it = {part}")["it"] if part[0] in "\"'" else part)
        return parts

    def _way(self, table: Key, parts: list[str], line: int) -> Key:
        """The key that the parts name, in the last table of each list of tables."""
        key = table
        for part in parts:
            key = (*key, part)
            self.lines.setdefault(key, line)
            if key in self._last:
                key = (*key, self._last[key])
        return key

    def _value(self, key: Key) -> None:
        if self._takes("["):
            number = 0
            while not self._takes("]"):
                self.lines[*key, number] = self._line()
                self._value((*key, number))
                self._takes(",")
                number += 1
        elif self._takes("{"):
            while not self._takes("}"):
                self._pair(key)
                self._takes(",")
        else:
            self._skip(_STRING if self._text[self._at] in "\"'" else _OTHER)
