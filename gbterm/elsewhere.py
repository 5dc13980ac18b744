"""The printers besides the one on show, as the console finds and opens them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from gbterm.errors import LinkError

if TYPE_CHECKING:
    from gbterm.backends.base import Backend
    from gbterm.cli.opening import Opened
    from gbterm.config import Config
    from gbterm.discovery.printers import Listed
    from gbterm.discovery.servers import FoundServer


class Elsewhere(Protocol):
    """How they are found and opened. All of it blocks."""

    def survey(self, config: Config, servers: Iterable[FoundServer]) -> tuple[Listed, ...]:
        """Those of `config`, of this machine and of `servers`; opens no port."""

    def open(self, option: str, value: str) -> Opened:
        """The one that this option of the command line means. Raises a `GbtermError`."""

    def backend_of(self, printer: Listed, *, unasked: bool = True) -> Backend | None:
        """A client of the server that drives it, not connected yet; None where none does.

        Starts nothing. One that is `unasked` for is shown no key but its own, which the
        configuration names. Raises a `GbtermError`.
        """


class Nowhere:
    """There are no others."""

    def survey(self, config: Config, servers: Iterable[FoundServer]) -> tuple[Listed, ...]:
        """None."""
        del config, servers
        return ()

    def open(self, option: str, value: str) -> Opened:
        """None."""
        raise LinkError(f"This console can't leave its printer for --{option} {value}.")

    def backend_of(self, printer: Listed, *, unasked: bool = True) -> Backend | None:
        """None."""
        del printer, unasked
        return None
