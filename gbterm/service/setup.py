"""Putting the service in place, and taking it away: its files and its units, below a root."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gbterm import paths, whole_file
from gbterm.errors import UsageError
from gbterm.service import systemd, units
from gbterm.service.units import Place

SYSTEM = Path("etc/systemd/system")
BROUGHT = ("usr/lib/systemd/system", "lib/systemd/system")
"""Where a package of the system puts units."""
SYSUSERS, TMPFILES = Path("etc/sysusers.d/gbterm.conf"), Path("etc/tmpfiles.d/gbterm.conf")
OTHER_GROUPS = ("gpio",)
"""Those of what a filament sensor is wired to, where the system has them."""
HOMES = (Path("/home"), Path("/root"))


@dataclass(frozen=True, slots=True)
class Setup:
    """The service of the system below `root`, or that of one user."""

    root: Path
    place: Place

    @property
    def units(self) -> Path:
        """The folder of its units."""
        if self.place.is_users_own:
            return paths.user_config().parents[1] / "systemd/user"
        return self.root / SYSTEM

    @property
    def is_here(self) -> bool:
        """Whether it is this machine's, not that of an image."""
        return self.root == Path("/")

    def systemctl(self, *words: str) -> None:
        """Tell systemd of this machine, of the image or of the user. Raises `LinkError`."""
        systemd.tell(*self.manager, *words)

    @property
    def manager(self) -> tuple[str, ...]:
        """The options of systemctl that say which one is meant."""
        if self.place.is_users_own:
            return ("--user",)
        return () if self.is_here else (f"--root={self.root}",)

    def install(self, names: Iterable[str]) -> None:
        """Write what belongs to it, and have each printer served. Raises `UsageError`."""
        for folder in BROUGHT:
            if (self.root / folder / units.unit("printer")).exists():
                raise UsageError(
                    "The service is there already, of a package: sudo systemctl enable --now"
                    f" {' '.join(units.unit('server', name) for name in names)}"
                )
        for path, text in self._files().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            whole_file.write(path, text)
        if self.is_here and not self.place.is_users_own:
            systemd.run("systemd-sysusers", str(SYSUSERS.name))
            systemd.run("systemd-tmpfiles", "--create", str(TMPFILES.name))
        servers = [units.unit("server", name) for name in names]
        if self.is_here:
            self.systemctl("daemon-reload")
        self.systemctl("enable", *servers)
        if self.is_here:
            self.systemctl("start", *servers)

    def remove(self, names: Iterable[str], *, is_last: bool) -> None:
        """Have these printers served no more, and with the last of them take its files away."""
        for name in names:
            both = [units.unit(role, name) for role in reversed(units.ROLES)]
            if self.is_here:
                self.systemctl("stop", *both)
            self.systemctl("disable", *both)
        if is_last:
            for path in self._files():
                path.unlink(missing_ok=True)
        if self.is_here:
            self.systemctl("daemon-reload")

    def names(self) -> list[str]:
        """The printers that are served."""
        wants = self.units.glob(f"*.wants/{units.unit('server', '*')}")
        return sorted({path.name.split("@")[1].removesuffix(".service") for path in wants})

    def _files(self) -> dict[Path, str]:
        found = {self.units / name: text for name, text in units.texts(self.place).items()}
        if self.place.is_users_own:
            return found
        groups = [group for group in OTHER_GROUPS if self._has_group(group)]
        members = "".join(f"m {units.USER} {group}\n" for group in groups)
        users = (units.SHIPPED / "gbterm.sysusers").read_text() + members
        folders = (units.SHIPPED / "gbterm.tmpfiles").read_text()
        kept = f"0750 {units.USER} {units.USER}"
        folders = folders.replace(kept, f"0750 {self.place.user} {units.USER}")
        return found | {self.root / SYSUSERS: users, self.root / TMPFILES: folders}

    def _has_group(self, name: str) -> bool:
        with suppress(OSError):
            lines = (self.root / "etc/group").read_text(errors="replace").splitlines()
            return any(line.startswith(f"{name}:") for line in lines)
        return False


def place(user: str, *, is_users_own: bool) -> Place:
    """How the units call this very program. Raises `UsageError` where their user may not."""
    program = Path(sys.executable)
    homes = any(program.is_relative_to(home) for home in HOMES)
    words = " ".join(_quoted(word) for word in (str(program), "-m", "gbterm"))
    return Place(words, user, is_users_own, homes)


def _quoted(word: str) -> str:
    """A word of ExecStart, in which systemd replaces nothing: systemd.service(5)."""
    word = word.replace("%", "%%").replace("$", "$$")
    return word if shlex.quote(word) == word else '"' + word.replace('"', '\\"') + '"'


def require_reach(user: str) -> None:
    """Raise `UsageError` where the service's `user` may not run this program."""
    import pwd

    program = Path(sys.executable)
    try:
        found = pwd.getpwnam(user)
    except KeyError as error:
        if user != units.USER:
            raise UsageError(f"There is no user {user!r} on this machine.") from error
        found = None
    for folder in (*program.parents, *program.resolve().parents, *Path(__file__).parents):
        status = folder.stat()
        owner = found is not None and status.st_uid == found.pw_uid
        if not (status.st_mode & 0o001 or (owner and status.st_mode & 0o100)):
            you = os.environ.get("SUDO_USER", "")
            own = f", or have the service run as you: --as {you}" if you else ""
            raise UsageError(
                f"The service's user {user} may not enter {folder}, where this gbterm is: install"
                f" it where everybody may, as in /opt (docs/install.md){own}."
            )


def require_system() -> None:
    """Raise `UsageError` or `LinkError` where this machine's services are not ours to change."""
    systemd.require()
    if os.geteuid() != 0:
        raise UsageError(
            "A service of the machine is root's to change: the same with sudo, or --user for one"
            " of your own."
        )
    systemd.require_running()
