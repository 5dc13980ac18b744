"""`gbterm service install` below a root, read by systemd's own tools, and what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, assert_refused, gbterm

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
    for path in ("sysusers.d", "tmpfiles.d", "systemd/system"):
        assert (image / "etc" / path).stat().st_mode & 0o777 == 0o777 & ~_umask()

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
    (image / "usr/lib/systemd/system").mkdir(parents=True)
    (image / "usr/lib/systemd/system/gbterm-printer@.service").touch()
    done = gbterm("service", "install", "--printer", "ender", "--root", str(image))
    assert_refused(done, 2, "systemctl enable --now gbterm-server@ender.service")


def test_without_systemd_it_says_so(gbterm: Shell, image: Path) -> None:
    for verb in ("install", "remove", "status"):
        options = () if verb == "status" else ("--root", str(image))
        done = gbterm("service", verb, *options, PATH="/nonexistent")
        assert_refused(done, 2, "has no systemd")


def _umask() -> int:
    os.umask(mask := os.umask(0))
    return mask


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
