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

from gbterm import config_edit, config_file, credentials, paths
from gbterm.cli.target import OPTIONS, Target, resolve
from gbterm.credentials import Credentials
from gbterm.host import hosts

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

DEFAULT_LISTEN = "127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Opened:
    """A printer that can be connected to; `note` is what its user should know."""

    target: Target
    attach: str
    """The command that opens the console on it again."""
    note: str = ""

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
            return replace(self, attach=f"{self.attach} --key-file {shlex.quote(str(path))}")
        config_edit.put_printer(profile.name, {"key_file": str(path)})
        return self

    def backend(self) -> Backend:
        """A client of its server, not connected yet."""
        from gbterm.backends import kinds

        return kinds.client(self.target.address, self.target.name, self.target.credentials)


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
        host = launch.ensure(
            target.host,
            target.startable(),
            data=paths.data_dir(),
            listen=DEFAULT_LISTEN,
            listen_required=False,
            serving=config_file.load().serving,
        )
    return Opened(replace(target, host=host.name), attach, host.note)


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
