"""Which printer is meant: an address, a port, a profile, or the only one there is."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from gbterm import config, paths
from gbterm.config import Config, PrinterProfile
from gbterm.errors import LinkError, UsageError

HOW_TO_SAY = "say which with --port DEVICE, --url ws://HOST:PORT or --printer NAME"


@dataclass(frozen=True, slots=True)
class Target:
    """A printer behind a `url`, or on the local host called `host`; the other one is empty.

    `profile` is None for a local host that runs but is not configured here.
    """

    name: str
    host: str = ""
    url: str = ""
    profile: PrinterProfile | None = None

    @property
    def printer_socket(self) -> Path:
        """The printer process's socket of a local host."""
        return paths.run_dir(self.host) / "printer.sock"

    @property
    def address(self) -> str:
        """Where the server is reached, for a backend."""
        return self.url or f"unix:{paths.run_dir(self.host) / 'server.sock'}"

    def unreachable(self, error: OSError) -> LinkError:
        """Why nobody answers at the socket of a local host, with what to do."""
        if isinstance(error, PermissionError):
            return LinkError(
                f"The host of {self.name} is another user's; join its group (sudo usermod -aG"
                " gbterm $USER) and log in again."
            )
        return LinkError(
            f"No host runs for {self.name}; start one with gbterm serve, or open the console."
        )

    def startable(self) -> PrinterProfile:
        """The profile to start a host with. Raises UsageError where there is none."""
        if self.url:
            raise UsageError(f"{self.name} is a server; this needs a printer on a --port.")
        if self.profile is None:
            raise UsageError(f"{self.name} is not configured here; name its port with --port.")
        return self.profile


def resolve(options: argparse.Namespace) -> Target:
    """The printer that `options` mean. Raises UsageError with how to say it, or ConfigError."""
    port, url, name = (getattr(options, key, None) for key in ("port", "url", "printer"))
    baud: int | None = getattr(options, "baud", None)
    if sum(value is not None for value in (port, url, name)) > 1:
        raise UsageError("Give only one of --port, --url and --printer.")
    if baud is not None and (url is not None or (port is None and name is None)):
        raise UsageError("--baud goes with --port.")
    if url is not None:
        return Target(url, url=config.check_url(url))
    configured = config.load()
    if port is not None:
        return _with_baud(_on_port(port, configured), baud)
    if name is not None:
        return _with_baud(_named(name, configured), baud)
    profile = configured.default_printer()
    return _of(profile) if profile else _only_running(configured)


def _of(profile: PrinterProfile) -> Target:
    if profile.url:
        return Target(profile.name, url=profile.url, profile=profile)
    return Target(profile.name, host=profile.name, profile=profile)


def _with_baud(target: Target, baud: int | None) -> Target:
    if baud is None:
        return target
    if target.profile is None or target.url:
        raise UsageError("--baud goes with --port.")
    return replace(target, profile=replace(target.profile, baud=baud))


def _on_port(port: str, configured: Config) -> Target:
    if not port:
        raise UsageError("--port needs the path of a device, as /dev/ttyUSB0.")
    if "://" not in port:
        port = str(Path(port).absolute())
    profile = configured.on_port(port)
    if profile is not None:
        return _of(profile)
    # A stable name leads elsewhere after a replug; the host still serves the port by that name.
    for name in _running(port):
        return Target(port, host=name, profile=PrinterProfile(name, port))
    host = paths.host_name(port)
    return Target(port, host=host, profile=PrinterProfile(host, port))


def _named(name: str, configured: Config) -> Target:
    if name in configured.printers:
        return _of(configured.printers[name])
    running = _running()
    if name in running:
        return Target(name, host=name)
    known = ", ".join(sorted({*configured.printers, *running})) or "none"
    raise UsageError(
        f"No printer is called {name!r} (known: {known}); add [printer.{name}] to"
        f" {paths.config_files()[1]}, or use --port DEVICE or --url ws://HOST:PORT."
    )


def _only_running(configured: Config) -> Target:
    running = _running()
    if len(running) == 1:
        return Target(running[0], host=running[0], profile=configured.printers.get(running[0]))
    names = ", ".join(sorted({*configured.printers, *running}))
    several = f"There are several printers ({names})" if names else "No printer is configured here"
    demo = "" if names else "; gbterm demo shows a virtual one"
    raise UsageError(f"{several}: {HOW_TO_SAY}{demo}.")


def _running(port: str | None = None) -> list[str]:
    from gbterm.host import launch

    return sorted(host.name for host in launch.running() if port in (None, host.port))
