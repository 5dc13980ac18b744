"""The floors of the house, as the test of the imports has them."""

from pathlib import Path

from tests.test_imports import FLOORS

ROOT = Path(__file__).parents[2]
ABOUT = (
    "what is true of a printer, and how it is written down",
    "reading G-code and the configuration",
    "what drives a printer",
    "a board in software",
    "the printer process; finding printers",
    "the server",
    "what the console says and does, without a screen",
    "the command line",
    "the console",
)
"""From the ground up."""


def floors():
    """From the top down, a row each, with the folders there; the rest are modules of `gbterm/`."""
    yield from ("| floor | what is there | folders |", "|---|---|---|")
    for number, (about, rooms) in reversed([*enumerate(zip(ABOUT, FLOORS, strict=True))]):
        paths = (room.replace(".", "/") for room in rooms if room != "gbterm")
        folders = (f"`{path}/`" for path in paths if (ROOT / path).is_dir())
        yield f"| {number} | {about} | {', '.join(folders)} |"


PLACES = {"floors": floors}
