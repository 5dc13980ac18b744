"""A system in a folder, as far as the console at boot changes it; and systemd for its terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.console.terminal import Terminal

UNITS = Path("/usr/lib/systemd/system")
GETTYS = ("getty@.service", "serial-getty@.service")
UID, GID = os.getuid(), 64123
"""Of the user gbterm: whoever runs the tests may read what is tested, and perhaps nobody else."""
AS_ROOT = () if os.getuid() == 0 else ("sudo", "-n")
HOSTS = "127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi"
CMDLINE = "console=serial0,57600 console=tty1 root=PARTUUID=1 rootwait\n"


class System:
    """A Raspberry Pi's, without its programs; `home` is the folder of the user called pi."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        for folder in ("dev", "etc/systemd/system", "boot/firmware", str(UNITS).lstrip("/")):
            (root / folder).mkdir(parents=True)
        for name in ("tty1", "ttyAMA0"):
            (root / "dev" / name).touch()
        (root / "dev/serial0").symlink_to("ttyAMA0")
        for name in GETTYS:
            shutil.copy(UNITS / name, root / str(UNITS).lstrip("/"))
        self.write("etc/hostname", "raspberrypi\n")
        self.write("etc/hosts", HOSTS)
        self.write(
            "etc/passwd",
            "root:x:0:0:root:/root:/bin/bash\n"
            f"gbterm:x:{UID}:{GID}::/var/lib/gbterm:/usr/sbin/nologin\n"
            f"pi:x:{UID}:{GID}::{home}:/bin/bash\n",
        )
        self.write("boot/firmware/cmdline.txt", CMDLINE)

    def write(self, path: str, text: str) -> None:
        """Put a file there."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def read(self, path: str) -> str:
        """What a file holds."""
        return (self.root / path).read_text()

    def drop_in(self, unit: str) -> str:
        """The console's for the getty `unit`."""
        return self.read(f"etc/systemd/system/{unit}.d/zz-gbterm.conf")

    def tree(self) -> dict[str, tuple[int, bytes | str]]:
        """Everything that there is: the mode, and what it holds or where it leads."""
        return {
            str(path.relative_to(self.root)): (
                path.lstat().st_mode,
                str(path.readlink())
                if path.is_symlink()
                else path.read_bytes()
                if path.is_file()
                else "",
            )
            for path in self.root.rglob("*")
        }


def words(text: str, key: str, tty: str) -> list[str]:
    """The command that a drop-in has for the terminal `tty`, as systemd reads it."""
    lines = text.replace("\\\n", " ").splitlines()
    (found,) = (line for line in lines if line.startswith(f"{key}=-"))
    read = shlex.split(found.removeprefix(f"{key}=-"))
    return [word.replace("$$", "$").replace("%I", tty).replace("%%", "%") for word in read]


_OWNING = """
import contextlib, fcntl, os, sys, termios
with contextlib.suppress(OSError):
    os.setsid()
line = os.open(sys.argv[1], os.O_RDWR)
for number in range(3):
    os.dup2(line, number)
fcntl.ioctl(0, termios.TIOCSCTTY, 1)
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""A session of its own on that terminal, as systemd makes one."""
_INSIDE = """
mount --bind "$1/etc/passwd" /etc/passwd && mount --bind "$2/run" /run || exit
mount --bind "$2/var/lib" /var/lib && shift 2 && exec "$@"
"""


class AtBoot(Terminal):
    """The terminal whose getty has the drop-in `text`, and which systemd starts over and over.

    The command runs as it stands, by root, where /etc/passwd is the one of `system`, and /run and
    /var/lib are those below `root`; `instead` of the console another program where one is given.
    """

    def __init__(
        self, root: Path, system: System, text: str, term: str, instead: tuple[str, ...] = ()
    ) -> None:
        self.starts = 0
        super().__init__(command=("true",))
        tty = os.ttyname(self.end)
        command = words(text, "ExecStart", tty.removeprefix("/dev/"))
        self._command = (
            *(*AS_ROOT, sys.executable, "-c", _OWNING, tty),
            *("env", f"TERM={term}", "unshare", "--mount", "--propagation", "private"),
            *("sh", "-c", _INSIDE, "sh", str(system.root), str(root)),
            *(command[:5], command)[not instead],
            *instead,
        )

    def read(self, for_s: float) -> bool:
        """As a terminal does; whenever the command has ended, it begins anew."""
        if self.program.poll() is not None:
            self.starts += 1
            self.program = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, start_new_session=True
            )
        try:
            return super().read(for_s)
        except OSError:  # nobody has it open
            return False

    def console(self) -> int:
        """The process that shows the console."""
        below = [self.program.pid]
        for pid in below:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            below += map(int, children)
        return next(pid for pid in reversed(below) if b"gbterm" in _program(pid))


def _program(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
