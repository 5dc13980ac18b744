"""Every link of the documentation leads somewhere, and every page is found from its beginning."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, links, named, spans

IN_THE_PROJECT = re.compile(r"(?:bench|compat|docs|gbterm|scripts|soak|tests)/[\w./-]*\w")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            assert urlsplit(link).hostname, link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_of_the_project_that_are_named_are_there(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return  # what was there once
    for span in spans(page):
        if IN_THE_PROJECT.fullmatch(span):
            assert (ROOT / span).exists(), span


def test_the_index_has_every_page() -> None:
    listed = {(DOCS / link.partition("#")[0]).resolve() for link in links(DOCS / "README.md")}
    assert {page for page in DOCS.glob("*.md") if page.name != "README.md"} <= listed
    assert (DOCS / "README.md").resolve() in {
        (ROOT / link).resolve() for link in links(ROOT / "README.md")
    }


def test_pages_that_the_sources_name_are_there() -> None:
    named_there = {
        (str(path.relative_to(ROOT)), name)
        for folder in ("gbterm", "tests", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\bdocs/[\w./-]+\.md\b", path.read_text())
    }
    assert named_there
    assert [found for found in named_there if not (ROOT / found[1]).exists()] == []
