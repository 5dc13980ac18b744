"""The dashboard says everything at a glance."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.errors import LinkError
from gbterm.jobs import Job
from gbterm.model import Firmware, Phase, Position, PrinterState, Temperature
from tests.console.conftest import opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend

BUSY = PrinterState(
    phase=Phase.EXECUTING,
    nozzles=(Temperature(198.4, 215.0),),
    bed=Temperature(60.2, 60.0),
    chamber=Temperature(31.0, None),
    position=Position(101.5, 88.25, 0.2, 12.0),
    speed_percent=120.0,
    flow_percent=95.0,
    fans={0: 50.0},
    job=Job("box.gcode", line=1540, lines=3666, byte=42, bytes=100, elapsed_s=753, left_s=1020),
    waiting_for="the nozzle (198 of 215 °C)",
)


async def test_everything_of_a_print_is_on_one_screen(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.report_all(BUSY)
        for text in (
            "EXECUTING printing",
            "Waiting for the nozzle (198 of 215 °C)",
            "Nozzle 198 / 215 °C heating",
            "Bed 60 / 60 °C at target",
            "Chamber 31 / --- °C measured",
            "X 101.50 Speed 120 %",
            "Y 88.25 Flow 95 %",
            "Z 0.20 Fan 50 %",
            "Print box.gcode",
            "42 %",
            "Line 1540 of 3666 elapsed 0:12:33 left 0:17:00",
        ):
            await console.shows(text)


async def test_only_the_latest_state_of_a_burst_is_shown(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        for degrees in range(500):
            backend.report(events.TemperaturesReported({0: Temperature(degrees / 2, 250.0)}))
        await console.shows("Nozzle 250 / 250 °C at target")
        assert console.app.state is backend.state


async def test_a_long_reason_is_shown_to_its_end(backend: MemoryBackend) -> None:
    reason = "The board on /dev/serial/by-id/usb-1a86_USB_Serial-if00-port0 does not answer at "
    reason += "115200 baud: switch the printer on, press its reset button, or give its baud rate."
    async with opened(backend) as console:
        backend.lose(reason)
        await console.shows(reason)


async def test_several_nozzles_are_numbered_and_the_active_one_is_marked(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        pair = (Temperature(200.0, 200.0), Temperature(150.0, 0.0))
        backend.report_all(replace(BUSY, nozzles=pair, active_nozzle=1))
        await console.shows("Nozzle 1 200 / 200 °C at target")
        await console.shows("Nozzle 2* 150 / 0 °C off, still hot")


async def test_a_heater_that_nobody_reads_is_not_said_to_be_at_its_target(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        backend.report_all(BUSY)
        await console.shows("Bed 60 / 60 °C at target")
        backend.fail("Emergency stop.")
        await console.shows("Bed 60 / 60 °C last reading")
        assert "at target" not in console.words


async def test_messages_carry_their_level_as_a_word(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.say("  Printing box.gcode.")
        backend.say("The link is noisy.", "warning")
        backend.say("Heating failed.", "error")
        await console.shows("Printing box.gcode.")
        await console.shows("WARNING: The link is noisy.")
        await console.shows("ERROR: Heating failed.")
        assert re.search(r"\d  Printing box", console.text)


async def test_the_newest_messages_stay_in_sight(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        for number in range(100):
            backend.say(f"Message number {number}.")
        await console.shows("Message number 99.")
        assert "Message number 60." not in console.text


async def test_an_error_is_shown_with_what_to_do(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.report(events.ErrorReported("Thermal runaway on the bed."))
        backend.report(events.PhaseChanged(Phase.ERROR, "The printer halted itself."))
        await console.shows("ERROR The printer halted itself.")
        await console.shows("Error: Thermal runaway on the bed.")
        await console.shows("press Ctrl+R to reconnect")
        await console.press("ctrl+r")
        await console.shows("READY")
        assert "Thermal runaway" not in console.text


async def test_no_reconnect_is_promised_where_there_is_none() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.RECONNECT)
    async with opened(backend) as console:
        backend.fail("Thermal runaway on the bed.")
        await console.shows("this connection can't clear the error")
        assert "Ctrl+R" not in console.text
        assert "Reconnect" not in console.text
        await console.press("ctrl+r")
        assert "reconnect" not in backend.calls


async def test_reconnect_is_not_offered_while_printing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("ctrl+r")
        assert "reconnect" not in backend.calls
        assert backend.state.phase is Phase.EXECUTING


async def test_a_failed_reconnect_is_a_sentence(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.fail("Gone.")
        await console.shows("ERROR Gone.")
        backend.refuse = LinkError("/dev/ttyUSB0 is missing: plug the printer in.")
        await console.press("ctrl+r")
        await console.says("/dev/ttyUSB0 is missing: plug the printer in.")
        await console.press("ctrl+r")
        await console.shows("READY")


async def test_a_lost_server_is_said_and_comes_back_by_itself(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f2")
        backend.lose("The server closed the connection.")
        await console.shows("DISCONNECTED The server closed the connection.")
        await console.shows("was true before that")
        backend.come_back(Phase.EXECUTING)
        backend.advance(2)
        await console.shows("EXECUTING printing")
        await console.shows("Line 2 of 4")


async def test_a_host_that_ended_is_started_again_with_a_command_that_is_named(
    backend: MemoryBackend,
) -> None:
    async with opened(backend, starts="gbterm --port /dev/ttyUSB0") as console:
        backend.lose("No server answers.")
        await console.shows(
            "If its host has ended, leave with Ctrl+Q, "
            "then start it again with: gbterm --port /dev/ttyUSB0"
        )


async def test_a_host_elsewhere_is_not_ours_to_start(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.lose("No server answers.")
        await console.shows("DISCONNECTED No server answers.")
        assert "start it again" not in console.words


@pytest.mark.parametrize("screen", ["f2", "f4"])
async def test_a_change_of_filament_says_what_is_asked_and_which_key_answers(
    backend: MemoryBackend, screen: str
) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press(screen)
        backend.report(events.PhaseChanged(Phase.FILAMENT_SWAP))
        await console.shows("FILAMENT SWAP the print waits for a change of filament")
        backend.ask("Load the new filament.", "Purge more", "Continue")
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("escape")
        await console.shows("The printer asks: Load the new filament.")
        await console.shows("a answers, then: 1 Purge more 2 Continue")
        await console.shows("a Answer")
        await console.press("a", "2")
        assert backend.answers == [1]


async def test_what_the_printer_only_tells_needs_no_key(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Heating the nozzle for the change of filament.")
        await console.until(lambda: console.top == "PromptScreen")
        await console.shows("[ Close ]")
        await console.press("enter")
        await console.shows("The printer says: Heating the nozzle")
        assert "a Answer" not in console.text
        await console.press("a")
        assert console.top == "DashboardScreen"


@pytest.mark.parametrize("phase", [Phase.PAUSED, Phase.FILAMENT_SWAP])
async def test_a_print_that_waits_says_which_key_goes_on_on_this_screen(
    backend: MemoryBackend, phase: Phase
) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.report(events.PhaseChanged(phase, "The file asks for you."))
        await console.shows("The file asks for you; r goes on with it")
        await console.press("f2")
        await console.shows("; F4, then r goes on with it")
        await console.press("f4", "r")
        await console.shows("EXECUTING")


async def test_no_key_is_promised_where_the_print_can_not_be_resumed() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.JOB)
    async with opened(backend) as console:
        backend.report(events.PhaseChanged(Phase.PAUSED))
        await console.shows("PAUSED the print waits")
        assert "goes on with it" not in console.text


@pytest.mark.parametrize("phase", list(Phase))
async def test_every_phase_has_its_name_and_a_meaning(backend: MemoryBackend, phase: Phase) -> None:
    async with opened(backend) as console:
        backend.report_all(PrinterState(phase=phase))
        name = phase.value.replace("_", " ")
        await console.until(lambda: name in console.text.splitlines()[0])
        line = next(row for row in console.text.splitlines()[1:] if name in row)
        assert len(line.replace(name, "").split()) >= 1


async def test_a_heater_shows_where_it_is_going(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        now = console.app.clock()
        console.app.clock = lambda: now
        for degrees in (100.0, 110.0, 120.0):
            backend.report(events.TemperaturesReported({0: Temperature(degrees, 200.0)}))
            await console.shows(f"Nozzle {degrees:.0f} / 200 °C heating")
            now += 5
        await console.shows("heating ↑ 120 °C/min")
        for step in range(6):
            now += 5
            steady = Temperature(120.1 - step / 100, 200.0)
            backend.report(events.TemperaturesReported({0: steady}))
            await console.until(lambda: console.app.state is backend.state)
        await console.until(lambda: "°C/min" not in console.text)


async def test_the_time_left_says_by_whose_word(backend: MemoryBackend) -> None:
    assert BUSY.job is not None
    async with opened(backend) as console:
        for left_from, word in (("file", "by the file"), ("progress", "by progress")):
            backend.report_all(replace(BUSY, job=replace(BUSY.job, left_from=left_from)))
            await console.shows(f"left 0:17:00 {word}")
        hours = replace(BUSY.job, left_s=7261, left_from="file", layer=3, layers=90)
        backend.report_all(replace(BUSY, job=hours))
        await console.shows("Layer 3 of 90 elapsed 0:12:33 left 2:01:00 by the file")


async def test_the_cable_is_asked_about_while_one_looks(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.shows("Cable good: 0 resends, 0 errors since")
        await console.press("f3")
        asked = backend.calls.count("stream_statistics")
        await console.press("f2")
        await console.until(lambda: backend.calls.count("stream_statistics") > asked)
        backend.lose()
        await console.until(lambda: "Cable" not in console.text)


async def test_without_statistics_the_cable_is_not_spoken_of() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.STATISTICS)
    async with opened(backend) as console:
        backend.report_all(BUSY)
        await console.shows("EXECUTING")
        assert "Cable" not in console.text
        assert "stream_statistics" not in backend.calls


async def test_details_tell_what_is_needed_seldom(backend: MemoryBackend) -> None:
    firmware = Firmware("Marlin 2.1.2.5", "Ender-3")
    async with opened(backend) as console:
        backend.report(events.FirmwareIdentified(firmware))
        await console.press("i")
        for text in (
            "Machine Ender-3",
            "Firmware Marlin 2.1.2.5",
            "0 of 0 lines sent again",
            "switched on 10.0 h, printing 1.5 h, bed hot 1.2 h",
            "/ 12.0 GB free of 32.0 GB",
        ):
            await console.shows(text)
        await console.press("escape")
        assert console.top == "DashboardScreen"


async def test_details_of_a_printer_that_tells_nothing_are_its_name() -> None:
    backend = MemoryBackend(
        EVERYTHING & ~(Capability.STATISTICS | Capability.COUNTERS | Capability.DISKS)
    )
    async with opened(backend) as console:
        await console.press("i")
        await console.shows("Printer memory")
        assert {"stream_statistics", "counters", "disks"}.isdisjoint(backend.calls)
