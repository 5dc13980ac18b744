"""A second reading of G-code, which shares no code with gbterm.

It tells what a file asks for and what a board executed in the same terms, so that the two can be
compared: the code, and each letter with its decimal value, or the text of a command that takes one.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

TEXT_COMMANDS = {"M0", "M1", "M16", "M23", "M28", "M30", "M32", "M33", "M117", "M118", "M486"}
TEXT_COMMANDS |= {"M928"} | {f"M81{digit}" for digit in range(10)}

Value = Decimal | str | None


@dataclass(frozen=True)
class Canonical:
    """`G01 X1.50` and `G1X1.5` are the same.

    A letter without a value has None, one with a value that is no number its text.
    """

    code: str
    words: dict[str, Value] = field(default_factory=dict)
    text: str = ""


def commands_of_file(path: Path) -> Iterator[Canonical]:
    """What a file asks for, in order; the file may be gzipped."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        command = canonical(line)
        if command.code:
            yield command


def canonical(line: str) -> Canonical:
    """One line of a file or of the wire; its code is empty where it holds no command."""
    line = _without_comment(line).strip()
    if line[:1] == "N" and line[1:2].lstrip("-").isdigit():
        line = line[1:].lstrip("-").lstrip("0123456789")
        head, star, checksum = line.rpartition("*")
        line = (head if star and checksum.strip().isdigit() else line).strip()
    code, rest = _code(line)
    if not code:
        return Canonical(line)
    if code in TEXT_COMMANDS:
        return Canonical(code, {}, rest.strip())
    return Canonical(code, _words(rest))


def _without_comment(line: str) -> str:
    quoted = False
    for index, char in enumerate(line):
        if char == '"':
            quoted = not quoted and '"' in line[index + 1 :]
        elif char == ";" and not quoted:
            return line[:index]
    return line


def _code(line: str) -> tuple[str, str]:
    letter, rest = line[:1], line[1:].lstrip(" ")
    end = 0
    while end < len(rest) and (rest[end].isdigit() or (rest[end] == "." and end > 0)):
        end += 1
    if letter not in "GMT" or not end:
        return "", ""
    main, dot, sub = rest[:end].partition(".")
    return f"{letter}{int(main)}{dot}{sub}", rest[end:]


def _words(text: str) -> dict[str, Value]:
    words: dict[str, Value] = {}
    depth, letter, digits = 0, "", ""
    for char in text.partition("*")[0]:
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif depth == 0 and char.isalpha():
            if letter:
                words[letter] = _value(digits)
            letter, digits = char, ""
        elif depth == 0:
            digits += char
    if letter:
        words[letter] = _value(digits)
    return words


def _value(digits: str) -> Value:
    digits = digits.strip()
    try:
        return Decimal(digits) if digits else None
    except InvalidOperation:
        return digits
