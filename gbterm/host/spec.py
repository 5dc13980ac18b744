"""What a host is made of, written down once so that either process can start the other."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gbterm import config_file, paths, whole_file, wire
from gbterm.config import DEFAULT_LISTEN, History, PrinterProfile, Serving, Watching
from gbterm.errors import LinkError, UsageError
from gbterm.host import journal
from gbterm.host.hosts import JOURNAL, SPEC

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spec:
    """A host: the printer, the library and the address that it serves."""

    name: str
    """Its own, which its run directory has, too: its profile's, or one made from its port."""
    profile: PrinterProfile
    data: Path
    listen: str = ""
    """`HOST:PORT`, or empty for the unix socket alone."""
    listen_required: bool = False
    serving: Serving = field(default_factory=Serving)
    watching: Watching = field(default_factory=Watching)
    history: History = field(default_factory=History)
    supervised: bool = False
    """Whether systemd restarts the processes, which then start nobody."""
    octoprint_required: bool = False
    """Whether to serve OctoPrint's clients or nobody, as `listen_required`."""

    @property
    def run_dir(self) -> Path:
        """Where its sockets and locks are."""
        if self.supervised:
            return paths.supervised_run_dir(self.name)
        return paths.run_dir(self.name)

    @property
    def kept_dir(self) -> Path:
        """Where its journal is."""
        return paths.kept_dir(self.name)

    def command(self, role: str) -> list[str]:
        """The command that is this host's process `role`."""
        return [sys.executable, "-m", "gbterm", "host", role, self.name]

    def save(self) -> None:
        """Write it where it is kept, whose folder is made where it is missing.

        Where that is not the run directory, whose files the members of a group may read, they learn
        there what clients must know.
        """
        text = json.dumps(asdict(self), default=str)
        whole_file.write(self.kept_dir / SPEC, text, mode=0o600, is_lasting=False)
        if self.run_dir != self.kept_dir:
            known = {"name": self.profile.name, "port": self.profile.port}
            text = json.dumps({"profile": known, "kept": str(self.kept_dir)})
            whole_file.write(self.run_dir / SPEC, text, mode=0o640, is_lasting=False)


def load(name: str) -> Spec:
    """The host `name` as it was started. Raises `UsageError`, `LinkError`."""
    path = paths.kept_dir(name) / SPEC
    try:
        members: dict[str, Any] = json.loads(path.read_text())
        profile = wire.from_json(PrinterProfile, members.pop("profile"))
        # An older gbterm wrote none of them.
        serving = wire.from_json(Serving, members.pop("serving", {}))
        watching = wire.from_json(Watching, members.pop("watching", {}))
        history = wire.from_json(History, members.pop("history", {}))
        data = Path(members.pop("data"))
        own = {"profile": profile, "data": data, "serving": serving, "watching": watching}
        return Spec(**members | own | {"history": history, "name": name})
    except FileNotFoundError as error:
        raise UsageError(
            f"No host {name!r} was started here: use gbterm serve, or --supervised for systemd."
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LinkError(f"{path} can't be read: remove it, then start the host again.") from error


def configured(name: str) -> Spec:
    """The host `name` of a service, as configured. Raises `UsageError`.

    A board that may be hot is not left alone because somebody is just writing the configuration:
    then it is the one that the process before was started with.
    """
    try:
        return _configured(name)
    except UsageError as error:
        entry = journal.read(paths.kept_dir(name) / JOURNAL)
        if not entry.was_left_hot:
            raise
        with suppress(LinkError, UsageError):
            spec = load(name)
            log.warning("the configuration of before counts: %s", error)
            return spec
        raise


def _configured(name: str) -> Spec:
    configured = config_file.load()
    profile = configured.printers.get(name)
    if profile is None or not profile.port:
        raise UsageError(
            f"No printer {name!r} with a port is configured: add [printer.{name}] to the"
            " configuration."
        )
    serving = configured.serving
    if not paths.is_the_machines() and (paths.SERVICE_RUN / name).is_dir():
        raise UsageError(
            f"{name} is this machine's service's, beside which a user's own has no board: sudo"
            f" gbterm service remove --printer {name} takes that away."
        )
    if paths.is_the_machines():
        # Whoever has a login on this machine is not its owner.
        serving = replace(serving, loopback=serving.loopback or "key")
    listen = profile.listen or DEFAULT_LISTEN
    how = serving, configured.watching, configured.history
    return Spec(name, profile, paths.data_dir(), listen, False, *how, supervised=True)
