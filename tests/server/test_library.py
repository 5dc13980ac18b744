"""The file library: nothing half, nothing lost, nothing outside."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.errors import ConfigError, FileRefused, NoSuchFile, UsageError
from gbterm.files import GcodeFile
from gbterm.server.job_store import JobStore
from gbterm.server.library import Library, file_name
from gbterm.server.schema import MIGRATIONS

CUBE = b"G28\nG1 X1\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def payloads(library: Library) -> list[Path]:
    return sorted((library.root / "gcode").iterdir())


def test_what_goes_in_comes_out(library: Library) -> None:
    like = GcodeFile(0, "", 0, "", print_material="PLA", print_time_sec=60)
    file = library.put((CUBE[:4], CUBE[4:]), "würfel.gcode", like)
    assert (file.name, file.size, file.print_material) == ("würfel.gcode", len(CUBE), "PLA")
    assert library.get(file.id) == file
    stored = library.stored(file.id)
    assert stored.path.read_bytes() == CUBE
    assert stored.path.is_absolute()
    assert stored.sha256 == hashlib.sha256(CUBE).hexdigest()


def test_the_newest_comes_first_and_ids_are_not_used_again(library: Library) -> None:
    first, second = (library.put((CUBE,), "a.gcode") for _ in range(2))
    assert library.list() == [second, first]
    library.delete(second.id)
    third = library.put((CUBE,), "a.gcode")
    assert third.id > second.id
    assert library.list() == [third, first]
    assert len(payloads(library)) == 2


@pytest.mark.parametrize("file_id", [0, -1, 7, 1 << 63, -(1 << 70)])
def test_an_id_that_does_not_exist(library: Library, file_id: int) -> None:
    library.put((CUBE,), "a.gcode")
    for action in (library.get, library.stored, library.delete):
        with pytest.raises(NoSuchFile):
            action(file_id)


@given(st.text())
def test_names_hold_no_folder_and_no_control_character(name: str) -> None:
    try:
        clean = file_name(name)
    except UsageError:
        return
    assert clean.isprintable()
    assert not set(clean) & set("/\\")
    assert clean not in ("", ".", "..")
    assert len(clean) <= 200


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\parts\\a.gcode", "a.gcode"),
        ("日本 ü.gcode", "日本 ü.gcode"),
        ("a\x1b[2J.gcode", "a?[2J.gcode"),
    ],
)
def test_hostile_names(name: str, clean: str) -> None:
    assert file_name(name) == clean


def test_what_is_no_gcode_leaves_nothing(library: Library) -> None:
    with pytest.raises(FileRefused, match=r"photo\.gcode is no G-code"):
        library.put((b"\x89PNG\0\0",), "photo.gcode")
    assert library.list() == []
    assert payloads(library) == []


def test_an_upload_that_breaks_off_leaves_nothing(library: Library) -> None:
    def chunks() -> Iterator[bytes]:
        yield CUBE
        raise ConnectionError

    with pytest.raises(ConnectionError):
        library.put(chunks(), "a.gcode")
    assert library.list() == []
    assert payloads(library) == []


KILLED = """
import os, sys
from pathlib import Path
from gbterm.server.library import Library
def chunks():
    yield b"G28\\n" * 100_000
    os.kill(os.getpid(), 9)
    yield b""
Library(Path(sys.argv[1])).put(chunks(), "half.gcode")
"""


def test_a_crash_in_mid_upload_is_cleaned_up_at_the_next_start(library: Library) -> None:
    kept = library.put((CUBE,), "kept.gcode")
    subprocess.run([sys.executable, "-c", KILLED, str(library.root)], check=False)
    assert len(payloads(library)) == 2
    again = Library(library.root)
    assert again.list() == [kept]
    assert payloads(again) == [library.stored(kept.id).path]


def test_a_second_server_leaves_an_upload_under_way_alone(library: Library) -> None:
    def chunks() -> Iterator[bytes]:
        yield CUBE
        Library(library.root)
        yield CUBE

    file = library.put(chunks(), "a.gcode")
    assert library.stored(file.id).path.read_bytes() == CUBE * 2


FULL = """
import resource, sys
from pathlib import Path
from gbterm.errors import WrongState
from gbterm.server.library import Library
library = Library(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    library.put((b"G28\\n" * 10_000 for _ in range(10)), "big.gcode")
except WrongState as error:
    print(error)
print(len(library.list()), len(list((library.root / "gcode").iterdir())))
"""


def test_a_full_disk_is_one_sentence_and_loses_nothing(library: Library) -> None:
    file = library.put((CUBE,), "a.gcode")
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(library.root)], capture_output=True, text=True, check=True
    )
    sentence, counts = run.stdout.splitlines()
    assert sentence.startswith("The disk is full, so the file was not stored")
    assert counts == "1 1"
    assert library.list() == [file]


def test_several_use_it_at_once(tmp_path: Path) -> None:
    def use(number: int) -> GcodeFile:
        return Library(tmp_path / "library").put((CUBE,), f"{number}.gcode")

    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(use, range(24)))
    assert len({file.id for file in files}) == 24
    assert sorted(Library(tmp_path / "library").list(), key=lambda f: f.id) == sorted(
        files, key=lambda f: f.id
    )


def test_a_library_of_a_newer_gbterm_is_left_alone(library: Library) -> None:
    with sqlite3.connect(library.root / "library.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ConfigError, match="newer gbterm: update this one"):
        Library(library.root)


def test_what_the_uploader_leaves_out_comes_from_the_file(library: Library) -> None:
    text = b"; filament_type = PETG\n; layer_height = 0.2\n;TIME:90\nG1 X1 E5\n"
    file = library.put((text,), "a.gcode", GcodeFile(0, "", 0, "", print_material="PLA"))
    assert (file.print_material, file.print_quality) == ("PLA", "0.2 mm")
    assert (file.print_time_sec, file.print_filament_mm) == (90, 5)
    assert file.print_extruders == "Nozzle 1"
    assert library.get(file.id) == file
    assert file.details.material == "PETG"


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_library_of_an_older_gbterm_keeps_its_files_and_gains_the_rest(
    tmp_path: Path, version: int
) -> None:
    root = tmp_path / "library"
    (root / "gcode").mkdir(parents=True)
    (root / "gcode" / "old.gcode").write_bytes(CUBE)
    with closing(sqlite3.connect(root / "library.sqlite")) as database, database:
        steps = ("; ".join(MIGRATIONS[:version]), f"PRAGMA user_version = {version}")
        database.executescript("; ".join(steps))
        row = (7, "old", 10, "2026-01-01", "PLA", "", "", 60, 0, 0, "", "old.gcode", "")
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(gcode_files)")]
        database.execute(
            f"INSERT INTO gcode_files ({', '.join(columns[: len(row)])}) "
            f"VALUES ({', '.join('?' * len(row))})",
            row,
        )
    library = Library(root)
    assert library.get(7) == GcodeFile(7, "old", 10, "2026-01-01", "PLA", print_time_sec=60)
    assert library.stored(7).path.read_bytes() == CUBE
    assert library.put((CUBE,), "new.gcode").id == 8
    assert JobStore(library.database, "ender").list() == []
    assert Library(root).get(8).name == "new.gcode"
