"""What a listing comes to, whatever of it the server gave."""

from __future__ import annotations

from typing import Any

from gbterm.backends.octoprint.files import file_id, listing
from gbterm.files import FileDetails


def one(**record: Any) -> Any:
    return {"type": "machinecode", "origin": "local", "path": "a.gcode"} | record


def test_ids_are_stable_and_tell_the_card_from_the_disk() -> None:
    # Notes of a print, and screens, keep them.
    assert file_id("local", "a.gcode") == 90238126183071
    assert file_id("sdcard", "a.gcode") != file_id("local", "a.gcode")


def test_only_what_can_be_printed_is_listed_and_empty_folders_are_folders() -> None:
    model = one(type="model", path="sub/a.stl")
    folder = {"type": "folder", "path": "sub", "children": [model, one(path="sub/b.gcode")]}
    empty = {"type": "folder", "path": "sub/empty", "children": []}
    found = listing({"files": [folder, empty, one()]})
    assert sorted(e.file.name for e in found.entries.values()) == ["a.gcode", "b.gcode"]
    assert sorted(found.folders) == ["sub", "sub/empty"]


def test_files_of_the_card_lie_in_a_folder_of_their_own() -> None:
    found = listing({"files": [one(origin="sdcard"), one(origin="sdcard", path="/deep/b.gco")]})
    assert sorted(e.file.folder for e in found.entries.values()) == ["SD:", "SD:/deep"]


def test_nonsense_is_left_out_and_text_is_scrubbed() -> None:
    hostile: list[Any] = [
        *(None, 7, [], {}, one(path=None), one(path="../a.gcode"), one(path="sub/../../b")),
        one(display="\x1b[2Jx", size="12", date=1e300, gcodeAnalysis=[]),
        one(path="b.gcode", size=-1, date="nan", gcodeAnalysis={"filament": {"tool0": 1}}),
        one(
            path="c.gcode",
            gcodeAnalysis={
                "printingArea": {"minX": 1, "minY": None},
                "filament": {"tool" + "9" * 90: {"length": 1}, "tool²": {"length": 1}},
            },
        ),
    ]
    found = listing({"files": hostile})
    files = {entry.path: entry.file for entry in found.entries.values()}
    assert sorted(files) == ["a.gcode", "b.gcode", "c.gcode"]
    assert (files["a.gcode"].name, files["a.gcode"].size) == ("?[2Jx", 12)
    assert [file.uploaded for file in files.values()] == ["", "", ""]
    assert files["c.gcode"].details == FileDetails()
    answers: list[Any] = [None, [], {"files": {}}, {"files": None}]
    for answer in answers:
        assert not listing(answer).entries
