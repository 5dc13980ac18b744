"""The printers besides the one that the command line means: found, watched, opened in its place."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gbterm import credentials
from gbterm.cli.by_environment import KEPT
from gbterm.cli.opening import Opened, opened
from gbterm.cli.target import OPTIONS
from gbterm.config import Config
from gbterm.credentials import Credentials
from gbterm.discovery.ports import serial_ports
from gbterm.discovery.printers import Listed, listed
from gbterm.discovery.servers import FoundServer
from gbterm.host import hosts

if TYPE_CHECKING:
    from gbterm.backends.base import Backend


class Elsewhere:
    """For a console that was started with `options`."""

    def __init__(self, options: argparse.Namespace) -> None:
        kept = {
            name: value for name, value in vars(options).items() if name not in (*OPTIONS, *KEPT)
        }
        self._kept = kept
        self._meant: str | None = getattr(options, "url", None)

    def survey(self, config: Config, servers: Iterable[FoundServer]) -> tuple[Listed, ...]:
        """Those of `config`, of this machine and of `servers`. Blocks; opens no port."""
        return tuple(listed(config, hosts.running(), serial_ports(), servers))

    def open(self, option: str, value: str) -> Opened:
        """The one that `option` means, on a host that runs. Blocks. Raises as `opened`.

        An address that was found is shown no key of the environment: anybody can announce one.
        """
        is_found = option == "url" and value != self._meant
        return opened(argparse.Namespace(**self._kept, **{option: value}, is_found=is_found))

    def backend_of(self, printer: Listed, *, unasked: bool = True) -> Backend | None:
        """A client of the server that drives it, not connected yet; None where none does.

        Starts nothing. Blocks. Raises as `credentials.read`.
        """
        if not printer.server:
            return None
        from gbterm.backends import kinds

        shown, profile = Credentials(), printer.profile
        if not printer.host:
            named = (profile.key_file, profile.tls_ca) if profile else ("", "")
            shown = credentials.read(*named, unasked=unasked)
        return kinds.client(printer.server, printer.name, shown)
