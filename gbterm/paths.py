"""Where things are kept: run directories, data and configuration."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from gbterm import environment, lock

_ROOT = Path(os.environ.get("GBTERM_ROOT") or "/")
"""Below it are the folders of the service, which the whole machine shares."""
SERVICE_RUN, SERVICE_STATE = _ROOT / "run/gbterm", _ROOT / "var/lib/gbterm"
SYSTEM_CONFIG = _ROOT / "etc/gbterm/config.toml"
PRINTER_LOCK, SERVER_LOCK = "printer.lock", "server.lock"
"""Held by the two processes of a host for as long as they live."""


def _xdg(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / default


def config_files() -> tuple[Path, ...]:
    """The system's configuration and the user's, which wins; one where that is the system's.

    Raises `UsageError`.
    """
    return tuple(dict.fromkeys((SYSTEM_CONFIG, user_config())))


def user_config() -> Path:
    """The file that a user changes. Raises `UsageError`."""
    named = environment.full_path("config")
    return named or _xdg("XDG_CONFIG_HOME", ".config") / "gbterm" / "config.toml"


def keys_file() -> Path:
    """The keys of clients, one file for all hosts."""
    return user_config().with_name("keys.json")


def data_dir() -> Path:
    """The user's file library, one for all hosts. Raises `UsageError`."""
    return environment.full_path("data") or _xdg("XDG_DATA_HOME", ".local/share") / "gbterm"


def state_dir() -> Path:
    """Logs and the run directories of a user's own hosts."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "gbterm"


def host_name(port: str) -> str:
    """A short name for the host that serves `port`, the same however the port is spelt.

    A socket's path holds 108 bytes, so the name can't be the path of the port.
    """
    real = os.path.realpath(port) if port.startswith("/") else _same_url(port)
    stem = re.sub(r"[^A-Za-z0-9]+", "-", real.rsplit("/", 1)[-1]).strip("-")[:16]
    return f"{stem}-{hashlib.sha256(real.encode()).hexdigest()[:8]}"


def _same_url(port: str) -> str:
    """`socket://HOST:PORT` without what makes no difference: capitals, a slash, options."""
    return re.split(r"/*(?:\?|$)", port.lower(), maxsplit=1)[0]


def server_socket(host: str) -> Path:
    """The socket of the server of the host of that name."""
    return run_dir(host) / "server.sock"


def server_url(host: str) -> str:
    """Where that server is reached on this machine."""
    return f"unix:{server_socket(host)}"


def run_dir(name: str) -> Path:
    """The run directory of the host `name`; not made here.

    Never below XDG_RUNTIME_DIR: logind empties it when the last login ends, and a print must
    outlive that. A user's own host that lives goes before the service's of that name, which came
    to be beside it: it has the board.
    """
    service, own = SERVICE_RUN / name, kept_dir(name)
    return service if service.is_dir() and not is_alive(own) else own


def supervised_run_dir(name: str) -> Path:
    """That of a host which systemd keeps: the machine's, or this user's own."""
    return SERVICE_RUN / name if is_the_machines() else kept_dir(name)


def is_the_machines() -> bool:
    """Whether this process is the machine's service, which its units tell where its state is."""
    return state_dir() == SERVICE_STATE


def is_alive(run_dir: Path) -> bool:
    """Whether one of the two processes of a host lives, which starts the other again."""
    return any(lock.is_held(run_dir / name) for name in (PRINTER_LOCK, SERVER_LOCK))


def kept_dir(name: str) -> Path:
    """Where the host `name` keeps what must outlive this machine's end, as /run doesn't.

    A user's host has it in its run directory.
    """
    return state_dir() / "run" / name
