"""The units as they are shipped, in the eyes of systemd itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gbterm.service import units
from gbterm.service.units import ROLES, Place
from tests.service.manager import PLACE

EXPOSED_AT_MOST = 2.0
"""By systemd-analyze: from 0 to 10, where a unit that hardens nothing has 9.6."""
PLACES = (PLACE, Place(PLACE.program, "pi", sees_homes=True))


def written(folder: Path, place: Place) -> None:
    for name, text in units.texts(place).items():
        (folder / name.replace("@.", "@ender.")).write_text(text)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("place", PLACES)
def test_systemd_understands_every_line(tmp_path: Path, place: Place) -> None:
    written(tmp_path, place)
    for role in ROLES:
        done = analyze("verify", "--man=no", str(tmp_path / units.unit(role, "ender")))
        ours = [line for line in done.stderr.splitlines() if "gbterm" in line]
        assert (done.returncode, ours) == (0, [])


def test_the_units_of_a_user_ask_for_nothing_that_only_root_can_give(tmp_path: Path) -> None:
    written(tmp_path, Place(PLACE.program, is_users_own=True))
    for role in ROLES:
        path = tmp_path / units.unit(role, "ender")
        done = analyze("verify", "--user", "--man=no", str(path))
        assert [line for line in done.stderr.splitlines() if "gbterm" in line] == []
        assert "WantedBy=default.target" in path.read_text()
        assert not re.search(r"(?m)^(User|Device|Protect|Runtime)", path.read_text())


@pytest.mark.parametrize("role", ROLES)
def test_they_are_hardened(tmp_path: Path, role: str) -> None:
    (systemd := tmp_path / "etc/systemd/system").mkdir(parents=True)
    written(systemd, PLACE)
    name = units.unit(role, "ender")
    done = analyze("security", f"--root={tmp_path}", "--offline=true", name)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    print(f"\n{name}: exposure {found[1]}", end="")
    assert float(found[1]) <= EXPOSED_AT_MOST


def test_a_printer_process_sees_who_else_uses_its_port() -> None:
    # Hidden, a login of root's on the port would be sent G-code.
    assert "ProtectProc=" not in units.texts(Place())[units.unit("printer")]


def test_nothing_but_a_stop_that_is_meant_reaches_what_prints() -> None:
    text = units.texts(Place())[units.unit("printer")]
    # What restarts services, as needrestart, is refused by systemd.
    for line in ("RefuseManualStart=yes", "OOMPolicy=continue", "KillMode=mixed"):
        assert f"\n{line}\n" in text
