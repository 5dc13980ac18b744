"""What a host is made of, written down once so that either process can start the other."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gbterm import config_file, paths, whole_file, wire
from gbterm.config import PrinterProfile, Serving
from gbterm.errors import LinkError, UsageError
from gbterm.host.hosts import SPEC


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
    supervised: bool = False
    """Whether systemd restarts the processes, which then start nobody."""

    @property
    def run_dir(self) -> Path:
        """Where its sockets and locks are."""
        return paths.run_dir(self.name)

    def command(self, role: str) -> list[str]:
        """The command that is this host's process `role`."""
        return [sys.executable, "-m", "gbterm", "host", role, self.name]

    def save(self) -> None:
        """Write it into the run directory, which is made where it is missing."""
        text = json.dumps(asdict(self), default=str)
        whole_file.write(self.run_dir / SPEC, text, is_lasting=False)


def load(name: str) -> Spec:
    """The host `name` as it was started, or as configured. Raises `UsageError`."""
    path = paths.run_dir(name) / SPEC
    try:
        members: dict[str, Any] = json.loads(path.read_text())
        profile = wire.from_json(PrinterProfile, members.pop("profile"))
        serving = wire.from_json(Serving, members.pop("serving", {}))  # an older gbterm wrote none
        data = Path(members.pop("data"))
        return Spec(profile=profile, data=data, serving=serving, **members | {"name": name})
    except FileNotFoundError:
        return _configured(name)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LinkError(f"{path} can't be read: remove it, then start the host again.") from error


def _configured(name: str) -> Spec:
    configured = config_file.load()
    profile = configured.printers.get(name)
    if profile is None or not profile.port:
        raise UsageError(
            f"No printer {name!r} with a port is configured: add [printer.{name}] to the"
            " configuration."
        )
    return Spec(name, profile, paths.data_dir(), serving=configured.serving, supervised=True)
