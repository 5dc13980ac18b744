"""Wheel and sdist, as `pip install .` and `pipx install .` make them: whole, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path, PurePosixPath

import pytest

import gbterm

ROOT = Path(__file__).parents[1]
NAME = f"gbterm-{gbterm.__version__}"
OURS = {
    str(path.relative_to(ROOT))
    for path in (ROOT / "gbterm").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    for what in ("sdist", "wheel"):
        command = [sys.executable, "-m", "hatchling", "build", "-t", what, "-d", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def metadata(built: Path) -> Message:
    with zipfile.ZipFile(wheel(built)) as file:
        return message_from_bytes(file.read(f"{NAME}.dist-info/METADATA"))


def test_an_index_would_take_both(built: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twine", "--no-color", "check", "--strict", *built.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.count("PASSED")) == (0, 2), done.stdout


def test_the_wheel_is_for_every_machine_and_holds_the_package_alone(built: Path) -> None:
    assert wheel(built).name == f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(wheel(built)) as file:
        names = {name for name in file.namelist() if not name.startswith(f"{NAME}.dist-info/")}
    assert names == OURS
    for wanted in ("app.tcss", "py.typed", "data/box.gcode", "config/example.toml"):
        assert f"gbterm/{wanted}" in names
    for wanted in ("printer@.service", "server@.service"):
        assert f"gbterm/service/gbterm-{wanted}" in names


def test_the_sdist_holds_what_a_wheel_is_made_of(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as file:
        names = {str(PurePosixPath(name).relative_to(NAME)) for name in file.getnames()}
    besides = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert names - besides == OURS
    assert besides - names <= {".gitignore"}


def test_it_says_what_it_is_and_what_it_needs(built: Path) -> None:
    told = metadata(built)
    assert (told["Name"], told["Version"]) == ("gbterm", gbterm.__version__)
    assert (told["License-Expression"], told["Requires-Python"]) == ("MIT", ">=3.11")
    told_needs = [text for text in told.get_all("Requires-Dist", []) if "extra" not in text]
    needed = {re.split(r"[<>=;]", text)[0] for text in told_needs}
    assert {"textual", "websockets", "pyserial"} <= needed
    assert not {"pytest", "twine", "ruff"} & needed


def test_it_runs_from_where_pip_puts_it(built: Path, tmp_path: Path) -> None:
    put = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*put, "--target", str(tmp_path), str(wheel(built))], check=True)
    done = subprocess.run(
        [tmp_path / "bin/gbterm", "--version"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"gbterm {gbterm.__version__}\n"), done.stderr
