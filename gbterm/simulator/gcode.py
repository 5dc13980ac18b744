"""Reading one command line the way Marlin's parser.cpp does."""

from __future__ import annotations

import re

# A line number is skipped only where a digit or a sign follows the N (parser.cpp).
_NUMBER = re.compile(r" *N[-+0-9]\d* *")
_CODE = re.compile(r"([GMT]) *(\d+)(?:\.(\d+))? *")
# Letters must be upper case; a letter without a number counts as seen, without a value.
_PARAMETER = re.compile(r"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))?")
# These take the rest of the line as their text.
_TEXT_CODES = frozenset({"M16", "M23", "M28", "M30", "M32", "M117", "M118", "M928"})


class Command:
    """One parsed command."""

    __slots__ = ("answered", "name", "params", "source", "text")

    def __init__(self, name: str, params: dict[str, str], source: str, text: str) -> None:
        self.name = name  # "G1", "M105"; "" = not a command
        self.params = params  # letter -> digits, "" = without a value
        self.source = source  # the line without number and checksum
        self.text = text  # all that follows the code
        self.answered = False  # its handler has said `ok` itself

    def seen(self, letter: str) -> bool:
        """Whether the letter was given, with or without a value."""
        return letter in self.params

    def value(self, letter: str) -> float | None:
        """The number behind the letter, None where there is none."""
        digits = self.params.get(letter)
        return float(digits) if digits else None

    def number(self, letter: str, default: float) -> float:
        """The number behind the letter, or the default."""
        digits = self.params.get(letter)
        return float(digits) if digits else default

    def flag(self, letter: str, default: bool = False) -> bool:
        """A switch: the letter alone means on, 0 means off."""
        digits = self.params.get(letter)
        if digits is None:
            return default
        return float(digits) != 0 if digits else True


def parse(line: str) -> Command:
    """Split a queued line; an unreadable one gets an empty name."""
    skip = _NUMBER.match(line)
    source = line[skip.end() :] if skip else line.lstrip(" ")
    star = source.find("*")
    if star >= 0:
        source = source[:star]
    head = _CODE.match(source)
    if head is None:
        return Command("", {}, source, "")
    letter, digits, _ = head.groups()
    name = letter + (digits if digits[0] != "0" else str(int(digits)))
    text = source[head.end() :]
    params = {} if name in _TEXT_CODES else dict(_PARAMETER.findall(text))
    return Command(name, params, source, text)
