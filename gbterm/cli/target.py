"""Which printer is meant: an address, a port, a profile, or the only one there is."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path

from gbterm import config_file, credentials, environment, octocmd, paths
from gbterm.address import check_url
from gbterm.cli import by_environment
from gbterm.config import Config, PrinterProfile
from gbterm.credentials import Credentials
from gbterm.errors import ConfigError, LinkError, NoneChosen, UsageError
from gbterm.host import hosts

OPTIONS = ("port", "baud", "url", "printer", "key_file", "tls_ca")
"""The names of those that say which printer is meant, and how it is reached."""
HOW_TO_SAY = "say which with --port DEVICE, --url ADDRESS or --printer NAME"


@dataclass(frozen=True, slots=True)
class Target:
    """A printer behind a `url`, or on the local host called `host`; the other one is empty.

    `profile` is None for a local host that runs but is not configured here.
    """

    name: str
    host: str = ""
    url: str = ""
    profile: PrinterProfile | None = None
    credentials: Credentials = field(default_factory=Credentials)
    folder: Path | None = None
    """The run directory of a local host, where it is that one and no other of its name."""

    @property
    def run_dir(self) -> Path:
        """That of a local host; another one once a user's own host ended beside a service."""
        return self.folder or paths.run_dir(self.host)

    @property
    def printer_socket(self) -> Path:
        """The printer process's socket of a local host."""
        return self.run_dir / "printer.sock"

    @property
    def server_socket(self) -> Path:
        """The server's socket of a local host."""
        return self.run_dir / "server.sock"

    @property
    def place(self) -> str:
        """The address of its server, or its port on this machine as far as that is known."""
        return self.url or (self.profile.port if self.profile else self.name)

    @property
    def takes_credentials(self) -> bool:
        """Whether it is reached over a network where a key is asked for."""
        return bool(self.url) and not self.url.startswith(("unix:", "ssh:"))

    @property
    def address(self) -> str:
        """Where the server is reached, for a backend."""
        return self.url or paths.server_url(self.host)

    def unreachable(self, error: OSError) -> LinkError:
        """Why nobody answers at the socket of a local host, with what to do."""
        if isinstance(error, PermissionError):
            return LinkError(hosts.NOT_OF_THE_GROUP.format(self.name))
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


def resolve(options: argparse.Namespace, how_to_say: str = HOW_TO_SAY) -> Target:
    """The printer that `options` mean. Raises UsageError with how to say it, or ConfigError."""
    try:
        return _resolved(options, how_to_say)
    except ConfigError:
        raise
    except UsageError as error:
        raise by_environment.named(options, error) from error


def _resolved(options: argparse.Namespace, how_to_say: str) -> Target:
    port, url, name = (getattr(options, key, None) for key in ("port", "url", "printer"))
    baud: int | None = getattr(options, "baud", None)
    if sum(value is not None for value in (port, url, name)) > 1:
        raise UsageError("Give only one of --port, --url and --printer.")
    if baud is not None and (url is not None or (port is None and name is None)):
        raise UsageError("--baud goes with --port.")
    if url is not None:
        return _with_credentials(Target(url, url=check_url(url)), options)
    configured = config_file.load()
    if port is not None:
        return _with_baud(_on_port(port, configured), baud)
    is_octocmd = name == octocmd.NAME and name not in configured.printers
    if (is_octocmd or (name is None and not configured.printers)) and (known := octocmd.load()):
        return _with_credentials(Target(octocmd.NAME, url=known[0], credentials=known[1]), options)
    if name is not None:
        return _with_credentials(_with_baud(_named(name, configured), baud), options)
    profile = configured.default_printer()
    target = _of(profile) if profile else _only_running(configured, how_to_say)
    return _with_credentials(target, options)


def _with_credentials(target: Target, options: argparse.Namespace) -> Target:
    """What the server is shown; where the printer's configuration is silent, the environment's."""
    named = {key: getattr(options, key, None) for key in ("key_file", "tls_ca")}
    if not target.takes_credentials:
        if any(named.values()):
            raise UsageError("--key-file and --tls-ca go with a server, as --url wss://HOST:PORT.")
        return target
    configured = {key: getattr(target.profile, key, "") for key in named}
    given = {key: value or configured[key] for key, value in named.items()}
    given["tls_ca"] = given["tls_ca"] or environment.value("tls_ca")
    if target.credentials.key and not given["key_file"]:
        return replace(target, credentials=replace(target.credentials, tls_ca=given["tls_ca"]))
    unasked: bool = getattr(options, "is_found", False)
    read = credentials.read(given["key_file"], given["tls_ca"], unasked=unasked)
    return replace(target, credentials=read)


def _of(profile: PrinterProfile) -> Target:
    if profile.url:
        return Target(profile.name, url=profile.url, profile=profile)
    host = hosts.find(profile.name) or hosts.on_port(profile.port)
    return Target(profile.name, host=host.name if host else profile.name, profile=profile)


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
    configured_one = configured.on_port(port)
    profile = configured_one or PrinterProfile(port, port, actions=configured.actions)
    here = hosts.on_port(port)
    if here is not None:
        return Target(profile.name, host=here.name, profile=profile)
    name = configured_one.name if configured_one else paths.host_name(port)
    other = hosts.find(name)
    # One that has just begun on this very port was not there yet above.
    if other is not None and not hosts.is_same_port(other.port, port):
        raise UsageError(
            f"The host of {profile.name} was started on {other.port} and still serves it; end it"
            f" first with gbterm --printer {name} stop."
        )
    return Target(profile.name, host=name, profile=profile)


def _named(name: str, configured: Config) -> Target:
    if name in configured.printers:
        return _of(configured.printers[name])
    found = hosts.running()
    for host in found:
        if name in (host.name, host.called):
            return Target(host.called, host=host.name)
    raise UsageError(
        f"No printer is called {name!r} (known: {_names(configured, found) or 'none'}); add"
        f" [printer.{name}] to {paths.user_config()}, or use --port DEVICE or --url"
        " ADDRESS."
    )


def _only_running(configured: Config, how_to_say: str) -> Target:
    found = hosts.running()
    if len(found) == 1:
        (host,) = found
        return Target(host.called, host=host.name, profile=configured.printers.get(host.name))
    names = _names(configured, found)
    several = f"There are several printers ({names})" if names else "No printer is configured here"
    looked = "gbterm printers lists what is here, gbterm demo shows a virtual one"
    demo = "" if names else f"; {looked}"
    raise NoneChosen(f"{several}: {how_to_say}{demo}.")


def _names(configured: Config, found: list[hosts.RunningHost]) -> str:
    return ", ".join(sorted({*configured.printers, *(host.called for host in found)}))
