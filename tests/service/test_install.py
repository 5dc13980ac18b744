"""`gbterm service install` below a root, read by systemd's own tools, and what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.config import PrinterProfile
from gbterm.errors import WrongState
from gbterm.service import others, units
from gbterm.service.units import Place
from tests.cli.conftest import Shell, assert_refused, gbterm
from tests.endtoend.house import House, built
from tests.service.conftest import Machine

__all__ = ["gbterm"]
TWO = '[printer.ender]\nport = "/dev/ttyUSB0"\n[printer.mini]\nport = "/dev/ttyACM0"\n'
ELSEWHERE = '[printer.far]\nurl = "ws://far:8000/ws"\n'


@pytest.fixture
def image(gbterm: Shell) -> Path:
    """The root of a system with two printers on ports, and one elsewhere."""
    image = gbterm.home / "image"
    (image / "etc/gbterm").mkdir(parents=True)
    (image / "etc/gbterm/config.toml").write_text(TWO + ELSEWHERE)
    (image / "etc/group").write_text("root:x:0:\ngpio:x:990:\n")
    return image


def is_enabled(image: Path, unit: str) -> bool:
    done = subprocess.run(
        ["systemctl", f"--root={image}", "is-enabled", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() == "enabled"


def files(image: Path) -> set[str]:
    return {str(path.relative_to(image)) for path in image.rglob("*") if not path.is_dir()}


def test_each_printer_on_a_port_is_served_and_all_of_it_is_taken_away_again(
    gbterm: Shell, image: Path
) -> None:
    before = files(image)
    done = gbterm("service", "install", "--root", str(image))
    assert (done.returncode, done.stderr) == (0, "")
    assert "mini is served once the image starts." in done.stdout
    assert "far" not in done.stdout
    for name in ("ender", "mini"):
        assert is_enabled(image, f"gbterm-printer@{name}.service")
        assert is_enabled(image, f"gbterm-server@{name}.service")
    unit = (image / "etc/systemd/system/gbterm-printer@.service").read_text()
    assert "-m gbterm host printer %i --supervised" in unit
    assert "m gbterm gpio" in (image / "etc/sysusers.d/gbterm.conf").read_text()
    for name, driver in (("ender", "char-188"), ("mini", "char-166")):
        assert allowed(image, name) == ["", f"{driver} rw"]

    assert gbterm("service", "remove", "--printer", "mini", "--root", str(image)).returncode == 0
    assert not is_enabled(image, "gbterm-printer@mini.service")
    assert is_enabled(image, "gbterm-server@ender.service")
    assert_refused(
        gbterm("service", "remove", "--printer", "mini", "--root", str(image)), 2, "ender"
    )
    assert gbterm("service", "remove", "--root", str(image)).returncode == 0
    assert files(image) == before


def test_systemd_makes_the_user_and_the_folders(gbterm: Shell, image: Path) -> None:
    assert gbterm("service", "install", "--root", str(image)).returncode == 0
    subprocess.run(["systemd-sysusers", f"--root={image}"], capture_output=True, check=True)
    users = (image / "etc/passwd").read_text()
    assert re.search(r"(?m)^gbterm:x:\d+:\d+:3D printers:/var/lib/gbterm:\S*nologin$", users)
    for group in ("dialout", "gpio"):
        assert re.search(rf"(?m)^{group}:x:\d+:gbterm$", (image / "etc/group").read_text())
    # Whom they belong to is for root alone to say.
    made = ["systemd-tmpfiles", f"--root={image}", "--create"]
    subprocess.run(made, capture_output=True, check=False)
    modes = {"run/gbterm": 0o755, "var/lib/gbterm": 0o750}
    assert {path: (image / path).stat().st_mode & 0o777 for path in modes} == modes


def test_a_printer_that_is_not_configured_is_refused(gbterm: Shell, image: Path) -> None:
    for name in ("far", "nobody"):
        done = gbterm("service", "install", "--printer", name, "--root", str(image))
        assert_refused(done, 2, f"no printer {name} on a port", f"[printer.{name}]")
    (image / "etc/gbterm/config.toml").unlink()
    gbterm.config.write_text(TWO)
    done = gbterm("service", "install", "--root", str(image))
    assert_refused(done, 2, f"sudo install -Dm644 {gbterm.config} {image}/etc/gbterm/config.toml")
    assert not (image / "etc/systemd").exists()


def test_what_a_package_brought_is_not_written_twice(gbterm: Shell, image: Path) -> None:
    (brought := image / "usr/lib/systemd/system").mkdir(parents=True)
    for name, text in units.texts(Place()).items():
        (brought / name).write_text(text)
    words = ("service", "install", "--printer", "ender", "--root", str(image))
    assert_refused(gbterm(*words, "--as", "pi"), 2, "runs as gbterm: leave out --as")
    assert gbterm(*words).returncode == 0
    assert is_enabled(image, "gbterm-server@ender.service")
    assert allowed(image, "ender") == ["", "char-188 rw"]
    own = image / "etc/systemd/system"
    assert [path for path in own.rglob("*.service") if not path.is_symlink()] == []
    assert gbterm("service", "remove", "--root", str(image)).returncode == 0
    assert not is_enabled(image, "gbterm-server@ender.service")
    assert not list(own.rglob("*.conf"))


def allowed(image: Path, name: str) -> list[str]:
    """The devices of that printer's process, as its drop-in says."""
    folder = image / f"etc/systemd/system/gbterm-printer@{name}.service.d"
    text = (folder / "00-port.conf").read_text()
    return re.findall(r"(?m)^DeviceAllow=(.*)$", text)


def test_what_root_hides_is_shown_to_all(gbterm: Shell, image: Path) -> None:
    words = [sys.executable, "-m", "gbterm", "service", "install", "--root", str(image)]
    subprocess.run(words, env=gbterm.env, umask=0o077, check=True)
    made = [image / "etc" / name for name in ("systemd", "sysusers.d", "tmpfiles.d")]
    for path in [each for folder in made for each in folder.rglob("*")]:
        assert path.lstat().st_mode & 0o044 == 0o044, path
        assert path.parent.stat().st_mode & 0o055 == 0o055, path


def test_what_another_user_had_becomes_that_of_who_runs_it_now(gbterm: Shell, image: Path) -> None:
    (image / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\npi:x:1234:1234::/:/bin/sh\n")
    kept = image / "var/lib/gbterm/run/ender"
    kept.mkdir(parents=True)
    (kept / "journal").touch(mode=0o600)
    assert gbterm("service", "install", "--as", "pi", "--root", str(image)).returncode == 0
    for tool in (["systemd-sysusers"], ["systemd-tmpfiles", "--create"]):
        subprocess.run([*tool, f"--root={image}"], capture_output=True, check=False)
    groups = (image / "etc/group").read_text()
    assert re.search(r"(?m)^dialout:x:\d+:gbterm,pi$", groups)
    assert re.search(r"(?m)^gpio:x:\d+:pi$", groups)
    lines = (image / "etc/tmpfiles.d/gbterm.conf").read_text().splitlines()
    assert "Z /var/lib/gbterm - pi gbterm -" in lines
    if os.geteuid() == 0:
        assert {path.stat().st_uid for path in (kept, kept / "journal")} == {1234}


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


def test_a_users_own_host_of_the_printer_is_named_with_how_to_end_it(house: House) -> None:
    house.board()
    house.configure('listen = "127.0.0.1:0"')
    house.start("serve", "--printer", "bench")
    done = house.plain("service", "install", "--user")
    assert (done.returncode, done.stdout) == (5, "")
    assert "end it first" in done.stderr
    assert "gbterm --printer bench stop" in done.stderr
    assert not (house.root / "config/systemd").exists()
    printer = PrinterProfile("other", str(house.tty))
    # Somebody else's, too, whose pty had the same number.
    with pytest.raises(WrongState, match=r"serves \S+ on \S+/tty already: end it first, as \w+, "):
        others.require_free([printer], is_users_own=False)
    others.require_free([PrinterProfile("nobody-has-it", "/dev/null")], is_users_own=False)
    # It is none of a service's.
    enabled = house.root / "config/systemd/user/default.target.wants"
    enabled.mkdir(parents=True)
    (enabled / "gbterm-server@bench.service").touch()
    house.plain("service", "remove", "--user")
    assert house.state() == "READY"


def test_a_users_own_service_leaves_the_machines_alone(machine: Machine) -> None:
    machine.start_units()
    enabled = machine.root / "config/systemd/user/default.target.wants"
    enabled.mkdir(parents=True)
    (enabled / "gbterm-server@bench.service").touch()
    machine.plain("service", "remove", "--user")
    assert machine.state() == "READY"
    assert machine.printer.codes == machine.server.codes == []
    done = machine.plain("service", "install", "--user")
    assert done.returncode == 5
    assert "sudo gbterm service remove --printer bench" in done.stderr
    own = machine.plain("host", "printer", "bench", "--supervised")
    assert own.returncode == 2
    assert "this machine's service's" in own.stderr


def test_without_systemd_it_says_so(gbterm: Shell, image: Path) -> None:
    for verb in ("install", "remove", "status"):
        options = () if verb == "status" else ("--root", str(image))
        done = gbterm("service", verb, *options, PATH="/nonexistent")
        assert_refused(done, 2, "has no systemd")


def test_root_makes_keys_for_the_service(gbterm: Shell) -> None:
    kept = gbterm.home / "var/lib/gbterm"
    kept.mkdir(parents=True)
    root = {**gbterm.env, "GBTERM_ROOT": str(gbterm.home), "HOME": str(gbterm.home / "of-root")}
    del root["XDG_CONFIG_HOME"]
    command = [sys.executable, "-m", "gbterm", "key", "create", "panel", "--scope", "watch"]
    if os.geteuid() == 0:
        gbterm.home.chmod(0o755)
        os.chown(kept, 65534, 65534)
    else:
        command = ["unshare", "--user", "--map-root-user", *command]
    done = subprocess.run(command, env=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:7]) == (0, "gbterm_"), done.stderr
    made = (kept / "keys.json").stat()
    assert (made.st_uid, made.st_mode & 0o777) == (kept.stat().st_uid, 0o600)
    assert not (gbterm.home / "of-root").exists()
