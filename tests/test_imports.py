"""The house holds: who may import whom, found in the source of every module."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"

FLOORS: tuple[tuple[str, ...], ...] = (
    # What is true of a printer, and how it is written down.
    (
        *("gbterm", "gbterm.model", "gbterm.jobs", "gbterm.lost_print", "gbterm.files"),
        *("gbterm.bed_mesh", "gbterm.bed_shape", "gbterm.bed_table", "gbterm.z_offset"),
        *("gbterm.bed_corners", "gbterm.pid_tuning"),
        "gbterm.findings",
        *("gbterm.connection", "gbterm.freshness"),
        *("gbterm.actions", "gbterm.events", "gbterm.errors", "gbterm.apply"),
        *("gbterm.wire", "gbterm.jsonrpc", "gbterm.opengb_shapes", "gbterm.text"),
        *("gbterm.octoprint_shapes", "gbterm.octocmd"),
        *("gbterm.paths", "gbterm.ssh_address", "gbterm.address", "gbterm.environment"),
        *("gbterm.params", "gbterm.lock", "gbterm.credentials", "gbterm.whole_file"),
        *("gbterm.arrival", "gbterm.quick", "gbterm.trace", "gbterm.serial_names"),
        *("gbterm.system", "gbterm.serial_use", "gbterm.audit", "gbterm.unix_peer"),
        *("gbterm.orders", "gbterm.octoprint_requests"),
        *("gbterm.printer_params", "gbterm.console_lines", "gbterm.temperatures"),
        *("gbterm.firmware_settings", "gbterm.board_settings", "gbterm.estimate"),
    ),
    # Reading the configuration judges the G-code in it.
    ("gbterm.gcode", "gbterm.config", "gbterm.config_file", "gbterm.config_edit"),
    ("gbterm.backends",),
    ("gbterm.simulator",),
    ("gbterm.host", "gbterm.discovery"),
    ("gbterm.server",),
    # What the console says and does, without a screen.
    (
        *("gbterm.keymap", "gbterm.terminal", "gbterm.lookalikes", "gbterm.typed_commands"),
        *("gbterm.others", "gbterm.watched", "gbterm.overview"),
        *("gbterm.plain", "gbterm.beside", "gbterm.notices", "gbterm.widgets.words"),
        *("gbterm.worth_keeping", "gbterm.e_steps"),
    ),
    ("gbterm.cli", "gbterm.service", "gbterm.__main__"),
    # The console.
    (
        *("gbterm.app", "gbterm.elsewhere", "gbterm.commands"),
        *("gbterm.messages", "gbterm.pictures", "gbterm.settings", "gbterm.switching"),
        *("gbterm.cadence", "gbterm.driver", "gbterm.keyboard", "gbterm.cells"),
        *("gbterm.pacing", "gbterm.settling", "gbterm.halting", "gbterm.asked", "gbterm.following"),
        *("gbterm.stylesheet", "gbterm.keeping"),
        *("gbterm.screens", "gbterm.widgets"),
    ),
)
"""From the ground up. A module imports its own floor and those below it."""

CLI, CONSOLE = 7, 8

ALLOWED: dict[str, tuple[str, ...]] = {
    "argcomplete": ("gbterm.cli.completions",),
    "textual": FLOORS[CONSOLE],
    "rich": FLOORS[CONSOLE],
    "PIL": ("gbterm.widgets.picture",),
    "serial": ("gbterm.backends.marlin.link",),
    "textual_plotext": ("gbterm.widgets.chart",),
    "textual_image": ("gbterm.widgets.picture",),
    "serial_asyncio": ("gbterm.backends.marlin.link",),
    "gpiod": ("gbterm.server.filament_sensor",),
    "tomlkit": ("gbterm.config_edit",),
    "zeroconf": (
        *("gbterm.discovery.servers", "gbterm.discovery.unannounced"),
        "gbterm.server.announcement",
    ),
    "ifaddr": ("gbterm.server.announcement",),
    "aiomqtt": ("gbterm.server.mqtt",),
    "prometheus_client": ("gbterm.server.metrics",),
    "aiohttp": ("gbterm.backends.octoprint", "gbterm.server.hook_post", "gbterm.server.octoprint"),
    "websockets": ("gbterm.backends.opengb", "gbterm.server"),
    "gbterm.simulator": ("gbterm.simulator", "gbterm.cli"),
}
"""Who alone may import these."""

FORBIDDEN: dict[str, tuple[str, ...]] = {
    # Board and core must not share one misunderstanding.
    "gbterm.simulator": ("gbterm.backends", "gbterm.gcode"),
    "gbterm.widgets": ("gbterm.screens", "gbterm.backends", "gbterm.app"),
}

PURE = (
    *(
        "gbterm.model",
        "gbterm.lost_print",
        "gbterm.events",
        "gbterm.errors",
        "gbterm.apply",
        "gbterm.wire",
        "gbterm.bed_mesh",
        "gbterm.bed_shape",
    ),
    *("gbterm.jsonrpc", "gbterm.opengb_shapes", "gbterm.text"),
    *("gbterm.backends.marlin.packet", "gbterm.backends.marlin.parser"),
    *("gbterm.backends.marlin.protocol", "gbterm.backends.marlin.window"),
    *("gbterm.console_lines", "gbterm.temperatures", "gbterm.notices"),
    *("gbterm.backends.octoprint.states", "gbterm.backends.octoprint.files"),
    *("gbterm.backends.marlin.transcript", "gbterm.server.home_assistant"),
    *("gbterm.backends.marlin.stream", "gbterm.backends.marlin.flight"),
    *("gbterm.backends.marlin.recovery", "gbterm.backends.marlin.patience"),
    *("gbterm.backends.marlin.tally", "gbterm.backends.marlin.meter"),
    *("gbterm.firmware_settings", "gbterm.board_settings"),
    *("gbterm.backends.marlin.stored", "gbterm.backends.marlin.setting_values"),
)
IO = ("asyncio", "os", "select", "signal", "socket", "subprocess", "threading", "time")
"""What no pure module imports: it gets bytes and the time as arguments."""


@dataclass(frozen=True)
class Import:
    importer: str
    imported: str
    inside_function: bool

    def __str__(self) -> str:
        return f"{self.importer} imports {self.imported}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / "gbterm").rglob("*.py"))}


def imports_of(name: str) -> Iterator[Import]:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name, alias.name, id(node) in inside)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively, which this test can't follow"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                known = whole if whole in MODULES else str(node.module)
                yield Import(name, known, id(node) in inside)


IMPORTS = [found for name in MODULES for found in imports_of(name)]


def below(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def floor(name: str) -> int | None:
    """The floor of a module; `gbterm` itself stands for its `__init__` alone."""
    rooms = [tuple(room for room in floor if room != "gbterm") for floor in FLOORS]
    found = [number for number, names in enumerate(rooms) if below(name, names)]
    return 0 if name == "gbterm" else (found[0] if found else None)


def test_every_module_has_its_floor() -> None:
    assert [name for name in MODULES if floor(name) is None] == []


def test_imports_go_down_only() -> None:
    wrong = []
    for found in IMPORTS:
        here, there = floor(found.importer), floor(found.imported)
        if here is None or there is None or there <= here:
            continue
        if (here, there) == (CLI, CONSOLE) and found.inside_function:
            continue  # where the command line becomes the console
        wrong.append(str(found))
    assert wrong == []


@pytest.mark.parametrize("imported", ALLOWED)
def test_who_alone_may_import(imported: str) -> None:
    users = [found for found in IMPORTS if below(found.imported, (imported,))]
    assert users, f"nobody imports {imported}: take it out of the table"
    assert [str(found) for found in users if not below(found.importer, ALLOWED[imported])] == []


@pytest.mark.parametrize("room", FORBIDDEN)
def test_what_a_room_does_not_import(room: str) -> None:
    inside = [found for found in IMPORTS if below(found.importer, (room,))]
    assert inside
    assert [str(found) for found in inside if below(found.imported, FORBIDDEN[room])] == []


def test_pure_modules_do_no_io() -> None:
    assert [name for name in PURE if name not in MODULES] == []
    inside = [found for found in IMPORTS if found.importer in PURE]
    assert [str(found) for found in inside if below(found.imported, IO)] == []


def test_the_table_for_contributors_names_what_is_there() -> None:
    named = re.findall(r"`((?:gbterm|docs|scripts|tests)/[^`]*)`", CONTRIBUTING.read_text())
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []


SHOW_MODULES = """
import sys
from gbterm.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print("modules", *sys.modules, file=sys.stderr)
"""


def loaded_by(*argv: str, env: dict[str, str] | None = None) -> set[str]:
    """The modules that are loaded once the command line `argv` has run."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW_MODULES, *argv],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    last = done.stderr.splitlines()[-1].split()
    assert last[0] == "modules", done.stderr
    return set(last[1:])


SLOW = {
    "asyncio",
    "aiohttp",
    "textual",
    "rich",
    "websockets",
    "serial",
    "sqlite3",
    "gbterm.backends",
}


def test_the_version_is_told_quickly() -> None:
    assert loaded_by("--version") & SLOW == set()
