"""A file goes to the board's own card in packets, over a real port and by the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endtoend.house import House, built, wait_until

SOURCE = "; sliced ; with a thumbnail\n" + "".join(
    f"G1 X{x % 100} Y{x % 70}.5 E{x} ; M29\r\n" for x in range(3000)
)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with built() as house:
        (house.root / "card").mkdir()
        house.board("--sd", str(house.root / "card"), "--binary-transfer", speed=3)
        house.serve()
        (house.root / "part.gcode").write_text(SOURCE, newline="")
        yield house


def test_it_is_there_byte_for_byte_though_the_cable_is_noisy(house: House) -> None:
    house.fault("noise-to-board 0.0003")
    done = house.plain("upload", str(house.root / "part.gcode"), "SD:")
    house.fault("noise-to-board 0")
    assert (done.returncode, done.stderr) == (0, "")
    assert (house.root / "card/PART.GCO").read_bytes() == SOURCE.encode()
    assert "SD:/PART.GCO" in house.plain("ls").stdout
    assert house.plain("rm", "SD:/PART.GCO").returncode == 0


def test_a_full_card_is_said_in_one_sentence_and_leaves_nothing(house: House) -> None:
    house.fault("card-full 20000")
    refused = house.plain("upload", str(house.root / "part.gcode"), "SD:")
    assert refused.returncode != 0
    assert "its card takes no more of PART.GCO: look whether it is in, and not full" in (
        refused.stderr
    )
    assert not (house.root / "card/PART.GCO").exists()
    wait_until(lambda: house.state() == "READY", "the board takes commands again")
    assert house.ask("get_card_files")["result"]["files"] == []
