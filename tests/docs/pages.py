"""The pages of the documentation, and what stands on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = tuple(sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]))
_FENCED = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """A fenced block; `about` is what stands behind its first fence."""

    page: Path
    line: int
    about: str
    text: str

    def __str__(self) -> str:
        return f"{named(self.page)}:{self.line}"


def named(page: Path) -> str:
    """A page in the name of a test."""
    return str(page.relative_to(ROOT))


def blocks(*abouts: str) -> list[Block]:
    """The blocks of all pages that begin with one of `abouts`, or all of them."""
    return [
        Block(page, text[: match.start()].count("\n") + 1, match[1], match[2])
        for page in PAGES
        for text in (page.read_text(),)
        for match in _FENCED.finditer(text)
        if not abouts or match[1] in abouts
    ]


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _FENCED.sub("", page.read_text())


def links(page: Path) -> list[str]:
    """The targets of its links and pictures."""
    return _LINK.findall(_SPAN.sub("", prose(page)))


def spans(page: Path) -> list[str]:
    """What stands between backticks."""
    return _SPAN.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """What a link may name behind a `#`, as GitHub makes it of the headings."""
    return set(_slugs(re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)))


def _slugs(headings: list[str]) -> Iterator[str]:
    for heading in headings:
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        yield re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
