"""The board's own card over a real WebSocket and by the command line, which see it as `SD:`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gbterm.cli.exits import ExitCode
from tests.endtoend.house import House, built, wait_until

MOVES = ["G28", *(f"G1 X{x % 100} Y{x % 70} F3000" for x in range(6000))]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with built() as house:
        card = house.root / "card"
        (card / "sub").mkdir(parents=True)
        (card / "A long file name.gcode").write_text("\n".join(MOVES))
        (card / "sub/inner.gco").write_text("G28\n")
        house.board("--sd", str(card), speed=30)
        house.serve()
        yield house


def test_it_is_a_folder_of_the_library(house: House) -> None:
    listed = house.plain("ls")
    assert listed.stdout.splitlines() == ["SD:/A long file name.gcode", "SD:/SUB/INNER.GCO"]
    assert house.plain("files", "SD:").stdout.split("\n")[0].endswith("SD:/A long file name.gcode")
    for verb in ("mv SD:/SUB/INNER.GCO x", "download SD:/SUB/INNER.GCO"):
        refused = house.plain(*verb.split())
        assert refused.returncode == ExitCode.WRONG_USAGE
        assert "what lies on the printer's own card" in refused.stderr


def test_a_file_of_it_is_printed_by_name_after_a_question(house: House) -> None:
    name = "A long file name.gcode"
    asked = house.plain("start", name)
    assert asked.returncode == ExitCode.WRONG_USAGE
    assert "its temperatures and moves are not checked. Print it all the same?" in asked.stderr
    assert house.plain("start", "--yes", name).returncode == 0
    assert f"job: {name}\n" in house.status()
    busy = house.ask("delete_card_file", {"path": "/SUB/INNER.GCO"})
    assert "it prints from its own card" in busy["error"]["message"]
    assert house.plain("pause").returncode == 0
    house.wait_for_state("PAUSED")
    assert house.plain("resume").returncode == 0
    assert house.plain("waitend").returncode == 0
    executed = [str(entry["line"]) for entry in house.executed()]
    assert [line for line in executed if line in MOVES] == MOVES


def test_a_file_is_put_there_whole_and_printed_from_there(house: House) -> None:
    (file := house.root / "new part.gcode").write_text("; sliced\nG28 ; home\nG1 X1 F3000\n")
    done = house.plain("upload", str(file), "SD:")
    assert (done.returncode, done.stderr) == (0, "")
    assert (house.root / "card/NEWPART.GCO").read_bytes() == b"G28\r\nG1 X1 F3000\r\n"
    assert "NEWPART" not in house.plain("history").stdout
    assert "print_" not in house.plain("history", "--actions", "--search", "NEWPART").stdout
    assert "new part.gcode" in house.plain("ls").stdout
    assert house.plain("start", "--yes", "SD:/NEWPART.GCO").returncode == 0
    assert house.plain("waitend").returncode == 0
    assert "NEWPART.GCO" in house.plain("history").stdout
    assert house.plain("rm", "SD:/NEWPART.GCO").returncode == 0
    assert house.plain("rm", "new part.gcode").returncode == 0


def test_a_file_whose_writing_ended_with_its_process_is_not_printed(house: House) -> None:
    (file := house.root / "half.gcode").write_text("\n".join(MOVES) + "\n")

    def written() -> int:
        job = json.loads(house.run("status", "--json").stdout)["job"]
        return int(job["byte"]) if job and "half.gcode" in job["name"] else 0

    house.live(0.1)
    house.start_quietly("upload", str(file), "SD:")
    wait_until(lambda: written() > 1000, "a part of it is on the card")
    dead = house.kill("printer")
    house.live(30)
    wait_until(lambda: house.pids("printer") not in ([], [dead]), "another printer process")
    house.wait_for_state("READY")
    refused = house.plain("start", "--yes", "SD:/HALF.GCO")
    assert refused.returncode == ExitCode.WRONG_STATE
    assert "HALF.GCO is not whole, since its writing was cut off: delete it" in refused.stderr
    assert house.plain("rm", "SD:/HALF.GCO").returncode == 0
    assert house.plain("upload", str(file), "SD:").returncode == 0
    assert (house.root / "card/HALF.GCO").read_bytes() == "\r\n".join([*MOVES, ""]).encode()
    assert house.plain("start", "--yes", "SD:/HALF.GCO").returncode == 0
    assert house.plain("cancel").returncode == 0
    assert house.plain("waitend").returncode != 0
    assert house.plain("rm", "SD:/HALF.GCO").returncode == 0


def test_a_file_of_it_is_deleted(house: House) -> None:
    assert house.plain("rm", "SD:/SUB/INNER.GCO").returncode == 0
    assert not (house.root / "card/sub/inner.gco").exists()
    told = house.ask("get_card_files")["result"]["files"]
    assert [file["path"] for file in told] == ["/ALONGF~1.GCO"]
    gone = house.ask("delete_card_file", {"path": "/SUB/INNER.GCO"})
    assert gone["error"]["message"] == "The card holds no file '/SUB/INNER.GCO': list it anew."
