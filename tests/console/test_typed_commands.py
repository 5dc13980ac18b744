"""What was typed in former days."""

from __future__ import annotations

from pathlib import Path

from gbterm.typed_commands import KEPT, MOST_BYTES, TypedCommands


def read(path: Path) -> TypedCommands:
    commands = TypedCommands(path)
    commands.read()
    return commands


def test_what_was_typed_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state" / "typed_commands"
    first = read(path)
    first.write(["G28", "M105", "M105"])
    read(path).write(["M105", "M114"])
    assert path.read_text() == "G28\nM105\nM114\n"
    assert path.stat().st_mode & 0o777 == 0o600
    again = read(path)
    assert [again.older(""), again.older("M114"), again.older("M105")] == ["M114", "M105", "G28"]
    assert again.older("G28") == "G28"


def test_one_goes_back_through_what_begins_alike(tmp_path: Path) -> None:
    commands = TypedCommands(tmp_path / "none")
    for command in ("M104 S200", "G28", "M104 S0"):
        commands.add(command)
    assert commands.older("M1") == "M104 S0"
    assert commands.older("M104 S0") == "M104 S200"
    assert commands.older("M104 S200") == "M104 S200"
    assert commands.newer("M104 S200") == "M104 S0"
    assert commands.newer("M104 S0") == "M1"
    assert commands.newer("M1") == "M1"
    assert commands.older("M1") == "M104 S0"
    commands.stay()
    assert commands.older("G") == "G28"


def test_passwords_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "typed_commands"
    commands = TypedCommands(path)
    for command in ("M511 P1234", 'M587 S"home" P"hunter2"', "M117 \x1b[2J"):
        commands.add(command)
    commands.write(["M511 P1234", "G28"])
    assert commands.older("") == ""
    assert path.read_text() == "G28\n"


def test_the_file_stays_small_and_may_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "typed_commands"
    TypedCommands(path).write([f"M117 {n}" for n in range(KEPT + 50)])
    assert len(path.read_text().splitlines()) == KEPT
    path.write_bytes(b"M117 \x1b]0;x\x07\xff\n\n" + b"x" * 2 * MOST_BYTES)
    commands = read(path)
    found = commands.older("")
    assert len(found) <= 300
    assert found.isprintable()
    assert commands.older(found).startswith("M117 ?]0;x?")


def test_a_file_that_can_not_be_read_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert read(tmp_path / "folder").older("G") == "G"
