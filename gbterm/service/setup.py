"""Putting the service in place, and taking it away: its files and its units, below a root."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gbterm import paths, whole_file
from gbterm.errors import UsageError
from gbterm.service import devices, systemd, units
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

    def install(self, ports: Mapping[str, str]) -> None:
        """Write what belongs to it, and have each printer served; the ports by their names.

        Raises `UsageError` where a package's service would run as somebody else than asked for.
        """
        if self.is_brought and self.place.user != units.USER:
            raise UsageError(f"The package's service runs as {units.USER}: leave out --as.")
        files = {} if self.is_brought else self._files()
        if not self.place.is_users_own:
            files |= {self._drop_in(at): devices.drop_in(ports[at], self.root) for at in ports}
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            whole_file.write(path, text)
        if self.is_here and not (self.place.is_users_own or self.is_brought):
            systemd.run("systemd-sysusers", str(SYSUSERS.name))
            systemd.run("systemd-tmpfiles", "--create", str(TMPFILES.name))
        servers = [units.unit("server", name) for name in ports]
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
            if not self.place.is_users_own:
                self._forget(name)
        if is_last:
            for path in self._files():
                path.unlink(missing_ok=True)
        if self.is_here:
            self.systemctl("daemon-reload")

    def _forget(self, name: str) -> None:
        """Leave nothing by which commands would take the printer for the service's."""
        drop_in = self._drop_in(name)
        drop_in.unlink(missing_ok=True)
        with suppress(OSError):  # somebody else's drop-ins
            drop_in.parent.rmdir()
        if self.is_here:
            shutil.rmtree(paths.SERVICE_RUN / name, ignore_errors=True)

    @property
    def is_brought(self) -> bool:
        """Whether a package of the system has put the units in place."""
        unit = units.unit("printer")
        is_ours = self.place.is_users_own
        return not is_ours and any((self.root / at / unit).exists() for at in BROUGHT)

    def _drop_in(self, name: str) -> Path:
        return self.units / f"{units.unit('printer', name)}.d" / devices.DROP_IN

    def names(self) -> list[str]:
        """The printers that are served."""
        wants = self.units.glob(f"*.wants/{units.unit('server', '*')}")
        return sorted({path.name.split("@")[1].removesuffix(".service") for path in wants})

    def _files(self) -> dict[Path, str]:
        found = {self.units / name: text for name, text in units.texts(self.place).items()}
        if self.place.is_users_own:
            return found
        user = self.place.user
        groups = [group for group in OTHER_GROUPS if self._has_group(group)]
        # It is in the unit's Group by that alone; ports belong to another one.
        groups += ["dialout"] if user != units.USER else []
        members = "".join(f"m {user} {group}\n" for group in groups)
        users = (units.SHIPPED / "gbterm.sysusers").read_text() + members
        folders = (units.SHIPPED / "gbterm.tmpfiles").read_text()
        kept = f"0750 {units.USER} {units.USER}"
        folders = folders.replace(kept, f"0750 {user} {units.USER}")
        # What it had as another user; systemd leaves that alone where the folder itself is right.
        folders += f"Z /var/lib/gbterm - {user} {units.USER} -\n"
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


def require_reach(user: str, config: Path) -> None:
    """Raise `UsageError` where the service's `user` may not run this program or read `config`."""
    program = Path(sys.executable)
    try:
        found = pwd.getpwnam(user)
    except KeyError as error:
        if user != units.USER:
            raise UsageError(f"There is no user {user!r} on this machine.") from error
        found = None
    for folder in (*program.parents, *program.resolve().parents, *Path(__file__).parents):
        if not _may(folder, found, 0o1):
            you = os.environ.get("SUDO_USER", "")
            own = f", or have the service run as you: --as {you}" if you else ""
            raise UsageError(
                f"The service's user {user} may not enter {folder}, where this gbterm is: install"
                f" it where everybody may, as in /opt (docs/install.md){own}."
            )
    if not (_may(config.parent, found, 0o1) and _may(config, found, 0o4)):
        raise UsageError(
            f"The service's user {user} may not read {config}: sudo chmod a+rX {config.parent}"
            f" {config}"
        )


def _may(path: Path, user: pwd.struct_passwd | None, bit: int) -> bool:
    """Whether `user`, in the group gbterm, may; None for one that isn't made yet."""
    status = path.stat()
    allowed = bit
    with suppress(KeyError):
        allowed |= bit << 3 if status.st_gid == grp.getgrnam(units.USER).gr_gid else 0
    if user is not None and user.pw_uid in (0, status.st_uid):
        allowed |= bit << 6
    return bool(status.st_mode & allowed)


def require_system() -> None:
    """Raise `UsageError` or `LinkError` where this machine's services are not ours to change."""
    systemd.require()
    if os.geteuid() != 0:
        raise UsageError(
            "A service of the machine is root's to change: the same with sudo, or --user for one"
            " of your own."
        )
    systemd.require_running()
