"""G-code that a person types: what the board says to it, and what is not sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gbterm.actions import Reply
from gbterm.errors import GbtermError, NeedsConfirmation, OutOfRange, UsageError, WrongState
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

Story = Callable[[VirtualHouse], Coroutine[Any, Any, None]]
MOVES = "".join(f"G1 X{x % 60} F600\n" for x in range(200))


def run(
    monkeypatch: pytest.MonkeyPatch, story: Story, variant: str = "default", **board: Any
) -> VirtualHouse:
    house = VirtualHouse(monkeypatch, variant, heat_speed=10.0, **board)

    async def connected() -> None:
        await house.backend.connect()
        await story(house)

    house.run(connected())
    return house


def executed(house: VirtualHouse) -> list[str]:
    return [text for _, text in house.executed]


@pytest.mark.parametrize("variant", ["default", "plain"])
def test_what_the_board_says_to_each_command_comes_back_with_it(
    monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    async def story(house: VirtualHouse) -> None:
        replies = await house.backend.send_gcode("G28\nM114 ; where?\n\nM105\nM9999\nM117 Hi")
        assert [reply.command for reply in replies] == ["G28", "M114", "M105", "M9999", "M117 Hi"]
        said = {reply.command: reply.lines for reply in replies}
        assert said["M114"][0].startswith("X:0.00 Y:0.00 Z:0.00 E:0.00 Count")
        assert said["M105"][0].startswith("ok T")
        assert said["M9999"] == ('echo:Unknown command: "M9999"',)

    house = run(monkeypatch, story, variant)
    assert [text for text in executed(house) if text in ("G28", "M9999")] == ["G28", "M9999"]


def test_a_password_that_the_board_repeats_is_told_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.backend.send_gcode('M587 S"home" P"hunter2"')
        told = [message.text for message in house.backend.state.messages]
        assert told[-1] == 'Unknown command: "M587 S"home" P***'

    run(monkeypatch, story)


def test_reports_that_nobody_asked_for_are_no_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(house: VirtualHouse) -> None:
        assert await house.backend.send_gcode("G4 S7") == [Reply("G4 S7")]
        assert (await house.backend.send_gcode("M27"))[0].lines == ("Not SD printing",)

    run(monkeypatch, story, sd_card={"A.GCO": b"G28"})


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", UsageError, "no command"),
        ("; only words", UsageError, "no command"),
        ("M114\n" * 100, UsageError, "101 commands"),
        ("M112", UsageError, "halts the printer"),
        ("M110 N5", UsageError, "line number"),
        ("m104 S200", UsageError, "lower case"),
        ("M0 Look", UsageError, "only makes sense in a print"),
        ("M500", NeedsConfirmation, "stores the present settings"),
        ("M104 S301", OutOfRange, "Nozzle 1 may be set from 0 to 300"),
        ("M109R400", OutOfRange, "Nozzle 1"),
        ("M104 T1 S 999", OutOfRange, "Nozzle"),
        ("M140 S151", OutOfRange, "The bed may be set from 0 to 150"),
        ("M190 S1000", OutOfRange, "The bed"),
        ("M141 S500", OutOfRange, "The chamber"),
        ("M303 E0 S900 C8", OutOfRange, "Nozzle"),
        ("M303 E-1 S200", OutOfRange, "The bed"),
        ("M303 E-2 S200", OutOfRange, "The chamber"),
        ("M104 S200 B400 F1", OutOfRange, "Nozzle"),
        ("M145 S0 H210 B200", OutOfRange, "The bed"),
        ("M810 G28|M104 S400|G28", OutOfRange, "Nozzle"),
        ("M149 F", UsageError, "switches the printer to °F or K"),
        ("M104 S-5", OutOfRange, "Nozzle"),
        ("G1 X10 F60000", OutOfRange, "feed rate"),
        ("M220 S5000", OutOfRange, "speed"),
        ("M221 S0", OutOfRange, "flow"),
    ],
)
def test_what_may_not_be_sent_is_refused_in_a_sentence_and_nothing_goes(
    monkeypatch: pytest.MonkeyPatch, text: str, error: type[GbtermError], words: str
) -> None:
    async def story(house: VirtualHouse) -> None:
        before = len(house.executed)
        with pytest.raises(error, match=words):
            await house.backend.send_gcode(f"G28\n{text}" if words != "no command" else text)
        await asyncio.sleep(5)
        sent = [line for line in executed(house)[before:] if line[:4] not in ("M105", "M114")]
        assert sent == []

    run(monkeypatch, story)


def test_what_changes_stored_settings_goes_once_the_user_agreed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.backend.send_gcode("M500", confirmed=True)

    assert "M500" in executed(run(monkeypatch, story))


def test_beside_a_print_settings_go_and_moves_do_not_and_the_print_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def story(house: VirtualHouse) -> None:
        path = tmp_path / "j.gcode"
        path.write_text(MOVES)
        await house.backend.start_job(path, path.name)
        await asyncio.sleep(3)
        replies = await house.backend.send_gcode("M220 S90\nM114")
        assert replies[1].lines[0].startswith("X:")
        await house.backend.send_gcode("M300 P100 S440\nM42 P57 S255", wait=False)
        for text in ("G1 X5", "G92 E0", "G28", "M109 S100", "M84", "T1", "M500"):
            with pytest.raises(WrongState, match="beside a print"):
                await house.backend.send_gcode(text, confirmed=True)
        await house.until(lambda: house.backend.state.phase is Phase.READY, 900)

    house = run(monkeypatch, story)
    moves = [text.replace("G1X", "G1 X").replace("F6", " F6") for text in executed(house)]
    assert [text for text in moves if text.startswith("G1")] == MOVES.splitlines()
    assert {"M220 S90", "M300 P100 S440", "M42 P57 S255"} <= set(moves)


def test_without_a_board_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.backend.close()
        with pytest.raises(WrongState, match="is not connected"):
            await house.backend.send_gcode("M114")

    run(monkeypatch, story)


def test_what_is_typed_ahead_does_not_come_between_the_lines_of_a_print(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "a.gcode"
    file.write_text("G28\n" + MOVES)

    async def story(house: VirtualHouse) -> None:
        typed = asyncio.create_task(house.backend.send_gcode("G4 S5\nG1 Z50"))
        await asyncio.sleep(1)
        await house.backend.start_job(file, "a.gcode")
        with pytest.raises(WrongState, match="'G1 Z50' would come between the lines of the print"):
            await typed
        await house.until(lambda: house.backend.state.phase is Phase.READY, 3600)

    house = run(monkeypatch, story)
    assert "G1 Z50" not in executed(house)
    assert executed(house).count("G28") == 1
