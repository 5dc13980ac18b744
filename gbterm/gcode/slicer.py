"""For which printer a file says that it was sliced."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gbterm.findings import Severity
from gbterm.gcode.noted import Noted
from gbterm.text import scrub

_KEYS = (b"printer_model", b"TARGET_MACHINE.NAME", b"printer_settings_id")
"""Of PrusaSlicer, OrcaSlicer and SuperSlicer; of Cura; of the first again, whose user named it."""
_NAMED = re.compile(
    rb";[ \t]*(?:%b)[ \t]*[=:][ \t]*([^\n]{1,200})" % b"|".join(map(re.escape, _KEYS))
)
_WORD = re.compile(r"[a-z]+|\d+")


class SlicedFor:
    """Shown the parts of a file, it finds the printer's name in their comments."""

    def __init__(self) -> None:
        self.named: list[tuple[int, str]] = []
        """By line; a file may name it in several ways."""

    def see(self, part: bytes, line: int) -> None:
        """Some whole lines, the first of them number `line`."""
        if len(self.named) < len(_KEYS) and any(key in part for key in _KEYS):
            for name, at in _names(part):
                self.named.append((line + part.count(b"\n", 0, at), name))
            del self.named[len(_KEYS) :]

    def judge(self, model: str, noted: Noted) -> None:
        """Note where it is another than `model`, which is empty where nobody said."""
        if not model or not self.named or any(_is(model, name) for _, name in self.named):
            return
        line, name = self.named[0]
        text = f"It is sliced for {name!r}, and this printer is a {scrub(model, 60)!r}."
        noted.add(Severity.ASK, "model", "", line, text)


def _names(part: bytes) -> Iterator[tuple[str, int]]:
    for found in _NAMED.finditer(part):
        if found.start() and part[found.start() - 1] != 0x0A:
            continue
        name = scrub(found[1].decode("utf-8", "replace").strip("\"' \t"), 60)
        if name:
            yield name, found.start()


def _is(model: str, name: str) -> bool:
    """Whether all words of `model` are among those of `name`."""
    return set(_WORD.findall(model.lower())) <= set(_WORD.findall(name.lower()))
