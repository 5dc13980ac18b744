"""Every screen, and every action of a printer in memory with what it shows, on poor terminals,
dark, light, and without colour."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import combinations, cycle
from pathlib import Path

import pytest
from rich.color import Color
from rich.segment import Segment

from gbterm.keymap import SCREENS
from gbterm.lookalikes import SAFE
from gbterm.model import Message, Phase, PrinterState, Temperature
from gbterm.terminal import Glyphs
from tests.console.acts.act import Act, a_print
from tests.console.conftest import Console, opened
from tests.console.test_every_action import ACTS
from tests.memory_backend import MemoryBackend


@dataclass(frozen=True)
class Look:
    """How a console is drawn, and the colours that can't be read on the ground of its terminal."""

    draws: Glyphs
    theme: str
    ground: tuple[int, ...]


BLACK, WHITE = (0,), (7, 15)
LOOKS = (
    Look(Glyphs.ASCII, "dark", BLACK),
    Look(Glyphs.CONSOLE, "light", WHITE),
    Look(Glyphs.UNICODE, "none", ()),
    Look(Glyphs.CONSOLE, "dark", BLACK),
    Look(Glyphs.ASCII, "light", WHITE),
)
PICTURES = set("▀▄█")
"""What has its meaning from its colours, and is drawn where there are enough of them."""


def is_legible(segment: Segment, look: Look) -> bool:
    """Whether text and ground differ, as far as anybody knows the terminal's own colours."""
    style = segment.style
    if style is None or not segment.text.strip() or set(segment.text.strip()) <= PICTURES:
        return True
    text, ground = style.color or Color.default(), style.bgcolor or Color.default()
    if look.theme == "none":
        return text.is_default and ground.is_default
    if text.is_default and ground.is_default:
        return True
    if ground.is_default:
        return text.number not in look.ground
    if text.is_default:
        return ground.number not in (WHITE if look.ground == BLACK else BLACK)
    return text != ground


def check(console: Console, look: Look) -> None:
    """The screen on show can be drawn and read."""
    allowed = SAFE.get(look.draws)
    drawn = set(console.text.replace("\n", ""))
    assert allowed is None or drawn <= allowed, drawn - allowed
    unseen = [segment for segment in console.segments if not is_legible(segment, look)]
    assert unseen == [], console.text


@asynccontextmanager
async def looking(
    look: Look, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Console]:
    if look.theme == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    how = {"draws": look.draws, "theme": look.theme}
    async with opened(MemoryBackend(), folder=folder, toasts=True, **how) as console:  # type: ignore[arg-type]
        yield console


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.draws.value}-{look.theme}")
async def test_every_screen(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking(look, tmp_path, monkeypatch) as console:
        for prepare in (None, a_print):
            if prepare is not None:
                await prepare(console)
                console.backend.say("The link is noisy: 日本 – “quoted” …", "warning")
            for screen in SCREENS:
                await console.press("ctrl+g", screen.letter)
                await console.until(lambda name=screen.name: console.app.current_mode == name)  # type: ignore[misc]
                await console.rest()
                check(console, look)


@pytest.mark.parametrize(
    ("act", "look"),
    [*zip(ACTS, cycle(LOOKS), strict=False)],
    ids=lambda it: getattr(it, "name", ""),
)
async def test_every_action_does_what_it_says_and_can_be_read(
    act: Act, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(look, tmp_path, monkeypatch) as console:
        await act.do(console)
        if console.app.is_running:
            check(console, look)


HOT = PrinterState(nozzles=(Temperature(215.0, 215.0),), bed=Temperature(60.0, 60.0))
STATES = (
    *(replace(HOT, phase=phase) for phase in Phase if phase is not Phase.DISCONNECTED),
    *(
        replace(HOT, phase=Phase.READY, nozzles=(Temperature(*nozzle),))
        for nozzle in ((150.0, 215.0), (215.0, 0.0), (215.0, 150.0), (25.0, 0.0))
    ),
    *(
        replace(HOT, phase=Phase.READY, messages=(Message("It is late.", level),))
        for level in ("info", "warning", "error")
    ),
)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
async def test_nothing_is_said_by_colour_alone(backend: MemoryBackend, screen: object) -> None:
    seen = []
    async with opened(backend) as console:
        await console.press("ctrl+g", screen.letter)  # type: ignore[attr-defined]
        for state in STATES:
            backend.report_all(state)
            await console.until(lambda: console.app.state is backend.state)
            await console.rest()
            seen.append((console.text, [_colours(segment) for segment in console.segments]))
    for (text, colours), (other, others) in combinations(seen, 2):
        assert colours == others or text != other, text


def _colours(segment: Segment) -> tuple[str, object, object]:
    style = segment.style
    return segment.text, style and style.color, style and style.bgcolor
