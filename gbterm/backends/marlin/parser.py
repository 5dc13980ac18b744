"""What a line from a Marlin board means. Pure: bytes in, one frozen value out.

The texts are those of Marlin 2.0.9 as it was recorded (`tests/data/marlin`), with the older forms
of `Resend` that other firmwares say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gbterm.events import PositionReported, TemperaturesReported
from gbterm.model import Position, Temperature
from gbterm.text import scrub


@dataclass(frozen=True, slots=True)
class Ok:
    """A command was executed. `number` only with ADVANCED_OK, and not for M105."""

    number: int | None = None
    temperatures: TemperaturesReported | None = None
    """Set for M105's own `ok T:…`, which no other command answers with."""
    bare: bool = False
    """Nothing but `ok`: with ADVANCED_OK that is the ok of a Resend."""
    planner_free: int | None = None
    """`P`: free blocks of the planner."""
    queue_free: int | None = None
    """`B`: free slots of the command queue; the line of this ok still takes one."""


@dataclass(frozen=True, slots=True)
class Resend:
    """The board wants line `number` next."""

    number: int


@dataclass(frozen=True, slots=True)
class LineRefused:
    """`Error:… Last Line: n`, which comes before a Resend."""

    text: str
    last_line: int
    kind: str
    """`checksum` (a wrong one), `no_checksum`, `line_number` (a wrong one) or `refused`."""


@dataclass(frozen=True, slots=True)
class Busy:
    """`echo:busy: …`: alive, with `what` it is doing."""

    what: str


@dataclass(frozen=True, slots=True)
class Idle:
    """`wait`: the command queue is empty."""


@dataclass(frozen=True, slots=True)
class Heating:
    """A report of M109 or M190 while it waits (`W:`)."""

    temperatures: TemperaturesReported


@dataclass(frozen=True, slots=True)
class Banner:
    """`start`: the board has just booted."""


@dataclass(frozen=True, slots=True)
class Halted:
    """kill(): silence until a hardware reset."""

    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`Error:…` of another kind, without its prefix."""

    text: str
    fatal: bool = False
    """The firmware says so itself: `fatal:` is Repetier's word for it, `!!` the RepRaps'."""


@dataclass(frozen=True, slots=True)
class FirmwareNamed:
    """The first line of M115's answer, as its members."""

    members: dict[str, str]


@dataclass(frozen=True, slots=True)
class CapabilityNamed:
    """`Cap:NAME:0|1`."""

    name: str
    value: bool


@dataclass(frozen=True, slots=True)
class HostAction:
    """`//action:NAME ARGUMENT`."""

    name: str
    argument: str


@dataclass(frozen=True, slots=True)
class Text:
    """Anything else, scrubbed."""

    text: str


Line = (
    Ok
    | Resend
    | LineRefused
    | Busy
    | Idle
    | Heating
    | Banner
    | Halted
    | Fault
    | FirmwareNamed
    | CapabilityNamed
    | HostAction
    | Text
    | TemperaturesReported
    | PositionReported
)

_NUMBER = r"-?\d{1,6}(?:\.\d{1,6})?"
_OK = re.compile(r"ok(?: N(-?\d{1,10}))?(?: P(\d{1,4}) B(\d{1,4}))?\Z", re.ASCII)
_RESEND = re.compile(r"(?:Resend:?|rs)\s*N?\s*(\d{1,10})", re.ASCII | re.IGNORECASE)
_LAST_LINE = re.compile(r"Last Line:\s*(\d{1,10})", re.ASCII)
_HEATER = re.compile(rf"\b(T\d?|T1[0-5]|B|C):\s*({_NUMBER})\s*/\s*({_NUMBER})", re.ASCII)
"""Of sixteen tools at most: a text from a file must not make a printer of a million nozzles."""
_POSITION = re.compile(
    rf"X:({_NUMBER}) Y:({_NUMBER}) Z:({_NUMBER})(?: E:({_NUMBER}))?(?: |\Z)", re.ASCII
)
_FIRMWARE = re.compile(r"([A-Z][A-Z_]+):(.*?)(?=\s+[A-Z][A-Z_]+:|\Z)")
_ACTION = re.compile(r"//\s*action:\s*(\S+)\s*(.*)")
_ERROR = re.compile(r"Error:(?!\d+\Z)|fatal:|echo:(?=Printer locked)|(?=!!)")
_SPLIT_OFF = re.compile(r"M(?:AX|IN)TEMP triggered")
"""Older Marlins tell which nozzle by an `Error:0`, and what is wrong with it on the next line."""
NO_CHECKSUM = "no_checksum"
_REFUSED = (
    ("checksum mismatch", "checksum"),
    ("No Checksum", NO_CHECKSUM),
    ("Line Number is not", "line_number"),
)
"""What Marlin has against a line (queue.cpp)."""
_TUNES = re.compile(r"(?:echo:)?(?:PID|MPC) Autotune (start)?")
"""Marlin's own words for its begin and its end, also where somebody began it at the display."""
_HALTED = ("printer halted", "kill() called")


def clean(raw: bytes) -> str:
    """The words of one line, scrubbed."""
    return scrub(raw.decode("utf-8", "replace").rstrip("\r"))


def tuning(text: str) -> bool | None:
    """Whether a tuning of a heater begins with these words, or ends; None for others."""
    match = _TUNES.match(text)
    return None if match is None else match[1] is not None


def parse(raw: bytes) -> Line:
    """The meaning of one line, without its line end. Total: never raises."""
    if raw == b"ok":
        return Ok(bare=True)
    text = clean(raw)
    if text.startswith("ok"):
        return _ok(text)
    return _error(text) or _report(text) or _notice(text) or Text(text)


def _ok(text: str) -> Line:
    if text.startswith(("ok T", "ok B")):
        temperatures = _temperatures(text)
        return Ok(temperatures=temperatures) if temperatures else Text(text)
    match = _OK.match(text.rstrip())
    if match is None:
        return Text(text)
    number = int(match[1]) if match[1] else None
    if match[2] is None:
        return Ok(number=number, bare=number is None)
    return Ok(number=number, planner_free=int(match[2]), queue_free=int(match[3]))


def _error(text: str) -> Line | None:
    if match := _RESEND.match(text):
        return Resend(int(match[1]))
    if text.startswith(": ") and _SPLIT_OFF.search(text):
        return Fault(text[2:], fatal=True)
    prefix = _ERROR.match(text)
    if prefix is None:
        return None
    said = text[prefix.end() :].strip()
    if match := _LAST_LINE.search(text):
        kinds = (kind for words, kind in _REFUSED if words in text)
        return LineRefused(said, int(match[1]), next(kinds, "refused"))
    if any(mark in text.lower() for mark in _HALTED):
        return Halted(said)
    return Fault(said, fatal=prefix[0] == "fatal:" or said.startswith("!!"))


def _report(text: str) -> Line | None:
    if text.startswith((" T", "T:", "T0:", "B:", " B")) and (heaters := _temperatures(text)):
        return Heating(heaters) if " W:" in text else heaters
    if match := _POSITION.match(text):
        axes = [
            float(value) if value and value.count(".") < 2 else None for value in match.groups()
        ]
        return PositionReported(Position(*axes))
    return None


def _notice(text: str) -> Line | None:
    if text == "wait":
        return Idle()
    if text == "start":
        return Banner()
    if text.startswith(("echo:busy:", "busy:")):
        return Busy(text.rpartition(":")[2].strip())
    if match := _ACTION.match(text):
        return HostAction(match[1], match[2].strip())
    if text.startswith("Cap:"):
        name, _, value = text[4:].partition(":")
        return CapabilityNamed(name.strip(), value.strip() == "1")
    if text.startswith("FIRMWARE_NAME:"):
        return FirmwareNamed({key: value.strip() for key, value in _FIRMWARE.findall(text)})
    return None


def _temperatures(text: str) -> TemperaturesReported | None:
    """The heaters in a report. The last `T0:` counts.

    Marlin 2.0.9 with ADVANCED_OK says T0 twice, and the first is the active tool's: its bug. A
    plain `T:` is the active tool's too, so it counts only where no tool is named.
    """
    heaters = {
        name: Temperature(float(current), float(target))
        for name, current, target in _HEATER.findall(text)
    }
    if not heaters:
        return None
    nozzles = {int(name[1:]): value for name, value in heaters.items() if name[1:].isdigit()}
    if not nozzles and "T" in heaters:
        nozzles = {0: heaters["T"]}
    return TemperaturesReported(nozzles, heaters.get("B"), heaters.get("C"))
