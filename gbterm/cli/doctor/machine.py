"""The machine under it: room, time, power, services."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import gbterm
from gbterm import paths
from gbterm.cli.doctor.check import Check, Finding, Scene, ok, warning, wrong
from gbterm.system import System, word

MIB = 1 << 20
SCARCE, TOO_LITTLE = 1024 * MIB, 50 * MIB
"""A journal and logs need little; a library of files needs more."""
ASKED_WITHIN_S = 5.0
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
UNDER_VOLTAGE, WAS_UNDER_VOLTAGE, TOO_HOT = 1 << 0, 1 << 16, (1 << 2) | (1 << 3)
"""Bits of what a Raspberry Pi's firmware tells as `get_throttled`, by its documentation."""


def room(_: Scene) -> Iterable[Finding]:
    """Space for files and the journal."""
    told = set()
    for folder, what in ((paths.data_dir(), "files"), (paths.state_dir(), "logs and journals")):
        there = next(one for one in (folder, *folder.parents) if one.exists())
        left = shutil.disk_usage(there).free
        if (device := there.stat().st_dev) in told:
            continue
        told.add(device)
        says = f"{left // MIB} MiB are free for {what} in {folder}"
        if left < TOO_LITTLE:
            yield wrong("Disk", f"{says}, which is too little to print: delete something.")
        elif left < SCARCE:
            yield warning("Disk", f"{says}: delete something soon.")
        else:
            yield ok("Disk", f"{says}.")


def clock(scene: Scene) -> Iterable[Finding]:
    """Whether it is set; a Pi has none that runs without power."""
    now = datetime.datetime.now().astimezone()
    installed = Path(gbterm.__file__).stat().st_mtime
    says = f"It is {now:%Y-%m-%d %H:%M %Z}"
    timesync = scene.system.root / "run/systemd/timesync"
    if now.timestamp() < installed - 86400:
        yield warning("Clock", f"{says}, before gbterm was installed: see timedatectl.")
    elif timesync.is_dir() and not (timesync / "synchronized").exists():
        yield warning("Clock", f"{says}, but no time server has set it yet: see timedatectl.")
    else:
        yield ok("Clock", f"{says}.")


def power(scene: Scene) -> Iterable[Finding]:
    """Whether a Raspberry Pi has enough of it; other machines don't tell."""
    bits = _throttled(scene.system)
    if bits is None:
        return
    supply = "use the supply that is made for this Pi and a short, thick cable"
    if bits & UNDER_VOLTAGE:
        yield wrong("Power", f"The Pi has too little voltage now: {supply}.")
    elif bits & WAS_UNDER_VOLTAGE:
        yield warning("Power", f"The Pi had too little voltage since it was started: {supply}.")
    elif bits & TOO_HOT:
        yield warning("Power", "The Pi is too hot and runs slower: give it air.")
    else:
        yield ok("Power", "The Pi has enough voltage, and had since it was started.")


def _throttled(system: System) -> int | None:
    said = word(system.root / THROTTLED)
    if not said and (program := shutil.which("vcgencmd")):
        said = _said_by(program, "get_throttled").partition("=")[2]
    with suppress(ValueError):
        return int(said, 16)
    return None


def services(scene: Scene) -> Iterable[Finding]:
    """Whether those of systemd that belong to gbterm run, where it was told to start them."""
    units = sorted(set(_units(scene.system)))
    if units and not (scene.system.root / "run/systemd/system").is_dir():
        names = ", ".join(unit for unit, _ in units)
        yield warning("Services", f"{names}: not looked at, for systemd does not run.")
        return
    for unit, is_users_own in units:
        words = ("--user",) if is_users_own else ()
        state = _said_by("systemctl", *words, "is-active", unit)
        call = " ".join(("systemctl", *words) if is_users_own else ("sudo", "systemctl"))
        log = " ".join(("journalctl", *words, "-u", unit))
        if state == "active":
            yield ok("Services", f"{unit} is active.")
        elif state == "activating":
            # One that ends at once is started for ever.
            yield warning("Services", f"{unit} is being started; if it stays so, {log} says why.")
        else:
            yield wrong(
                "Services",
                f"{unit} is {state or 'unknown'}: {call} start {unit} starts it, {log} says what"
                " went wrong.",
            )


def _units(system: System) -> Iterator[tuple[str, bool]]:
    """The names of those that are enabled, and whether they are this user's own."""
    own = Path.home() / ".config/systemd/user"
    for folder in (*system.units, own):
        for found in folder.glob("*.wants/gbterm-*.service"):
            yield found.name, folder == own


def _said_by(*words: str) -> str:
    """What a program prints; nothing where it can't be asked."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=ASKED_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


CHECKS: tuple[Check, ...] = (room, clock, power, services)
