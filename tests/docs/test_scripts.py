"""Scripts of the documentation run as they stand there, on a printer with a host."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.docs.pages import ROOT, Block, blocks
from tests.endtoend.house import House, built
from tests.ports import free_port

BOX = "G28\nG1 X10 F6000\nG1 X20\n"


@pytest.fixture
def address() -> str:
    """Where the host listens."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def house(address: str) -> Iterator[House]:
    """A printer with its host, `gbterm` on the path, and a file called box.gcode."""
    with built() as house:
        house.board("--heat-speed", "100")
        house.start("serve", "--port", str(house.tty), "--listen", address)
        (house.root / "box.gcode").write_text(BOX)
        program = house.root / "bin/gbterm"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\nexec env PYTHONPATH="{ROOT}" {sys.executable} -m gbterm "$@"\n'
        )
        program.chmod(0o755)
        house.environment["PATH"] = f"{program.parent}:{house.environment['PATH']}"
        yield house


def run(house: House, *command: str) -> str:
    """What a program writes; it fails and complains of nothing."""
    done = subprocess.run(
        command,
        env=house.environment,
        cwd=house.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("block", blocks("sh run"), ids=str)
def test_a_script_does_what_it_shows(block: Block, house: House) -> None:
    said = run(house, "sh", "-eu", "-c", block.text)
    assert said.startswith("READY\n")
    assert "did not finish" not in said


@pytest.mark.parametrize("block", blocks("python run"), ids=str)
def test_a_client_speaks_with_the_server(block: Block, house: House, address: str) -> None:
    said = run(house, sys.executable, "-c", block.text, f"ws://{address}/ws")
    *colder, last = (int(line.removesuffix(" °C")) for line in said.splitlines())
    assert last >= 59
    assert all(reading <= 59 for reading in colder)
