"""How a server serves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gbterm import paths
from gbterm.config import Actions, FilamentSensor, History, Watching
from gbterm.config.printer_tables import Volume
from gbterm.server.admission import Rules
from gbterm.server.guard import REFUSAL_S
from gbterm.server.uploads import FILE_MAX


@dataclass(frozen=True, slots=True)
class Options:
    """How a server serves; all but the directories has a default."""

    run_dir: Path
    library_dir: Path
    keys_file: Path = field(default_factory=paths.keys_file)
    listen: tuple[str, int] | None = None
    listen_required: bool = False
    """End with an error where `listen` is taken, instead of serving the unix socket alone."""
    octoprint_listen: tuple[str, int] | None = None
    """Where clients of OctoPrint are served."""
    octoprint_required: bool = False
    """As `listen_required`."""
    name: str = "printer"
    volume: Volume = field(default_factory=Volume)
    actions: Actions = field(default_factory=Actions)
    filament_sensor: FilamentSensor = field(default_factory=FilamentSensor)
    rules: Rules = field(default_factory=Rules)
    watching: Watching = field(default_factory=Watching)
    history: History = field(default_factory=History)
    calls: Path | None = None
    """Where the printer process says what it was asked for beside this server."""
    tls: tuple[Path, Path] | None = None
    """A certificate and its key; without them, clients on TCP are served in plain text."""
    frontend: Path | None = None
    """The static files of a web frontend."""
    file_max: int = FILE_MAX
    """Bytes of a file that comes in pieces."""
    refusal_s: float = REFUSAL_S
    socket_mode: int = 0o600
    tick_s: float = 1.0
    watch_s: float = 2.0
    """How often the sockets and those connected to them are looked after."""
    now: Callable[[], float] = time.monotonic
    """By which it is told how long a client was silent, in seconds."""
