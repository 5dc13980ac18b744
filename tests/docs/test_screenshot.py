"""The pictures of the console: made by their script, small, and of the console as it is."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

MOST_BYTES = 100_000


def words(svg: str) -> list[str]:
    """The words of a picture, line by line as they are shown."""
    shown = re.findall(r"<text [^>]*>([^<]*)</text>", svg)
    return html.unescape(" ".join(shown)).replace("\xa0", " ").split()


SHOWN = {
    "console.svg": ("EXECUTING", "Nozzle", "Bed", "box.gcode", "Layer", "Cable", "STOP", "Quit"),
    "job.svg": ("[F4", "EXECUTING", "Elapsed", "Left", "Speed", "Flow", "Pause", "Cancel"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pictures as they are made now."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    argv = [sys.executable, str(ROOT / "scripts/screenshot.py"), str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_shows_the_console_of_now(made: Path, name: str) -> None:
    shown = words((DOCS / name).read_text())
    assert shown == words((made / name).read_text()), "run scripts/screenshot.py, and look at it"
    for word in SHOWN[name]:
        assert word in shown


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_asks_nobody_for_anything(made: Path, name: str) -> None:
    picture = (made / name).read_text()
    assert len(picture.encode()) < MOST_BYTES
    links = [link for link in re.findall(r"\w+://[^\s\"')<]+", picture) if "w3.org" not in link]
    assert links == ["https://www.textualize.io"]  # who made the program that drew it: a comment
    assert not re.search(r"@font-face|@import|href=|url\((?!#)", picture)
