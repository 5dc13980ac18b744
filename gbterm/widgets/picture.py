"""A slicer's picture on its way to the terminal, in any of the ways that terminals know.

Its bytes are anybody's, so they are bounded before they are read. All of this blocks.
"""

from __future__ import annotations

import base64
import io
import struct
from dataclasses import dataclass

from PIL import Image
from PIL.Image import Image as Picture
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual_image._sixel import SixelOptions, image_to_sixels

from gbterm.pictures import Pictures

MOST_CHARACTERS = 1 << 19
"""Of base64."""
MOST_PIXELS = 1 << 21
SIXEL_COLORS = 64

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
"""The chunks of a PNG that hold its pixels; texts and profiles may unpack to any size."""

Size = tuple[int, int]


def decoded(text: str) -> Picture | None:
    """The PNG in `text`, which is base64; None for everything else, and for one too large."""
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        bare = _bare(base64.b64decode(text, validate=True))
        with Image.open(io.BytesIO(bare), formats=("PNG",)) as image:
            return image.convert("RGBA") if image.width * image.height <= MOST_PIXELS else None
    except Exception:  # noqa: BLE001 - whatever a bad picture makes of its reader, it is none
        return None


def _bare(png: bytes) -> bytes:
    """A PNG with the chunks alone that it needs. Raises `ValueError`."""
    if not png.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    kept, at = [_SIGNATURE], len(_SIGNATURE)
    while at + 12 <= len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        end = at + 12 + size
        if kind in _NEEDED:
            kept.append(png[at:end])
        at = end
    return b"".join(kept)


def fitted(image: Picture, columns: int, rows: int, cell: Size) -> Size:
    """The columns and rows that the whole picture takes, with cells of so many pixels."""
    width, height = image.width / cell[0], image.height / cell[1]
    scale = min(columns / width, rows / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def blocks(image: Picture, columns: int, rows: int) -> list[Strip]:
    """Two pixels a cell; what is transparent shows the terminal's own background."""
    pixels = image.resize((columns, rows * 2), Image.Resampling.BOX).tobytes()
    colors = [_color(*pixels[at : at + 4]) for at in range(0, len(pixels), 4)]
    lines = [colors[at : at + columns] for at in range(0, len(colors), columns)]
    return [
        Strip([_block(*pair) for pair in zip(upper, lower, strict=True)], columns).simplify()
        for upper, lower in zip(lines[::2], lines[1::2], strict=True)
    ]


def _color(red: int, green: int, blue: int, alpha: int) -> Color | None:
    return Color.from_rgb(red, green, blue) if alpha > 127 else None


def _block(upper: Color | None, lower: Color | None) -> Segment:
    if upper is None:
        return Segment("▄", Style(color=lower)) if lower else Segment(" ")
    return Segment("▀", Style(color=upper, bgcolor=lower))


def sixels(image: Picture, width: int, height: int, ground: int) -> str:
    """The picture as sixels of so many pixels, on a grey from 0 to 255 where it is transparent."""
    sized = image.resize((width, height), Image.Resampling.LANCZOS)
    options = SixelOptions(colors=SIXEL_COLORS)
    return image_to_sixels(sized, options, (ground, ground, ground, 1.0))


# Kitty's graphics protocol: sw.kovidgoyal.net/kitty/graphics-protocol, "Unicode placeholders"

_PLACEHOLDER = chr(0x10EEEE)
_MARKS = tuple(
    map(
        chr,
        (
            *(0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C),
            *(0x350, 0x351, 0x352, 0x357, 0x35B, *range(0x363, 0x370), *range(0x483, 0x488)),
        ),
    )
)
"""What counts rows and columns there, from 0 on."""
KITTY_ROWS = len(_MARKS)
_CHUNK = 4096


def transmission(image: Picture, number: int, cells: Size, pixels: Size) -> str:
    """What hands the picture to the terminal under `number`, for so many columns and rows."""
    png = io.BytesIO()
    image.resize(pixels, Image.Resampling.LANCZOS).save(png, "PNG")
    text = base64.b64encode(png.getvalue()).decode("ascii")
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    about = f"a=T,U=1,q=2,f=100,i={number},c={cells[0]},r={cells[1]},"
    said = []
    for left, chunk in zip(reversed(range(len(chunks))), chunks, strict=True):
        said.append(f"\x1b_G{about}m={int(left > 0)};{chunk}\x1b\\")
        about = "q=2,"
    return "".join(said)


def placeholders(number: int, columns: int, rows: int) -> list[Strip]:
    """The cells where the terminal draws the picture that it holds under `number`, up to 255."""
    style = Style(color=Color.from_ansi(number))
    first = (_PLACEHOLDER + mark + _MARKS[0] for mark in _MARKS[:rows])
    rest = (_PLACEHOLDER + mark for mark in _MARKS[:rows])
    lines = (begin + other * (columns - 1) for begin, other in zip(first, rest, strict=True))
    return [Strip([Segment(line, style)], columns) for line in lines]


# All of them alike


@dataclass(frozen=True, slots=True)
class Drawing:
    """Rows of cells, and what is said to the terminal besides, with one of the rows."""

    strips: tuple[Strip, ...]
    commands: str = ""
    commanding: int = -1
    """The row with which `commands` go, with the cursor on the picture's first cell."""


def drawn(
    image: Picture, how: Pictures, box: Size, cell: Size, number: int, ground: int = 0
) -> Drawing:
    """The picture as large as fits the `box` in columns and rows, for cells of so many pixels.

    `number` is its own, from 1 to 255, and `ground` the grey of the terminal's background.
    """
    columns, rows = fitted(image, box[0], min(box[1], KITTY_ROWS), cell)
    width, height = columns * cell[0], rows * cell[1]
    if how is Pictures.KITTY:
        said = transmission(image, number, (columns, rows), (width, height))
        return Drawing(tuple(placeholders(number, columns, rows)), said, 0)
    if how is Pictures.SIXEL:
        # They come six rows at a time, none of which may reach the text below.
        said = sixels(image, width, height // 6 * 6, ground)
        return Drawing(tuple(Strip.blank(columns) for _ in range(rows)), said, rows - 1)
    return Drawing(tuple(blocks(image, columns, rows)))
