"""The backend of docs/backend.md, installed beside gbterm: it keeps the contract, too."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gbterm.backends import kinds
from tests.backends.conftest import backend  # noqa: F401
from tests.backends.kinds import TOY, Printer, Worlds, connected
from tests.backends.test_contract import *  # noqa: F403

EXAMPLE = Path(__file__).parents[2] / "docs/backend"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that the example is installed in, as a wheel would be."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    folder = tmp_path_factory.mktemp("site")
    about = folder / f"gbterm_toy-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    ((group, entries),) = project["entry-points"].items()
    lines = [f"{name} = {target}" for name, target in entries.items()]
    (about / "entry_points.txt").write_text("\n".join((f"[{group}]", *lines, "")))
    (folder / "gbterm_toy.py").write_text((EXAMPLE / "gbterm_toy.py").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        kinds._by_scheme.cache_clear()
        yield folder
    kinds._by_scheme.cache_clear()
    sys.modules.pop("gbterm_toy", None)


@pytest.fixture
async def printer(installed: Path, worlds: Worlds) -> AsyncIterator[Printer]:
    """In place of the kinds that gbterm brings."""
    async with connected("toy", worlds) as printer:
        yield printer


def test_the_command_line_takes_its_addresses(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gbterm", "--url", TOY, "status"],
        env=os.environ | {"PYTHONPATH": f"{installed}:{EXAMPLE.parents[1]}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.stdout.splitlines()[:1], done.stderr) == (["READY"], "")
