"""Installing the package, and bringing its services up."""

from __future__ import annotations

from pathlib import Path

from place import Booted, wait_until
from printhost import BOARD, NAME, Printhost, say


def install(host: Printhost, package: Path) -> None:
    """Without a network, as root."""
    network = host.place.run("cat", "/proc/net/dev").stdout.splitlines()[2:]
    interfaces = [line.split(":")[0].strip() for line in network]
    assert interfaces == ["lo"], interfaces
    host.dpkg("--install", f"/srv/{package.name}")
    say("installed without a network", host.gbterm("--version"))
    status = host.place.run("getent", "passwd", "gbterm").stdout.strip()
    groups = host.place.run("id", "-nG", "gbterm").stdout.strip()
    assert groups.split() == ["gbterm", "dialout"], groups
    say("made the user of the service", f"{status}, in {groups}")
    assert "1" in host.place.run("sh", "-c", "zcat /usr/share/man/man1/gbterm.1.gz").stdout
    owned = host.place.run("find", "/usr/lib/gbterm", "-newer", "/var/lib/dpkg/info/gbterm.list")
    assert not owned.stdout, owned.stdout


def serve(host: Printhost) -> None:
    """A board, its profile, its services."""
    place = host.place
    (host.root / "executed.jsonl").touch()
    place.run("chown", "-R", "gbterm:gbterm", "/srv")
    host.begin_board(BOARD, "/srv/executed.jsonl")
    host.configure()
    place.start(NAME)
    seconds = wait_until(host.answers, "a printer that is ready")
    wait_until(host.is_served, "a server that answers")
    say("services run, the printer is READY", f"after {seconds:.1f} s")


def look(host: Printhost) -> None:
    """What gbterm says of all that."""
    say("gbterm config check", host.gbterm("config", "check").splitlines()[-1])
    done = host.place.run("gbterm", "doctor")
    lines = done.stdout.strip().splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    say("gbterm doctor", lines[-1])
    if isinstance(host.place, Booted):
        show_console(host)


def show_console(host: Printhost) -> None:
    """`gbterm service`, beside the package's own units."""
    for line in host.gbterm("service", "status").splitlines():
        say("gbterm service status", line)
    said = host.gbterm("service", "install", "--printer", NAME)
    say("gbterm service install, for its own port alone", said.splitlines()[0])
    may_open = ("systemctl", "show", "--property=DeviceAllow", f"gbterm-printer@{NAME}.service")
    devices = host.place.run(*may_open).stdout
    assert "char-pts" in devices, devices
    assert "char-188" not in devices, devices
    # A container has no screens. Without /dev/tty0, systemd begins no getty on one.
    host.place.run("touch", "/dev/tty1")
    console = ("service", "console", "--tty", "tty1")
    say("gbterm service console --tty tty1", host.gbterm(*console).splitlines()[0])
    begins = ("systemctl", "show", "--property=ExecStart", "getty@tty1.service")
    assert "gbterm" in host.place.run(*begins).stdout
    say("its --remove", host.gbterm(*console, "--remove").splitlines()[0])
    assert "gbterm" not in host.place.run(*begins).stdout
