"""G-code for a board behind a real OctoPrint, and what it says to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from gbterm.actions import Reply
from gbterm.backends.octoprint import replies
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from gbterm.errors import (
    CommandTimeout,
    NeedsConfirmation,
    PrinterError,
    UsageError,
    WrongState,
)
from gbterm.model import Phase
from tests.octoprint.live import OctoPrint
from tests.octoprint.seen import Cable, connected, until

Both = tuple[OctoPrintBackend, Cable]


@pytest.fixture
async def both(server: OctoPrint) -> AsyncIterator[Both]:
    async with connected(server) as both:
        yield both


async def test_each_command_has_what_the_board_says_to_it(server: OctoPrint) -> None:
    backend = OctoPrintBackend(server.url, "prusa", Credentials(server.key))
    await backend.connect()
    first, second, third = await backend.send_gcode("M118 Hello\nM105 ; the heaters\n\nM115")
    assert first == Reply("M118 Hello", ("Hello",))
    assert second.command == "M105"
    assert second.lines[0].startswith("ok T:")
    assert third.lines[0].startswith("FIRMWARE_NAME:")
    assert third.lines[1:]
    # The same once more, though the server logs it word for word as before.
    assert await backend.send_gcode("M118 Hello") == [first]
    await backend.close()


async def test_several_at_once_have_each_their_own(both: Both) -> None:
    backend, _ = both
    asked = [f"M118 from {i}\nM114\nM118 end {i}" for i in range(8)]
    for i, said in enumerate(await asyncio.gather(*map(backend.send_gcode, asked))):
        assert said[0].lines == (f"from {i}",)
        assert "X:" in said[1].lines[0]
        assert said[2].lines == (f"end {i}",)


async def test_what_others_ask_is_no_answer(both: Both, server: OctoPrint) -> None:
    backend, _ = both
    waiting = asyncio.create_task(backend.send_gcode("G4 P700\nM118 mine"))
    await asyncio.sleep(0)
    await asyncio.to_thread(
        server.post, "/api/printer/command", {"commands": ["M118 theirs", "M105"]}
    )
    assert [reply.lines for reply in await waiting] == [(), ("mine",)]


async def test_a_text_arrives_in_its_case_and_as_it_was_sent(both: Both) -> None:
    backend, cable = both
    (reply,) = await backend.send_gcode("M117 Grüße an €va")
    assert reply.command == "M117 Gr??e an ?va"
    await cable.until_sent("M117 Gr??e an ?va")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("M112", "halts the printer"),
        ("M110 N0", "line number"),
        ("M0", "only makes sense in a print"),
        ("g1 x10", "lower case"),
        ("@pause", "for the server"),
        ("M117 " + "x" * 100_000, "characters long"),
        ("M114\n" * 101, "101 commands"),
        ("; nothing", "no command"),
    ],
)
async def test_what_no_board_is_sent(both: Both, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        await both[0].send_gcode(text)
    assert both[1].sent == []


async def test_stored_settings_are_asked_about(both: Both) -> None:
    backend, cable = both
    with pytest.raises(NeedsConfirmation, match="stores"):
        await backend.send_gcode("M500")
    assert await backend.send_gcode("M500", confirmed=True) == [Reply("M500")]
    await cable.until_sent("M500")


async def test_what_the_server_keeps_back_is_said(both: Both) -> None:
    with pytest.raises(UsageError, match="did not send 'T3'"):
        await both[0].send_gcode("M118 before\nT3")


async def test_a_board_that_does_not_answer_is_told_apart_from_one_that_was_not_asked(
    both: Both, server: OctoPrint, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, _ = both
    # What was sent is told half a second later; all of it is over while the board sleeps.
    monkeypatch.setattr(replies, "ANSWER_S", 3.0)
    monkeypatch.setattr(replies, "UNSENT_S", 3.0)
    await asyncio.to_thread(server.fault, "sleep 10")
    with pytest.raises(CommandTimeout, match="not answered"):
        await backend.send_gcode("M118 late")
    with pytest.raises(CommandTimeout, match="has not sent it"):
        await backend.send_gcode("M118 later")
    monkeypatch.undo()
    assert (await backend.send_gcode("M118 awake"))[0].lines == ("awake",)


async def test_in_a_print_settings_pass_and_moves_do_not(both: Both, server: OctoPrint) -> None:
    backend, cable = both
    await asyncio.to_thread(server.put, "long.gcode", "G4 P20\nM118 layer\n" * 3000)
    await backend.start_selected()
    await until(lambda: backend.state.phase is Phase.EXECUTING)
    (reply,) = await backend.send_gcode("M114")
    assert "X:" in reply.lines[0]
    assert any(line.text.startswith("N") for line in cable.lines)
    # Lines are damaged on the way, and come once more.
    for fault in ("resend_checksum", "resend_lineno", "missing_lineno"):
        await asyncio.to_thread(server.fault, f"trigger_{fault}")
        said = await backend.send_gcode("M118 a\nM118 b")
        assert said == [Reply("M118 a", ("a",)), Reply("M118 b", ("b",))]
    with pytest.raises(WrongState, match="between the lines of the print"):
        await backend.send_gcode("G28")
    for refused in (
        backend.move(x=1),
        backend.home(),
        backend.extrude(1),
        backend.set_steppers(enabled=False),
    ):
        with pytest.raises(WrongState, match="it is printing"):
            await refused
    assert not any("G28" in text or "M18" in text for text in cable.sent)
    await asyncio.to_thread(server.post, "/api/job", {"command": "pause"})
    await until(lambda: backend.state.phase is Phase.PAUSED)
    assert await backend.send_gcode("G1 X2 F3000") == [Reply("G1 X2 F3000")]
    await backend.cancel()
    await until(lambda: backend.state.phase is Phase.READY)


async def test_without_a_printer_all_is_refused_in_a_sentence(
    both: Both, server: OctoPrint
) -> None:
    backend, cable = both
    waiting = asyncio.create_task(backend.send_gcode("G4 S30"))
    await cable.until_sent("G4 S30")
    await asyncio.to_thread(server.post, "/api/connection", {"command": "disconnect"})
    with pytest.raises(PrinterError, match="lost before it answered 'G4 S30'"):
        await waiting
    await until(lambda: backend.state.phase is Phase.DISCONNECTED)
    for asked in (
        backend.send_gcode("M114"),
        backend.move(x=1),
        backend.set_temperature(nozzles={0: 0}),
        backend.set_fan(0, 10),
        backend.set_speed(90),
        backend.set_flow(90),
        backend.temperature_history(),
        backend.set_steppers(enabled=False),
    ):
        with pytest.raises(WrongState, match=r"^prusa can't .*: it is not connected\.$"):
            await asked
    await backend.connect_printer()
