"""The picture of a file: as it is drawn, where it isn't, and pictures that mean harm."""

from __future__ import annotations

import base64
import io
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.strip import Strip

from gbterm.pictures import Pictures, pictures
from gbterm.terminal import Glyphs
from gbterm.widgets import picture, thumbnail
from gbterm.widgets.thumbnail import NO_PICTURE, Thumbnail

RED, GREEN, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 0, 0)
CELL = (10, 20)


def image(width: int = 40, height: int = 40) -> Image.Image:
    """Red on the left, green on the right, nothing in the lower half."""
    made = Image.new("RGBA", (width, height), CLEAR)
    made.paste(RED, (0, 0, width // 2, height // 2))
    made.paste(GREEN, (width // 2, 0, width, height // 2))
    return made


def png(made: Image.Image) -> bytes:
    file = io.BytesIO()
    made.save(file, "PNG")
    return file.getvalue()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = text(png(image()))


# Which way


@pytest.mark.parametrize(
    ("environ", "way"),
    [
        ({"TERM": "xterm-256color"}, Pictures.BLOCKS),
        ({"TERM": "xterm-kitty"}, Pictures.KITTY),
        ({"TERM": "xterm-ghostty"}, Pictures.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, Pictures.KITTY),
        ({"TERM": "foot"}, Pictures.SIXEL),
        ({"TERM": "foot-extra"}, Pictures.SIXEL),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Pictures.SIXEL),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230805"}, Pictures.SIXEL),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "200401"}, Pictures.BLOCKS),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "x"}, Pictures.BLOCKS),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-0/default,1,0"}, Pictures.BLOCKS),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "WezTerm"}, Pictures.BLOCKS),
        ({"TERM": "xterm-kitty", "GBTERM_PICTURES": "none"}, Pictures.NONE),
        ({"TERM": "xterm", "GBTERM_PICTURES": "Sixel"}, Pictures.SIXEL),
        ({"TERM": "xterm-kitty", "GBTERM_PICTURES": "holograms"}, Pictures.KITTY),
    ],
)
def test_the_environment_tells_the_way(environ: dict[str, str], way: Pictures) -> None:
    assert pictures(Glyphs.UNICODE, 256, environ) is way


def test_poor_terminals_show_none() -> None:
    kitty = {"TERM": "xterm-kitty"}
    assert pictures(Glyphs.UNICODE, 16, kitty) is Pictures.NONE
    assert pictures(Glyphs.UNICODE, 0, kitty) is Pictures.NONE
    assert pictures(Glyphs.CONSOLE, 256, kitty) is Pictures.NONE
    assert pictures(Glyphs.ASCII, 256, kitty) is Pictures.NONE


# What is drawn


def cells(strip: Strip) -> Iterator[tuple[str, str | None, str | None]]:
    """Character, colour and background, cell by cell."""
    for segment in strip:
        style = segment.style
        color = style.color.triplet if style and style.color else None
        behind = style.bgcolor.triplet if style and style.bgcolor else None
        for sign in segment.text:
            yield sign, color.hex if color else None, behind.hex if behind else None


def test_blocks_are_two_pixels_a_cell_and_nothing_where_nothing_is() -> None:
    strips = picture.blocks(image(), 8, 4)
    assert [strip.cell_length for strip in strips] == [8] * 4
    assert (
        list(cells(strips[0]))
        == [("▀", "#ff0000", "#ff0000")] * 4 + [("▀", "#00ff00", "#00ff00")] * 4
    )
    assert strips[3].text == " " * 8
    assert len(list(strips[0])) == 2, "cells of one colour are one segment"


def test_a_cell_of_which_one_half_is_transparent() -> None:
    upper, lower = (picture.blocks(image(2, 2).rotate(turn), 2, 1)[0] for turn in (0, 180))
    assert list(cells(upper)) == [("▀", "#ff0000", None), ("▀", "#00ff00", None)]
    assert list(cells(lower)) == [("▄", "#00ff00", None), ("▄", "#ff0000", None)]


@pytest.mark.parametrize(
    ("size", "box", "fitting"),
    [
        ((300, 300), (24, 10), (20, 10)),
        ((300, 100), (24, 10), (24, 4)),
        ((16, 16), (30, 10), (20, 10)),
        ((1, 2000), (24, 10), (1, 10)),
        ((2000, 1), (24, 10), (24, 1)),
    ],
)
def test_a_picture_keeps_its_shape(
    size: tuple[int, int], box: tuple[int, int], fitting: tuple[int, int]
) -> None:
    for how in (Pictures.BLOCKS, Pictures.SIXEL, Pictures.KITTY):
        drawn = picture.drawn(Image.new("RGBA", size, RED), how, box, CELL, 1)
        assert (drawn.strips[0].cell_length, len(drawn.strips)) == fitting


def sixel_pixels(said: str) -> dict[tuple[int, int], int]:
    """Which colour register each pixel has; the sequence as of DEC's STD 070, chapter 9."""
    pixels, x, y, color = dict[tuple[int, int], int](), 0, 0, 0
    body = said.removeprefix("\x1bP").removesuffix("\x1b\\").partition("q")[2]
    body = re.sub(r'^"[\d;]*', "", body)
    for token in re.findall(r"#\d+(?:;\d+){0,4}|!\d+[?-~]|[?-~$-]", body):
        if token[0] == "#":
            color = int(token[1:].partition(";")[0])
        elif token == "$":
            x = 0
        elif token == "-":
            x, y = 0, y + 6
        else:
            count, sign = (int(token[1:-1]), token[-1]) if token[0] == "!" else (1, token)
            for at in range(x, x + count):
                for bit in range(6):
                    if ord(sign) - 63 >> bit & 1:
                        pixels[at, y + bit] = color
            x += count
    return pixels


def test_sixels_hold_the_picture_and_stay_in_their_rows() -> None:
    drawn = picture.drawn(image(), Pictures.SIXEL, (8, 4), CELL, 1)
    pixels = sixel_pixels(drawn.commands)
    assert drawn.commanding == 3
    assert max(x for x, _ in pixels) < 80
    assert max(y for _, y in pixels) < 80
    assert pixels[5, 5] == pixels[35, 30] != pixels[45, 5] == pixels[75, 30]
    assert [strip.text for strip in drawn.strips] == [" " * 8] * 4
    light = picture.drawn(image(), Pictures.SIXEL, (8, 4), CELL, 1, ground=255).commands
    assert ";2;100;100;100" in light
    assert ";2;100;100;100" not in drawn.commands


def test_kitty_is_given_the_picture_in_chunks_and_cells_to_draw_it_in() -> None:
    noise = Image.effect_noise((200, 200), 90)
    drawn = picture.drawn(noise, Pictures.KITTY, (24, 10), CELL, 203)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", drawn.commands)
    assert "".join(f"\x1b_G{about};{data}\x1b\\" for about, data in chunks) == drawn.commands
    assert chunks[0][0] == "a=T,U=1,q=2,f=100,i=203,c=20,r=10,m=1"
    assert [about for about, _ in chunks[1:-1]] == ["q=2,m=1"] * (len(chunks) - 2)
    assert chunks[-1][0] == "q=2,m=0"
    assert max(len(data) for _, data in chunks) == 4096
    sent = Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in chunks))))
    assert sent.size == (200, 200)
    assert [cell_len(strip.text) for strip in drawn.strips] == [20] * 10
    assert len({strip.text for strip in drawn.strips}) == 10
    for strip in drawn.strips:
        (segment,) = strip
        assert segment.style
        assert segment.style.color
        assert segment.style.color.number == 203


# Harm


BOMB = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 6, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    + chunk(b"IEND", b"")
)
TEXTS = b"".join(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20))) for _ in range(80))


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", BOMB, png(image())[:-30], png(image())[:40]),
        png(image()).replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 0xFFFFFFFF, b"IHDR"),
    ],
)
def test_a_bad_picture_is_none(data: bytes) -> None:
    assert picture.decoded(text(data)) is None


def test_what_is_no_base64_or_too_much_is_none() -> None:
    assert picture.decoded("ä") is None
    assert picture.decoded("not base64!") is None
    assert picture.decoded("A" * (picture.MOST_CHARACTERS + 4)) is None


def test_texts_that_unpack_to_much_are_not_read() -> None:
    whole = png(image())
    at = whole.index(b"IDAT") - 4
    bomb = whole[:at] + TEXTS + whole[at:]
    assert len(text(bomb)) < picture.MOST_CHARACTERS
    decoded = picture.decoded(text(bomb))
    assert decoded is not None
    assert decoded.info == {}
    assert decoded.tobytes() == image().tobytes()


@given(st.binary(max_size=200), st.integers(0, 300))
def test_a_damaged_picture_never_raises(noise: bytes, at: int) -> None:
    whole = png(image())
    made = picture.decoded(text(whole[:at] + noise + whole[at + len(noise) :]))
    assert made is None or made.width * made.height <= picture.MOST_PIXELS


LOADED = "import sys, gbterm.app, gbterm.widgets.{}; print(*sys.modules)"


@pytest.mark.parametrize(
    ("module", "not_loaded"),
    [
        ("thumbnail", {"PIL", "textual_image"}),
        # These ask the terminal, wait for its answer and read keys for it.
        ("picture", {"textual_image._terminal", "textual_image.renderable"}),
    ],
)
def test_pictures_cost_nobody_who_sees_none_and_ask_no_terminal(
    module: str, not_loaded: set[str]
) -> None:
    command = [sys.executable, "-c", LOADED.format(module)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    assert set(done.stdout.split()) & not_loaded == set()


# The widget


class OnePicture(App[None]):
    """A thumbnail on an otherwise empty screen."""

    def __init__(self, how: Pictures) -> None:
        super().__init__(ansi_color=True)
        self.picture = Thumbnail(how)

    def compose(self) -> ComposeResult:
        yield self.picture

    @property
    def rows(self) -> list[str]:
        return [
            "".join(segment.text for segment in strip if not segment.control)
            for strip in self.screen._compositor.render_strips()
        ]

    @property
    def commands(self) -> str:
        """What goes to the terminal besides characters."""
        strips = self.screen._compositor.render_strips()
        return "".join(segment.text for strip in strips for segment in strip if segment.control)


@asynccontextmanager
async def shown(how: Pictures) -> AsyncIterator[tuple[OnePicture, Pilot[None]]]:
    app = OnePicture(how)
    async with app.run_test(size=(60, 20)) as pilot:
        yield app, pilot


async def until(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    for _ in range(400):
        if done():
            return
        await pilot.pause()
    raise AssertionError("it never came to pass")


async def test_a_picture_comes_changes_and_goes() -> None:
    async with shown(Pictures.BLOCKS) as (app, pilot):
        await pilot.pause()
        assert app.rows[0].startswith(NO_PICTURE)
        app.picture.png_base64 = PNG
        await until(pilot, lambda: app.rows[0].startswith("▀" * 20))
        app.picture.png_base64 = text(png(image(80, 10)))
        await until(pilot, lambda: app.rows[0].startswith("▀" * 24))
        app.picture.png_base64 = text(BOMB)
        await until(pilot, lambda: app.rows[0].startswith(NO_PICTURE))
        assert "▀" not in "".join(app.rows)


async def test_a_picture_fits_its_box_when_that_changes() -> None:
    async with shown(Pictures.BLOCKS) as (app, pilot):
        app.picture.png_base64 = PNG
        await until(pilot, lambda: app.rows[0].startswith("▀" * 20))
        app.picture.styles.width, app.picture.styles.height = 30, 14
        await until(pilot, lambda: app.rows[0].startswith("▀" * 28))


async def test_sixels_go_with_the_last_row_from_the_first_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thumbnail, "cell_pixels", lambda: CELL)
    async with shown(Pictures.SIXEL) as (app, pilot):
        app.picture.styles.offset = (3, 2)
        app.picture.png_base64 = PNG
        await until(pilot, lambda: "\x1bP" in app.commands)
        assert app.commands.startswith("\x1b7\x1b[3;4H\x1bP")
        assert app.commands.endswith("\x1b\\\x1b8")
        assert app.commands.count("\x1bP") == 1
        app.push_screen(ModalScreen())
        await pilot.pause()
        assert app.commands == "", "a dialog lies on top"
        app.pop_screen()
        await until(pilot, lambda: app.commands.count("\x1bP") == 1)


async def test_without_the_size_of_a_cell_sixels_become_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thumbnail, "cell_pixels", lambda: None)
    async with shown(Pictures.SIXEL) as (app, pilot):
        app.picture.png_base64 = PNG
        await until(pilot, lambda: app.rows[0].startswith("▀" * 20))
        assert app.commands == ""


async def test_where_no_picture_can_be_shown_none_takes_room() -> None:
    async with shown(Pictures.NONE) as (app, pilot):
        app.picture.png_base64 = PNG
        await pilot.pause()
        assert "".join(app.rows).strip() == ""
        assert app.picture.size.area == 0
