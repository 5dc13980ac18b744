"""The conversation: questions, the stop, the end, and words that make no sense."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm import events
from gbterm.errors import LinkError, OutOfRange
from gbterm.model import Message, Phase, StopReport
from gbterm.plain.input import LONGEST
from gbterm.plain.session import Session
from tests.memory_backend import MemoryBackend
from tests.plain.conftest import Talk, There, talking


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("foo", ["“foo” is no command", "help lists them"]),
        ("stats", ["did you mean", "status"]),
        ("pau", ["may be pause or pause_layers", "write more"]),
        ("jog", ["jog_left or jog_right"]),
        ("stop", ["estop", "cancel", "pause"]),
        ("yes", ["no question is open"]),
        ("set_nozzle", ["temperature in °C is missing", "Write it as: set_nozzle C [NOZZLE]"]),
        ("set_nozzle hot", ["“hot” is no temperature"]),
        ("set_nozzle nan", ["“nan” is no temperature"]),
        ("set_nozzle 210 0", ["Counting begins at 1"]),
        ("set_nozzle 210 1 2", ["“2” is too much"]),
        ("set_bed 500", ["0 to 120"]),
        ("pause now", ["“now” is too much", "Write it as: pause"]),
        ("pause", ["nothing is being printed"]),
        ("add_printer a /dev/x limits=5 nozzle_max=9", ["limits takes all of them out"]),
        ("print", ["number or name of a file is missing"]),
        ("print nothing", ["The library holds no file nothing"]),
        ("rename box", ["new name is missing", "rename FILE to NAME"]),
        ("upload /nowhere/x.gcode", ["can't be read"]),
        ("answer 3", ["asks nothing"]),
        ("go_to left", ["“left” is no axis"]),
        ("home q", ["names no axes"]),
        ("watch fans", ["Say temperatures"]),
        ("watch temperatures 0", ["too often"]),
        ("progress fast", ["“fast” is no step"]),
        ("console maybe", ["Say on or off"]),
        ("apply_preset Iron", ["no preset Iron", "PLA"]),
        ("delete box", ["Several files may be meant", "1 box1.gcode", "2 box2.gcode"]),
        ("x" * (LONGEST + 1), ["characters at most"]),
    ],
)
async def test_what_makes_no_sense_is_answered_in_a_sentence(
    backend: MemoryBackend, talk: Talk, typed: str, words: list[str]
) -> None:
    backend.add_file("box1.gcode")
    backend.add_file("box2.gcode")
    talk.type(typed)
    told = await talk.says("Error: ")
    for word in words:
        assert word in told


async def test_abbreviations_capitals_and_blanks_do(talk: Talk) -> None:
    talk.type("  ", "STATUS", "temp")
    await talk.says("Ready: ")
    await talk.says("Nozzle 21 °C, off")


@pytest.mark.parametrize("answer", ["y", "no", "", "yes please", "cancel"])
async def test_only_a_full_yes_agrees(talk: Talk, answer: str) -> None:
    await talk.printing()
    talk.type("cancel")
    await talk.says("Cancel box.gcode? ")
    talk.type(answer)
    await talk.says("Nothing was done")
    assert talk.backend.state.phase is Phase.EXECUTING


async def test_a_print_that_ended_before_the_yes_is_not_cancelled(
    backend: MemoryBackend, talk: Talk
) -> None:
    await talk.printing()
    talk.type("cancel")
    await talk.says("Type yes to go on")
    backend.advance(10_000)
    await backend.print_file(1)
    talk.type("YES")
    await talk.says("so nothing was done")
    assert backend.state.phase is Phase.EXECUTING


async def test_a_print_that_waits_for_its_cable_says_so_and_can_be_cancelled(
    backend: MemoryBackend, talk: Talk
) -> None:
    await talk.printing()
    backend.unplug()
    await talk.says("out of reach: box.gcode waits for it")
    await talk.says("/dev/ttyUSB0 to come back")
    talk.type("cancel")
    await talk.says("Its heaters can't be reached now")
    talk.type("yes")
    await talk.says("Its heaters may be on")
    assert backend.state.job is not None
    assert backend.state.job.outcome == "cancelled"


async def test_to_cancel_never_gives_up_a_print_that_was_lost(
    backend: MemoryBackend, talk: Talk
) -> None:
    backend.report_all(replace(backend.state, lost_print="box.gcode"))
    await talk.says("box.gcode was lost; resume_job goes on with it")
    talk.type("cancel")
    await talk.says("Error: Nothing is being printed; forget_lost gives up box.gcode.")
    talk.type("forget_lost")
    await talk.says("Give up box.gcode? It can't be taken up again. Type yes")
    talk.type("no")
    await talk.says("Nothing was done")
    assert "cancel" not in backend.calls


async def test_a_file_that_needs_an_agreement_is_printed_after_a_yes(talk: Talk) -> None:
    await talk.file("store.gcode", b"M500\nG28\n")
    talk.type("print store", "yes")
    await talk.says("Line 1 is M500")
    await talk.says("Starting store.gcode")


async def test_the_stop_passes_an_open_question_and_what_waits(
    backend: MemoryBackend, talk: Talk
) -> None:
    await talk.printing()
    talk.type("cancel")
    await talk.says("Type yes to go on")
    talk.type("eSTOP NOW")
    await talk.says("EMERGENCY STOP")
    await talk.says("Nothing was done")
    await talk.says("STOPPED: the printer confirmed")
    assert "cancel" not in backend.calls
    talk.type("yes")
    await talk.says("no question is open")


async def test_the_stop_passes_a_command_that_hangs(backend: MemoryBackend, talk: Talk) -> None:
    backend.gate = asyncio.Event()
    talk.type("home", "set_bed 100", "set_nozzle 200")
    await talk.until(lambda: "home" in backend.calls)
    talk.type("stop!")
    await talk.says("Commands that waited and are forgotten: 2")
    await talk.until(lambda: "emergency_stop" in backend.calls)
    backend.gate.set()
    await talk.says("STOPPED")
    assert "set_temperature" not in backend.calls


async def test_a_stop_that_is_not_confirmed_says_cut_the_power(
    backend: MemoryBackend, talk: Talk
) -> None:
    backend.stop_report = StopReport(False, "The board said nothing.")
    talk.type("estop")
    await talk.says("NOT CONFIRMED: The board said nothing.")
    await talk.says("cut its power")
    backend.stop_report = LinkError("Nobody is there.")
    talk.session.stop()
    await talk.says("NOT CONFIRMED: Nobody is there.")


async def test_a_stop_before_the_connection_stands_is_made(tmp_path: Path) -> None:
    backend = MemoryBackend()
    told: list[str] = []
    session = Session(There(backend), told.append)
    backend.gate = asyncio.Event()
    running = asyncio.create_task(session.run())
    await asyncio.sleep(0)
    session.heard("estop")
    session.leave()
    await asyncio.sleep(0)
    assert "emergency_stop" in backend.calls
    backend.gate.set()
    await running
    assert "STOPPED: the printer confirmed that it halted." in told


async def test_who_can_not_connect_is_told_why(tmp_path: Path) -> None:
    backend = MemoryBackend()
    backend.refuse = LinkError("Nobody is there.")
    with pytest.raises(LinkError, match=r"Nobody is there\."):
        await Session(There(backend), print).run()


async def test_at_a_terminal_nobody_waits_for_a_slow_command(
    backend: MemoryBackend, talk: Talk
) -> None:
    backend.gate = asyncio.Event()
    talk.type("gcode M400", "status")
    await talk.says("Position")
    backend.gate.set()
    await talk.says("M400: ok")


async def test_lines_of_a_pipe_come_in_their_order(backend: MemoryBackend, tmp_path: Path) -> None:
    async with talking(backend, tmp_path, at_terminal=False) as talk:
        talk.type("gcode M400", "status")
        await talk.says("M400: ok")
        await talk.says("Position")


async def test_the_end_of_input_waits_for_what_goes_on(backend: MemoryBackend, talk: Talk) -> None:
    backend.gate = asyncio.Event()
    talk.type("gcode M400")
    await talk.until(lambda: "send_gcode" in backend.calls)
    talk.session.ended()
    await talk.says("Ctrl+D once more")
    backend.gate.set()
    await talk.says("M400: ok")


async def test_the_second_end_of_input_leaves_at_once(backend: MemoryBackend) -> None:
    told: list[str] = []
    session = Session(There(backend), told.append)
    running = asyncio.create_task(session.run())
    session.heard("gcode M400")
    while "send_gcode" not in backend.calls:
        await asyncio.sleep(0)
        if "connect" in backend.calls and backend.gate is None:
            backend.gate = asyncio.Event()
    session.ended()
    session.ended()
    async with asyncio.timeout(90):
        await running


async def test_one_goes_to_another_printer_and_the_print_on_the_first_goes_on(
    backend: MemoryBackend, talk: Talk
) -> None:
    other = MemoryBackend()
    other.name = "other"
    talk.others["port /dev/ttyX"] = other
    await talk.printing()
    talk.type("connect nobody")
    await talk.says("Error: No printer is called 'nobody'.")
    talk.type("connect /dev/ttyX")
    await talk.says("The print of box.gcode goes on without the console. Attach again with:")
    await talk.says("gbterm on other.")
    backend.say("This is not heard.")
    other.say("This is.")
    await talk.says("This is.")
    assert not [line for line in talk.told if "not heard" in line]
    assert backend.closed
    talk.session.stop()
    await talk.says("STOPPED")
    assert "emergency_stop" in other.calls
    assert "emergency_stop" not in backend.calls


async def test_where_the_other_printer_can_not_be_had_one_stays(
    backend: MemoryBackend, talk: Talk
) -> None:
    other = MemoryBackend()
    other.refuse = LinkError("Nobody is there.")
    talk.others["printer other"] = other
    talk.type("connect other")
    await talk.says("Error: Nobody is there.")
    assert other.closed
    backend.say("Still here.")
    await talk.says("Still here.")


async def test_what_the_printer_refuses_is_said(backend: MemoryBackend, talk: Talk) -> None:
    backend.refuse = OutOfRange("That is too fast.")
    talk.type("set_speed 900")
    await talk.says("Error: That is too fast.")


async def test_what_happens_is_told_with_its_time(backend: MemoryBackend, talk: Talk) -> None:
    backend.say("Bed Cooling...")
    told = await talk.says("Bed Cooling...")
    assert told[2] == told[5] == ":"
    backend.lose()
    await talk.says("Disconnected: The server closed the connection.")
    backend.come_back()
    await talk.says("Ready: ")


async def test_a_time_that_nobody_can_mean_is_no_trouble(
    backend: MemoryBackend, talk: Talk
) -> None:
    backend.report(events.MessageReported(Message("Odd", at=1e300)))
    talk.type("messages")
    await talk.says("Odd")
    talk.type("status")
    await talk.says("Message Odd")


async def test_a_printer_is_left_only_once_its_stop_has_an_answer(
    backend: MemoryBackend, talk: Talk
) -> None:
    other = talk.others["printer attic"] = MemoryBackend()
    other.gate, answered = asyncio.Event(), asyncio.Event()
    talk.type("connect attic")
    await talk.until(lambda: "connect" in other.calls)
    backend.gate = answered
    talk.type("estop")
    await talk.until(lambda: "emergency_stop" in backend.calls)
    other.gate.set()
    await talk.until(lambda: other.state.phase is Phase.READY)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not backend.closed
    answered.set()
    await talk.says("STOPPED: the printer confirmed that it halted.")
    await talk.until(lambda: backend.closed)
    assert "emergency_stop" not in other.calls
