"""The user's own file is changed as a careful person would: nothing else in it moves."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gbterm import config_edit, config_file
from gbterm.config import Limits
from gbterm.errors import ConfigError

FULL = """\
# my printers
default = "ender"   # the loud one

[printer.ender]
port = "/dev/ttyUSB0"  # left socket
baud = 115200

[printer.ender.limits]
nozzle_max = 260  # PTFE inside

[auth]
loopback = "open"
# the end
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return config_edit.user_file()


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def test_a_printer_is_added_where_there_was_no_file(file: Path) -> None:
    members = {"port": "/dev/ttyACM0", "baud": None, "limits": {"nozzle_max": 260.0}}
    config = config_edit.put_printer("mini", members)
    assert config == config_file.load()
    assert config.printers["mini"].limits == Limits(nozzle_max=260.0)
    assert file.read_text() == (
        '[printer.mini]\nport = "/dev/ttyACM0"\n\n[printer.mini.limits]\nnozzle_max = 260.0\n'
    )


def test_a_printer_is_added_and_all_else_stays_as_it_was(file: Path) -> None:
    write(file, FULL)
    config_edit.put_printer("pi", {"url": "ws://10.0.0.1:8000/ws"})
    text = file.read_text()
    for line in FULL.splitlines():
        assert line in text
    assert list(config_file.load().printers) == ["ender", "pi"]


def test_a_member_is_changed_or_taken_out_in_its_place(file: Path) -> None:
    write(file, FULL)
    config_edit.put_printer("ender", {"port": "/dev/ttyUSB1", "baud": None})
    assert file.read_text() == FULL.replace("USB0", "USB1").replace("baud = 115200\n", "")


def test_a_printer_is_taken_out_with_its_tables(file: Path) -> None:
    write(file, FULL + '\n[printer.pi]\nurl = "ws://10.0.0.1:8000/ws"\n')
    config = config_edit.drop_printer("ender")
    assert (list(config.printers), config.default) == (["pi"], "")
    text = file.read_text()
    assert text.startswith("# my printers\n")
    assert "PTFE" not in text
    assert "PTFE" in file.with_name("config.toml~").read_text()
    assert "# the end" in text


def test_the_default_is_set_above_the_tables(file: Path) -> None:
    write(file, '# first\n[printer.a]\nport = "/dev/ttyS0"\n[printer.b]\nport = "/dev/ttyS1"\n')
    assert config_edit.put("", {"default": "b"}).default == "b"
    assert file.read_text().startswith("# first\n")
    config_edit.put("", {"default": "a"})
    assert file.read_text().count("default") == 1
    assert config_file.load().default == "a"


@pytest.mark.parametrize(
    ("before", "change", "sentence"),
    [
        ("x = [", lambda: config_edit.put("", {"default": "a"}), "is no valid TOML"),
        ("nonsense = 1\n", lambda: config_edit.put("", {"default": "a"}), "nonsense is not known"),
        (FULL, lambda: config_edit.put("", {"default": "a"}), "not configured"),
        (FULL, lambda: config_edit.put_printer("a b", {"port": "/dev/ttyS0"}), "is no name"),
        (FULL, lambda: config_edit.put_printer("pi", {}), "needs either port or url"),
        (FULL, lambda: config_edit.drop_printer("pi"), "pi isn't in"),
        ("printer.a.port = '/dev/ttyS0'\nprinter = 1", lambda: config_edit.put("", {}), "TOML"),
    ],
)
def test_what_may_not_be_leaves_the_file_as_it_was(
    file: Path, before: str, change: Callable[[], object], sentence: str
) -> None:
    write(file, before)
    with pytest.raises(ConfigError, match=sentence):
        change()
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file]


def test_dotted_keys_and_line_ends_of_others_stay(file: Path) -> None:
    write(file, "printer.a.port = '/dev/ttyS0'\r\n# x\r\n[printer.b]\r\nport = '/dev/ttyS1'\r\n")
    config_edit.put_printer("a", {"baud": 9600})
    assert b"# x\r\n[printer.b]\r\n" in file.read_bytes()
    assert config_file.load().printers["a"].baud == 9600


def test_its_mode_and_a_link_to_it_stay(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    write(real, FULL)
    real.chmod(0o640)
    file.parent.mkdir(parents=True)
    file.symlink_to(real)
    config_edit.put_printer("pi", {"url": "ws://10.0.0.1:8000/ws"})
    assert file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "[printer.pi]" in real.read_text()


def test_a_folder_that_can_not_be_written_is_a_sentence(file: Path) -> None:
    file.parent.parent.mkdir(exist_ok=True)
    file.parent.symlink_to("/proc/self/nowhere")
    with pytest.raises(ConfigError, match="can't be written"):
        config_edit.put_printer("a", {"port": "/dev/ttyS0"})
    assert os.path.lexists(file.parent)
