"""The printers besides the one that the command line means: found, and opened in its place."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from gbterm.cli.opening import OPTIONS, Opened, opened
from gbterm.cli.survey import Surveyed, survey
from gbterm.config import Config
from gbterm.discovery.servers import FoundServer


class Elsewhere:
    """For a console that was started with `options`."""

    def __init__(self, options: argparse.Namespace) -> None:
        kept = {name: value for name, value in vars(options).items() if name not in OPTIONS}
        self._kept = kept

    def survey(self, config: Config, servers: Iterable[FoundServer]) -> tuple[Surveyed, ...]:
        """Those of `config`, of this machine and of `servers`. Blocks; opens no port."""
        return survey(config, servers)

    def open(self, option: str, value: str) -> Opened:
        """The one that `option` means, on a host that runs. Blocks. Raises as `opened`."""
        return opened(argparse.Namespace(**self._kept, **{option: value}))
