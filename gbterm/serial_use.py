"""Who uses a serial port of this machine, found without opening it, which resets many boards.

What is read: the processes with their open files and their terminals (proc(5): `stat`, of every
user; `fd`, of one's own), the kernel's locks (`/proc/locks`, of every user), lock files
(`LCK..ttyUSB0`, as the Filesystem Hierarchy Standard has them), `/proc/consoles`, and the logins
that systemd was told to put on a terminal. All of it blocks.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gbterm.system import HERE, System, word
from gbterm.text import scrub

LONGEST = 40
LOGINS = ("agetty", "getty", "login", "sulogin", "systemd-getty")
LOGIN_UNIT = "serial-getty@{}.service"
BY_KERNEL = (
    "take console={0} out of the kernel's command line (on a Raspberry Pi: sudo raspi-config,"
    " Interface Options, Serial Port, no login shell), then restart the machine"
)


@dataclass(frozen=True, slots=True)
class Process:
    """A process; `user` is whose it is, where it isn't ours."""

    number: int
    program: str
    user: str = ""

    def __str__(self) -> str:
        whose = f" of {self.user}" if self.user else ""
        return f"{self.program} (process {self.number}{whose})"


@dataclass(frozen=True, slots=True)
class Use:
    """What some ports are used for, by their devices."""

    terminals: dict[str, Process]
    """Those that are the terminal of a process: a login, or what runs in one."""
    holders: dict[str, Process]
    """Those that a process has open, as far as this user may know."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a port must be left alone now, in a sentence with what to do."""

    says: str
    is_terminal: bool = False
    """Whether a person or the kernel talks there, so that it is no printer's port at all."""


def hindrances(devices: Iterable[str], system: System = HERE) -> dict[str, Hindrance]:
    """Of those of `devices` that have one."""
    known = list(devices)
    use, own = used(known, system), own_terminals()
    found = {}
    for device in known:
        if why := _terminal(device, use, own, system):
            found[device] = Hindrance(why, is_terminal=True)
        elif device in use.holders:
            found[device] = Hindrance(_in_use(device, use.holders[device]))
    return found


def terminal(device: str, system: System = HERE) -> str:
    """Why `device` is a person's terminal and no printer's port, or nothing."""
    return _terminal(device, used([device], system), own_terminals(), system)


def holder(device: str, system: System = HERE) -> str:
    """Why `device` can't be opened, whoever uses it."""
    found = used([device], system).holders.get(device)
    if found is None:
        return (
            f"{device} is in use by another process: end that first. Who it is, sudo fuser -v"
            f" {device} tells."
        )
    return _in_use(device, found)


def _terminal(device: str, use: Use, own: set[str], system: System) -> str:
    name = Path(device).name
    if device in own:
        return f"{device} is the terminal that gbterm runs on: choose another port."
    unit = LOGIN_UNIT.format(name)
    if device in use.terminals:
        who = use.terminals[device]
        ends = f"sudo systemctl disable --now {unit}" if _wanted(unit, system) else "end it there"
        if who.program in LOGINS:
            return f"{device} is a terminal to log in at, by {who}: choose another port, or {ends}."
        return f"{device} is somebody's terminal, {who} runs there: choose another port."
    if folder := _wanted(unit, system):
        if folder == system.units[-1]:
            return f"{device} is a terminal to log in at: {BY_KERNEL.format(name)}."
        return (
            f"{device} is a terminal to log in at: choose another port, or run sudo systemctl"
            f" disable --now {unit}."
        )
    if name in _consoles(system):
        return f"The kernel writes its messages to {device}: {BY_KERNEL.format(name)}."
    return ""


def _in_use(device: str, who: Process) -> str:
    if who.program == "brltty":
        return (
            f"{who} took {device} for a Braille display: run sudo apt remove brltty, unless you"
            " have one, then plug the printer in again."
        )
    if who.program == "ModemManager":
        return (
            f"{who} asks {device} whether it is a modem: wait for half a minute; without a modem"
            " here, sudo systemctl disable --now ModemManager ends that for good."
        )
    if who.program == "gbterm":
        return (
            f"{who} drives {device}: name its printer with --printer. Where it is the machine's"
            " service, join its group first, with sudo usermod -aG gbterm $USER."
        )
    return f"{who} has {device} open: end it first."


def group_to_join(device: str) -> str:
    """What to do for a user who may not open `device`, in words."""
    group, mine = "dialout", set(os.getgroups())
    with suppress(OSError, KeyError):
        found = Path(device).stat().st_gid
        group = grp.getgrgid(found).gr_name
        if found in mine and found:
            return f"its group {group}, which you are in, may not: ask who looks after this machine"
    if group == "root":
        return "no group may: ask who looks after this machine"
    with suppress(OSError, KeyError):
        if pwd.getpwuid(os.getuid()).pw_name in grp.getgrnam(group).gr_mem:
            return f"you are in its group {group} since you logged in: log out and in again"
    return f"run sudo usermod -aG {group} $USER, then log out and in again"


def own_terminals() -> set[str]:
    """The devices of the terminals that this process is shown on."""
    found = set()
    for descriptor in range(3):
        with suppress(OSError):
            found.add(os.ttyname(descriptor))
    return found


def used(devices: Iterable[str], system: System = HERE) -> Use:
    """Who uses them; of what other users have open, what locks tell."""
    known = list(devices)
    numbers = {_number(device): device for device in known if _number(device)}
    holders: dict[str, Process] = {}
    for process, device in (*_locks(known, system), *_lock_files(known, system)):
        holders.setdefault(device, process)
    terminals: dict[str, Process] = {}
    for folder in system.proc.glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            if at := numbers.get(_terminal_number(folder)):
                found = _process(folder)
                if found.program in LOGINS or at not in terminals:
                    terminals[at] = found
        with suppress(OSError):
            for descriptor in (folder / "fd").iterdir():
                file = str(descriptor.readlink())
                if file in known and folder.name != str(os.getpid()):
                    holders[file] = _process(folder)
    return Use(terminals, holders)


def _number(device: str) -> int:
    try:
        return Path(device).stat().st_rdev
    except OSError:
        return 0


def _terminal_number(folder: Path) -> int:
    """The number of a process's terminal, 0 where it has none; proc(5) says how it is packed."""
    # What follows the name, which may hold anything but ends with a bracket.
    _, _, rest = (folder / "stat").read_text(errors="replace").rpartition(")")
    packed = int(rest.split()[4]) & 0xFFFFFFFF
    return os.makedev((packed >> 8) & 0xFFF, (packed & 0xFF) | ((packed >> 12) & 0xFFF00))


def _process(folder: Path) -> Process:
    """The process of a folder of /proc."""
    name = scrub(_program(folder), LONGEST) or "a program"
    user = ""
    with suppress(OSError, KeyError):
        owner = folder.stat().st_uid
        user = "" if owner == os.geteuid() else pwd.getpwuid(owner).pw_name
    return Process(int(folder.name), name, user)


def _program(folder: Path) -> str:
    """Its name; of one that Python runs, that of the module or script, as octoprint."""
    name = word(folder / "comm")
    if not name.startswith("python"):
        return name
    words = word(folder / "cmdline").split("\0")[1:]
    script = next((one for one in words if one and not one.startswith("-")), "")
    return Path(script).name or name


def _locks(devices: Iterable[str], system: System) -> Iterator[tuple[Process, str]]:
    """By flock(2), as pyserial's exclusive ports are: a line of /proc/locks has the process."""
    at = {}
    for device in devices:
        with suppress(OSError):
            found = Path(device).stat()
            place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
            at[place] = device
    for line in word(system.proc / "locks").splitlines():
        words = line.split()
        if len(words) > 5 and words[5] in at and words[4].isdecimal():
            folder = system.proc / words[4]
            if folder.exists() and words[4] != str(os.getpid()):
                yield _process(folder), at[words[5]]


def _lock_files(devices: Iterable[str], system: System) -> Iterator[tuple[Process, str]]:
    for device in devices:
        number = word(system.lock / f"LCK..{Path(device).name}").partition(" ")[0]
        if number.isdecimal() and (system.proc / number).exists():
            yield _process(system.proc / number), device


def _wanted(unit: str, system: System) -> Path | None:
    """Where systemd is told to start `unit` with the machine; None where it isn't."""
    for folder in system.units:
        if any(os.path.lexists(wants / unit) for wants in folder.glob("*.wants")):
            return folder
    return None


def _consoles(system: System) -> set[str]:
    """The terminals that the kernel writes its messages to."""
    lines = (line.split() for line in word(system.proc / "consoles").splitlines())
    return {words[0] for words in lines if words}


def is_running(program: str, system: System = HERE) -> bool:
    """Whether a process of that name runs."""
    return any(word(folder / "comm") == program for folder in system.proc.glob("[0-9]*"))
