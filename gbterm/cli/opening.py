"""From the options of the command line to a printer that is driven: its host started if need be."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm import config_edit, config_file, credentials, paths, serial_names
from gbterm.cli import listening
from gbterm.cli.target import OPTIONS, Target, resolve
from gbterm.config import DEFAULT_LISTEN
from gbterm.credentials import Credentials
from gbterm.errors import ConfigError
from gbterm.host import hosts

if TYPE_CHECKING:
    from gbterm.backends.base import Backend


@dataclass(frozen=True, slots=True)
class Opened:
    """A printer that can be connected to; `note` is what its user should know."""

    target: Target
    attach: str
    """The command that opens the console on it again."""
    note: str = ""
    kept_key: str = ""
    """The file into which the key that was given went; empty where it went into none."""

    @property
    def starts(self) -> str:
        """The command that starts its host again; empty where that is not ours to start."""
        return self.attach if self.target.host else ""

    @property
    def key_file(self) -> Path:
        """Where a key of its server is kept."""
        return credentials.file_of(self.target.name)

    def with_key(self, key: str) -> Opened:
        """The same, with another key to show."""
        shown = Credentials(key, self.target.credentials.tls_ca)
        return replace(self, target=replace(self.target, credentials=shown))

    def keeping_key(self) -> Opened:
        """The same, once its key is in `key_file` and in a printer's configuration. Blocks.

        Raises `UsageError`.
        """
        path, profile = self.key_file, self.target.profile
        credentials.write(path, self.target.credentials.key)
        if profile is None:
            attach = f"{self.attach} --key-file {shlex.quote(str(path))}"
            return replace(self, attach=attach, kept_key=str(path))
        members = {"key_file": str(path)}
        if not config_edit.is_users_own(profile.name):
            # The user's table goes before the machine's, so it must be whole.
            members |= {"url": profile.url}
            members |= {"tls_ca": profile.tls_ca} if profile.tls_ca else {}
        config_edit.put_printer(profile.name, members)
        return self

    @property
    def unkept(self) -> str:
        """The printer's port or address, where no configured one has it; else empty. Blocks."""
        profile = self.target.profile
        where = self.target.url or (profile.port if profile else "")
        if not where or where.startswith("unix:"):
            return ""
        try:
            configured = config_file.load()
        except ConfigError:
            return ""  # nothing can be added to it
        if configured.on_port(where) or self.target.name in configured.printers:
            return ""
        if any(where == one.url for one in configured.printers.values()):
            return ""
        return serial_names.stable_name(where) or where

    @property
    def is_alive(self) -> bool:
        """Whether it is on a host that runs here. Blocks for a moment."""
        return bool(self.target.host) and hosts.is_alive(self.target.run_dir)

    def wait_for_server(self) -> None:
        """Wait while that of a host which lives is being started again. Blocks."""
        if self.target.host:
            hosts.wait_for_server(self.target.run_dir)

    def backend(self) -> Backend:
        """A client of its server, not connected yet."""
        from gbterm.backends import kinds

        return kinds.client(self.target.address, self.target.name, self.target.credentials)


@dataclass(frozen=True, slots=True)
class Unchosen:
    """What a conversation stands on until a printer was chosen; can do nothing but say so."""

    attach: str
    why: str
    starts: str = ""
    unkept: str = ""
    kept_key: str = ""
    key_file: Path = Path()

    def with_key(self, key: str) -> Unchosen:
        """Nobody asks for one."""
        del key
        return self

    def keeping_key(self) -> Unchosen:
        """There is none."""
        return self

    def backend(self) -> Backend:
        """No printer."""
        from gbterm.backends.absent import NoPrinter

        return NoPrinter(self.why)


def opened(
    options: argparse.Namespace, *, starting: Callable[[str], None] = lambda _: None
) -> Opened:
    """The printer that `options` mean, on a host that runs or was started detached. Blocks.

    `starting` hears the printer's name before its host is started, which may take a while. Raises
    what `resolve` raises, and `LinkError` where the host can't be started.
    """
    target = resolve(options)
    attach = command(options)
    if not target.host:
        return Opened(target, attach)
    host = hosts.find(target.host)
    if host is None:
        from gbterm.host import launch

        starting(target.name)
        profile, configured = target.startable(), config_file.load()
        host = launch.ensure(
            target.host,
            profile,
            data=paths.data_dir(),
            listen=listening.by_environment() or profile.listen or DEFAULT_LISTEN,
            listen_required=False,
            serving=configured.serving,
            watching=configured.watching,
            history=configured.history,
        )
    opened = Opened(replace(target, host=host.name), attach, host.note)
    opened.wait_for_server()
    return opened


def command(options: argparse.Namespace, *, verb: str = "") -> str:
    """The command that opens this console again: the printer, and how it is drawn."""
    words = [program(), verb] if verb else [program()]
    for name in ("theme",) if verb else (*OPTIONS, "theme"):
        if hasattr(options, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    for name, value, option in (
        ("glyphs", "ascii", "--ascii"),
        ("slow", True, "--slow"),
        ("slow", False, "--no-slow"),
        ("mouse", False, "--no-mouse"),
        ("plain", True, "--plain"),
    ):
        if getattr(options, name, None) == value:
            words.append(option)
    return shlex.join(words)


def program() -> str:
    """How this program is called from here: `gbterm`, or its path where that isn't found."""
    return "gbterm" if shutil.which("gbterm") else sys.argv[0]
