"""What a user gets wrong, or a port does: one sentence with what to do, and the right exit code."""

from __future__ import annotations

import grp
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from gbterm.backends.marlin import link
from gbterm.errors import LinkError
from tests.endtoend.device import device
from tests.endtoend.house import AT_A_GREETING, OF_THE_HOST, House, built

SITS = """
import os, pty, sys
child, ours = pty.fork()
print(os.read(ours, 99).decode().strip() if child else os.ttyname(0), flush=True)
sys.stdin.readline()
"""
"""Somebody sits at a terminal, which it names, until standard input ends."""


def assert_one_sentence(text: str, *words: str) -> None:
    assert len(text.strip().splitlines()) == 1, text
    assert "Traceback" not in text
    for word in words:
        assert word in text


def serve(house: House, port: str, *options: str) -> tuple[int, str]:
    done = house.plain("serve", "--port", port, "--listen", "127.0.0.1:0", *options)
    assert house.count("printer") == 0
    return done.returncode, done.stderr


def test_a_port_that_is_not_there(house: House) -> None:
    code, said = serve(house, "/dev/ttyNOPE")
    assert code == 4
    assert_one_sentence(said, "There is no port /dev/ttyNOPE", "--port")


def test_what_is_no_serial_port(house: House) -> None:
    code, said = serve(house, str(house.root))
    assert code == 4
    assert_one_sentence(said, "is no serial port", "--port")


def test_a_baud_rate_that_no_port_has(house: House) -> None:
    house.board()
    code, said = serve(house, str(house.tty), "--baud", "12345678999")
    assert code == 4
    assert_one_sentence(said, "12345678999 baud", "--baud")


def test_a_busy_port_names_the_process_that_has_it(house: House) -> None:
    house.board()
    with serial.Serial(str(house.tty), 115200, exclusive=True):
        code, said = serve(house, str(house.tty))
    assert code == 4
    assert_one_sentence(said, f"(process {os.getpid()}) has ", "open: end it first")


async def test_a_port_that_is_not_permitted_names_the_group(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Root may open anything, so the system's refusal is given by hand."""
    port = tmp_path / "ttyUSB0"
    port.touch()
    if os.geteuid() == 0:
        os.chown(port, 0, grp.getgrnam("dialout").gr_gid)

    def refuse(port: str, _baud: int) -> serial.Serial:
        raise PermissionError(13, "Permission denied", port)

    monkeypatch.setattr(link, "_open", refuse)
    with pytest.raises(LinkError, match=r"usermod -aG \w+ \$USER"):
        await link.Link.open(str(port), 115200, lambda _: None, lambda _: None)


def test_a_wrong_baud_rate(house: House) -> None:
    with device(bytes(range(128, 256))) as (port, _):
        code, said = serve(house, port, "--baud", "250000")
    assert code == 4
    assert_one_sentence(said, "nothing readable at 250000 baud", "--baud")


def test_a_port_that_is_somebodys_terminal_is_never_opened(house: House) -> None:
    sits = subprocess.Popen(
        [sys.executable, "-c", SITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sits.stdout is not None
    terminal = sits.stdout.readline().strip()
    code, said = serve(house, terminal)
    sits.communicate()
    assert code == 4
    assert_one_sentence(said, f"{terminal} is somebody's terminal, ", "choose another port")


def test_a_board_that_never_answers(house: House) -> None:
    with device(b"") as (port, _):
        code, said = serve(house, port, "--baud", "115200")
    assert code == 4
    assert_one_sentence(said, "does not answer at 115200 baud", "reset button")


def test_an_address_that_is_taken(house: House) -> None:
    house.board()
    house.serve("--listen", "127.0.0.1:0")
    listen = house.listen()
    other = House(house.root / "other")
    other.root.mkdir()
    try:
        other.board()
        done = other.plain("serve", "--port", str(other.tty), "--listen", listen)
        assert done.returncode == 2
        assert_one_sentence(done.stderr, listen, "--listen")
    finally:
        other.close()


BAD_FILES = {
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "NUL"),
    "a NUL": (b"G28\nG1 X1\x00\nG1 X2\n", "line 2"),
    "prose": (b"Dear printer,\nplease print a boat.\n", "no G-code"),
    "an empty file": (b"", "empty"),
    "a line too long": (b"G28\nM117 " + b"A" * 120 + b"\n", "line 2"),
    "a line of a megabyte": (b"G1 " + b"X" * 2_000_000, "megabyte"),
    "M112": (b"G28\nM112\n", "line 2"),
    "M110 in a text": (b"G28\nG1 X1\nM117 see M110\n", "line 3"),
    "gzip": (b"\x1f\x8b\x08\x00aaaa", "compressed"),
}


@pytest.fixture(scope="module")
def served() -> Iterator[House]:
    with built() as house:
        house.board()
        house.serve()
        yield house


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_cannot_be_printed(served: House, kind: str) -> None:
    content, word = BAD_FILES[kind]
    file = served.root / "bad.gcode"
    file.write_bytes(content)
    done = served.run("runfile", str(file))
    assert done.returncode == 2
    assert_one_sentence(done.stderr, word)
    assert served.state() == "READY"
    executed = {str(line["line"]).split()[0] for line in served.executed()}
    assert executed <= {*OF_THE_HOST, *AT_A_GREETING}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[printer.one]\nprot = '/dev/x'\n", ("config.toml", "prot")),
        ("colour = 'red'\n", ("config.toml", "colour")),
        ("[printer.one]\nport = 5\n", ("config.toml", "port")),
        ("[printer.one\n", ("config.toml",)),
    ],
)
def test_a_wrong_configuration_names_file_and_key(
    house: House, text: str, words: tuple[str, ...]
) -> None:
    path = house.root / "config/gbterm/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    done = house.plain("status")
    assert done.returncode == 2
    assert_one_sentence(done.stderr, *words)
