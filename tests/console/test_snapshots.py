"""What each screen looks like in the middle of a print, row by row.

`SNAPSHOTS=write` before pytest takes what is shown now for right; read the difference then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from gbterm import config_edit
from gbterm.backends.base import Backend
from gbterm.cli import elsewhere
from gbterm.console_lines import ConsoleLine
from gbterm.discovery.ports import SerialPort
from gbterm.discovery.printers import Listed
from gbterm.errors import AuthenticationRefused
from gbterm.files import FileDetails
from gbterm.jobs import Job
from gbterm.keymap import SCREENS
from gbterm.keymap.action import Action
from gbterm.model import Message, Phase, Position, PrinterState, StreamReport, Temperature
from gbterm.widgets import job_slice
from tests.console.conftest import opened
from tests.memory_backend import NOON, MemoryBackend

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40))

MIDDLE_OF_A_PRINT = PrinterState(
    phase=Phase.EXECUTING,
    nozzles=(Temperature(214.6, 215.0),),
    bed=Temperature(57.2, 60.0),
    position=Position(112.4, 98.05, 4.2),
    speed_percent=110.0,
    fans={0: 100.0},
    steppers_enabled=True,
    job=Job(
        "bracket-left.gcode",
        file_id=2,
        line=4210,
        lines=12034,
        byte=131_072,
        bytes=374_600,
        elapsed_s=4930,
        left_s=9120,
        layer=21,
        layers=64,
        started_at=NOON,
    ),
    stream=StreamReport(lines_s=84, verdict="the printer sets the pace"),
    messages=(
        Message("The print of bracket-left.gcode began.", "info", NOON),
        Message("Line 1200 was sent again: it was damaged on its way.", "warning", NOON + 60),
    ),
)


PORT = SerialPort("/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0", "/dev/ttyUSB0", "USB Serial")
CABLE = (
    ("out", "N4206 G1 X110.2 Y97.4 E.0412*97"),
    ("in", "ok"),
    ("in", " T:214.60 /215.00 B:57.20 /60.00 @:61 B@:127"),
    ("out", "N4207 M117 Layer 21 of 64*12"),
    ("in", "ok"),
    ("in", "echo:Printing: layer 21"),
)
CONFIG = """
[printer.attic]
url = "ws://127.0.0.1:1"
[printer.ender]
port = "/dev/ttyACM7"
[printer.upstairs]
url = "ws://upstairs.example:8000"
[mdns]
search = false
"""


def prepared() -> MemoryBackend:
    """A printer with a few files."""
    backend = MemoryBackend()
    backend.cable = [
        ConsoleLine(NOON + 60 + index / 8, direction, text)
        for index, (direction, text) in enumerate(CABLE)
    ]
    for name in ("box.gcode", "bracket-left.gcode", "vase.gcode"):
        file = backend.add_file(name)
        backend.library[file.id] = replace(
            file,
            size=374_600,
            print_material="PLA",
            print_time_sec=14_050,
            print_filament_mm=8_120,
            details=FileDetails("PrusaSlicer 2.7", "PLA", layer_height_mm=0.2, layers=64),
        )
    return backend


def beside(printer: Listed) -> Backend:
    """Those in the attic can't be reached."""
    if printer.name == "attic":
        raise AuthenticationRefused("The attic wants a key.")
    return MemoryBackend()


LAST = {
    "printers": ("needs a key", "upstairs READY", "ttyUSB0 not opened"),
    "console": ("layer 21",),
    "temperature": ("0 min",),
    "files": ("vase",),
    "settings": ("Theme dark",),
}
"""What comes a moment after the screen itself."""


@pytest.fixture(autouse=True)
def _utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda action: action.name)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}x{}".format(*size))
async def test_a_screen_looks_as_it_did(
    screen: Action, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "serial_ports", lambda: [PORT])
    monkeypatch.setattr(elsewhere.Elsewhere, "backend_of", lambda _, printer, **__: beside(printer))
    config_edit.user_file().write_text(CONFIG)
    backend = prepared()
    await backend.connect()
    backend.report_all(MIDDLE_OF_A_PRINT)
    monkeypatch.setattr(job_slice, "time", SimpleNamespace(time=lambda: NOON))
    async with opened(backend, size=size, connect=False, clock=lambda: NOON) as console:
        await console.press(screen.keys)
        for text in LAST.get(screen.name, (f"[{screen.shown}",)):
            await console.shows(text)
        shown = "".join(f"{row.rstrip()}\n" for row in console.text.splitlines())
    path = FOLDER / f"{screen.name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()
