"""Serial ports: which work, which don't, and who gets in their way."""

from __future__ import annotations

import grp
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from gbterm import serial_names, serial_use
from gbterm.cli.doctor.check import Check, Finding, Scene, ok, shown, warning, wrong
from gbterm.discovery.ports import ON_BOARD, SerialPort
from gbterm.system import word

GROUP = "dialout"
NOBODY = (
    "No printer is plugged in by USB: is it switched on, and does its cable carry data? sudo dmesg"
    " says whether the kernel has seen it."
)
RULES = ("etc/udev/rules.d", "run/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d")
TAKES = re.compile(r"^(?!\s*#).*(1a86\W.{0,30}7523|10c4\W.{0,30}ea60|\b0?403\W.{0,30}6001)", re.M)
"""A rule, not in a comment, for an adapter that printers have, too."""
LEFT_ALONE = re.compile(r"^E:ID_MM_(DEVICE|PORT)_IGNORE=1$", re.M)
"""What udev knows of a device that ModemManager is to leave alone; see its documentation."""


def usable(scene: Scene) -> Iterable[Finding]:
    """Each port, and why it doesn't work."""
    known = scene.config.printers or scene.running
    if not known and all(_is_nobodys(scene, port) for port in scene.ports):
        yield warning("Ports", NOBODY)
    for port in scene.ports:
        about = f"Port {Path(port.device).name}"
        name = port.name if port.name == port.device else f"{port.name} is {port.device}"
        what = f"{name}: {port.about}" if port.about else name
        if (host := scene.host_on(port)) is not None:
            yield ok(about, f"{what}. The host of {shown(host.called)} drives it.")
        elif not port.hindrance:
            yield ok(about, f"{what}.")
        elif _is_nobodys(scene, port):
            yield ok(about, f"{what}. Left alone. If a printer is wired to it: {port.hindrance}")
        else:
            yield wrong(about, f"{what}. {port.hindrance}")


def _is_nobodys(scene: Scene, port: SerialPort) -> bool:
    """Whether it has another use, or can't be had, and no printer is known to be meant."""
    wanted = {os.path.realpath(one.port) for one in scene.config.printers.values() if one.port}
    is_meant = os.path.realpath(port.device) in wanted or (port.is_likely and not wanted)
    return bool(port.hindrance) and not is_meant


def group(_: Scene) -> Iterable[Finding]:
    """Whether this user may open serial ports at all."""
    if os.geteuid() == 0:
        yield ok("Group", "root may open all ports.")
        return
    with suppress(KeyError):
        found = grp.getgrnam(GROUP)
        if found.gr_gid in {*os.getgroups(), os.getegid()}:
            yield ok("Group", f"You are in {GROUP}, to which serial ports belong.")
        else:
            yield warning(
                "Group",
                f"You are not in {GROUP}, to which serial ports belong: run sudo usermod -aG"
                f" {GROUP} $USER, then log out and in again.",
            )


def brltty(scene: Scene) -> Iterable[Finding]:
    """Whether it would take adapters for Braille displays."""
    installed = serial_use.is_running("brltty", scene.system)
    rules = [rule for folder in RULES for rule in (scene.system.root / folder).glob("*brltty*")]
    takes = any(TAKES.search(word(rule)) for rule in rules)
    if takes or installed:
        does = "takes USB adapters that printers have" if takes else "runs, and may take adapters"
        yield warning(
            "brltty",
            f"It is here for Braille displays and {does}: run sudo apt remove brltty, unless you"
            " have such a display.",
        )


def modem_manager(scene: Scene) -> Iterable[Finding]:
    """Whether it may talk to boards, which it takes for modems."""
    if not serial_use.is_running("ModemManager", scene.system):
        return
    asked = [Path(port.device).name for port in _usb(scene) if not _is_left_alone(scene, port)]
    if asked:
        yield warning(
            "ModemManager",
            f"It runs and may ask {', '.join(asked)} whether it is a modem, also while it prints:"
            " sudo systemctl disable --now ModemManager, unless you have one.",
        )
    else:
        yield ok("ModemManager", "It runs, and has no printer's port to ask.")


def _is_left_alone(scene: Scene, port: SerialPort) -> bool:
    try:
        number = Path(port.device).stat().st_rdev
    except OSError:
        return True
    known = scene.system.udev / f"c{os.major(number)}:{os.minor(number)}"
    return LEFT_ALONE.search(word(known)) is not None


def suspended(scene: Scene) -> Iterable[Finding]:
    """Whether the kernel may put a board's USB device to sleep."""
    for port in _usb(scene):
        folder = serial_names.usb_device(scene.system.ttys / Path(port.device).name)
        if folder is not None and word(folder / "power/control") == "auto":
            control = folder / "power/control"
            yield warning(
                f"Power of {Path(port.device).name}",
                f"Its USB device may be put to sleep: echo on | sudo tee {control}, or leave it out"
                " of what saves power here (TLP, powertop).",
            )


def _usb(scene: Scene) -> Iterator[SerialPort]:
    """Those that are USB devices and ports."""
    return (one for one in scene.ports if one.about != ON_BOARD and one.device.startswith("/"))


CHECKS: tuple[Check, ...] = (usable, group, brltty, modem_manager, suspended)
