"""Installs the Debian package in a clean root, upgrades it in mid-print, and removes it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import by_pip
import upgrading
from installing import install, look, serve
from packages import built, of_next_version
from place import Booted, ByHand, Place
from printhost import Printhost, say
from removing import OwnPrint, purge, refuse_removal, remove_by_force
from root import Missing, clean_root, run

ROOT = Path(__file__).parents[3]
PACKAGES = ("debootstrap", "systemd-container", "util-linux")


def try_it(place: Place, package: Path, later: Path) -> None:
    """All of it, on one printer."""
    host = Printhost(place)
    box = ROOT / "gbterm/data/box.gcode"
    install(host, package)
    serve(host)
    look(host)
    host.begin_print(box)
    upgrading.replace(host, package, "reinstalled")
    upgrading.replace(host, later, "upgraded")
    refuse_removal(host)
    if isinstance(place, Booted):
        upgrading.leave_alone(host)
    upgrading.kill_server(host)
    upgrading.end_print(host, box)
    if isinstance(place, Booted):
        upgrading.renew(host, later)
    upgrading.kill_printer(host)
    host.begin_print(box)
    users = OwnPrint(host, box)
    by_pip.keep_a_copy(place)
    remove_by_force(host)
    users.goes_on()
    purge(host, package)
    if isinstance(place, Booted):
        by_pip.serve(host)


@contextmanager
def lived_in(root: Path) -> Iterator[Place]:
    """The root, booted where this machine lets it."""
    place: Place
    try:
        place = Booted(root)
    except Missing as missing:
        say("NOT booted", missing)
        place = ByHand(root)
    say("lives", place.how)
    try:
        yield place
    finally:
        place.close()


def main() -> int:
    if os.geteuid() != 0:
        print("make test-deb makes a root of its own, and needs to be root: sudo make test-deb")
        return 1
    try:
        if run(ROOT / "scripts/apt-packages", *PACKAGES).returncode:
            raise Missing(f"This needs Debian packages: apt-get install {' '.join(PACKAGES)}.")
        package = built()
        say("built", f"{package.name}, {package.stat().st_size / 1e6:.1f} MB")
        with clean_root(package) as root:
            say("made a clean Debian", (root / "etc/debian_version").read_text().strip())
            shutil.copy(package, root / "srv")
            later = of_next_version(package, root / "srv")
            with lived_in(root) as place:
                try_it(place, package, later)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    say("all of it is as it should be")
    return 0


sys.exit(main())
