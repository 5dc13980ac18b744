"""What a check looks at, and what it finds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gbterm import config_file, paths
from gbterm.cli.bug_report.machine import public
from gbterm.config import Config
from gbterm.discovery.ports import SerialPort, serial_ports
from gbterm.errors import ConfigError
from gbterm.host import hosts
from gbterm.host.hosts import RunningHost
from gbterm.system import HERE, System
from gbterm.text import scrub


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, or nobody can tell, but should be looked at."""
    WRONG = "wrong"
    """Something does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`says` is one or two sentences; where the verdict isn't OK, with what to do."""

    verdict: Verdict
    about: str
    """What was looked at, in a word or three."""
    says: str

    def scrubbed(self) -> Finding:
        """The same, fit to be shown."""
        return Finding(self.verdict, scrub(self.about), scrub(self.says))


def ok(about: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(Verdict.OK, about, says)


def warning(about: str, says: str) -> Finding:
    """To be looked at."""
    return Finding(Verdict.WARNING, about, says)


def wrong(about: str, says: str) -> Finding:
    """Does not work."""
    return Finding(Verdict.WRONG, about, says)


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is: looked up once, for all checks. Looking opens no port and sends nothing."""

    system: System = HERE
    config: Config = field(default_factory=Config)
    trouble: str = ""
    """What is wrong with the configuration, in a sentence."""
    ports: tuple[SerialPort, ...] = ()
    running: tuple[RunningHost, ...] = ()

    @staticmethod
    def now(system: System = HERE) -> Scene:
        """As it is. Blocks."""
        config, trouble = Config(), ""
        try:
            config = config_file.load()
        except ConfigError as error:
            trouble = str(error)
        return Scene(system, config, trouble, tuple(serial_ports(system)), tuple(hosts.running()))

    def host_on(self, port: SerialPort) -> RunningHost | None:
        """The host that drives it."""
        same = {paths.host_name(port.name), paths.host_name(port.device)}
        return next((host for host in self.running if paths.host_name(host.port) in same), None)


Check = Callable[[Scene], Iterable[Finding]]
"""Blocks; may raise `OSError` or a `GbtermError`."""


def shown(place: str) -> str:
    """A port or an address without a password that may be in it."""
    return str(public(place, address=True))


def others_may(path: Path, rights: int) -> bool:
    """Whether group or others have any of these `rights` (as 0o077) to it, where it is there."""
    try:
        found = path.stat()
    except OSError:
        return False
    return bool(found.st_mode & rights) and found.st_uid == os.getuid()
