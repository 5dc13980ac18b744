"""What the board's lines mean, on the recorded texts of Marlin 2.0.9 and on hostile ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.backends.marlin import parser
from gbterm.backends.marlin.parser import Ok, Resend, parse
from gbterm.events import PositionReported, TemperaturesReported
from gbterm.model import Position, Temperature


@pytest.mark.parametrize(
    ("raw", "meaning"),
    [
        (b"ok", Ok(bare=True)),
        (b"ok P15 B3", Ok(planner_free=15, queue_free=3)),
        (b"ok N2 P15 B3", Ok(number=2, planner_free=15, queue_free=3)),
        (b"ok N-1 P15 B3", Ok(number=-1, planner_free=15, queue_free=3)),
        (b"Resend: 6", Resend(6)),
        (b"Resend:42", Resend(42)),
        (b"rs 42", Resend(42)),
        (b"rs N2 Expected checksum 67", Resend(2)),
        # It has stopped, and still hears: an emergency stop has yet to be sent.
        (b"Error:Printer stopped due to errors.", parser.Fault("Printer stopped due to errors.")),
        (b"start", parser.Banner()),
        (b"wait", parser.Idle()),
        (b"echo:busy: processing", parser.Busy("processing")),
        (b"echo:busy: paused for user", parser.Busy("paused for user")),
        (b"busy:processing", parser.Busy("processing")),
        (b"Cap:EMERGENCY_PARSER:1", parser.CapabilityNamed("EMERGENCY_PARSER", True)),
        (
            b"//action:prompt_begin Nozzle Parked",
            parser.HostAction("prompt_begin", "Nozzle Parked"),
        ),
        (b"// action:paused", parser.HostAction("paused", "")),
        (
            b"Error:checksum mismatch, Last Line: 5",
            parser.LineRefused("checksum mismatch, Last Line: 5", 5, "checksum"),
        ),
        (
            b"Error:No Checksum with line number, Last Line: 6",
            parser.LineRefused("No Checksum with line number, Last Line: 6", 6, "no_checksum"),
        ),
        (
            b"Error:Printer halted. kill() called!",
            parser.Halted("Printer halted. kill() called!"),
        ),
        (
            b"Error:Heating failed, system stopped! Heater_ID: E0",
            parser.Fault("Heating failed, system stopped! Heater_ID: E0"),
        ),
        (
            b"X:20.00 Y:5.00 Z:0.00 E:-2.00 Count X:1600 Y:400 Z:0",
            PositionReported(Position(20.0, 5.0, 0.0, -2.0)),
        ),
        (b"okok", parser.Text("okok")),
        (
            b"N25 T:240.23 /240.00 B:99.95 /100.00",
            parser.Text("N25 T:240.23 /240.00 B:99.95 /100.00"),
        ),
        (b"\x1b]52;c;evil\x07", parser.Text("?]52;c;evil?")),
    ],
)
def test_a_line_means(raw: bytes, meaning: parser.Line) -> None:
    assert parse(raw) == meaning
    assert parse(raw + b"\r") == meaning


def test_with_the_second_tool_active_the_last_t0_counts() -> None:
    said = parse(
        b"ok T0:22.03 /40.00 B:55.44 /60.00 T0:73.72 /75.00 T1:22.03 /40.00 @:0 B@:127 @0:14 @1:0"
    )
    assert said == Ok(
        temperatures=TemperaturesReported(
            {0: Temperature(73.72, 75.0), 1: Temperature(22.03, 40.0)}, Temperature(55.44, 60.0)
        )
    )


def test_one_extruder_is_nozzle_0() -> None:
    said = parse(b" T:22.42 /60.00 B:21.95 /0.00 @:127 B@:0")
    assert said == TemperaturesReported({0: Temperature(22.42, 60.0)}, Temperature(21.95, 0.0))


def test_a_report_of_a_wait_is_told_from_a_plain_one() -> None:
    said = parse(b" T0:33.62 /60.00 B:23.52 /50.00 T0:33.62 /60.00 T1:22.03 /0.00 @:127 W:?")
    assert isinstance(said, parser.Heating)


def test_a_firmware_says_its_name_and_how_many_extruders_it_has() -> None:
    said = parse(
        b"FIRMWARE_NAME:Marlin bugfix-2.0.x (Nov 20 2026 19:04:28)"
        b" SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin PROTOCOL_VERSION:1.0"
        b" MACHINE_TYPE:Marlin Linux Sim EXTRUDER_COUNT:2 UUID:cede2a2f"
    )
    assert isinstance(said, parser.FirmwareNamed)
    assert said.members["FIRMWARE_NAME"] == "Marlin bugfix-2.0.x (Nov 20 2026 19:04:28)"
    assert said.members["MACHINE_TYPE"] == "Marlin Linux Sim"
    assert said.members["EXTRUDER_COUNT"] == "2"


@given(st.binary(max_size=300))
def test_no_bytes_are_too_much(raw: bytes) -> None:
    parse(raw)


@given(st.text(alphabet="ok T:0123456789./BCNP@XYZE-RresndLaLi", max_size=80))
def test_nothing_that_looks_like_an_answer_is_too_much(text: str) -> None:
    parse(text.encode())
