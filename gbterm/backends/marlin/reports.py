"""From what the board says, and from what it was told, to what is true of the printer."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from gbterm import events
from gbterm.backends.marlin import parser
from gbterm.console_lines import without_passwords
from gbterm.model import Firmware, Message, PrinterState, Prompt

_ACTIVE_TOOL = re.compile(r"echo:Active Extruder: (\d|1[0-5])\Z", re.ASCII)
_FEED_RATE = re.compile(r"FR:(\d{1,4})%", re.ASCII)
_FAN = re.compile(r"M106 P(\d) S(\d{1,3})\Z", re.ASCII)
_FLOW = re.compile(r"echo:E(\d|1[0-5]) Flow: (\d{1,4})%", re.ASCII)
_WORD = re.compile(rb"([A-Z]) *(-?\d{1,6}(?:\.\d{0,6})?)")
_CODE = re.compile(rb"([GMT]) *0*(\d{1,4})")
_LETTER = re.compile(rb"[A-Z]")
_MOVES = frozenset((0, 1, 2, 3, 28, 29))
"""G codes that switch the motors on which they turn."""
MOST = 16
"""Tools and fans that a printer may have."""

_OUR_QUESTIONS = (b"M105", b"M114", b"M27")
_HOME_FIRST = re.compile(r"echo:Home ([XYZ/]{1,5}) [Ff]irst")
"""A move that a board with NO_MOTION_BEFORE_HOMING leaves out (motion.cpp)."""
_WARNINGS = ("prevented", "too cold", "Unknown command", "Invalid")
"""An extrusion or a filament change that the board leaves out, and what it does not understand."""
_QUIET_TEXTS = (
    *("echo:", "area:", "M211", "Min:"),
    *("Not SD printing", "SD printing byte", "Current file:", "File opened:", "File selected"),
)
"""Chatter that a person need not see among the last messages."""
_PROBING = re.compile(r"Probing (?:mesh )?point (\d{1,4})(?:/| of )(\d{1,4})", re.IGNORECASE)
"""Of G29, on the cable (G29.cpp) and as the status that hosts are notified of."""
_OF_A_MESH = re.compile(
    r"[-+=\d.|() ,\[\]NAN]*|.*Leveling Grid:|Bed Topography Report.*|Mesh Bed Level data:"
    r"|Measured points:|\d+x\d+ mesh\. Z.*|Mesh is (?:in)?valid|Storage slot: .*"
    r"|echo:Invalid mesh\.|G29 Auto Bed Leveling"
)
"""It is for who asked for it, not for the last messages."""
_OF_A_TUNING = re.compile(r" *bias: .*| *(?:Classic PID|No overshoot) *| *K[pidu]: .*|#define .*")
"""The same of M303."""
_NOT_THERE = ('echo:Unknown command: "M27', 'echo:Unknown command: "M503')
"""Of a board without one, or without settings to list, which is asked for them all the same."""
_FATAL = re.compile(
    r"system stopped|heating failed|thermal runaway|m(ax|in)temp|stop called|kill caused"
    r"|stopped due to|probing failed|printer locked",
    re.IGNORECASE,
)
"""The errors of Marlin 2.0.9 after which nothing may be sent as if nothing had happened."""


def is_fatal(fault: parser.Fault) -> bool:
    """Whether the board stopped for its own safety."""
    return fault.fatal or _FATAL.search(fault.text) is not None


def says_locked(fault: parser.Fault) -> bool:
    """Whether the board refuses every command until somebody unlocks it."""
    return fault.text.startswith("Printer locked")


def sentence(fault: parser.Fault) -> str:
    """The firmware's own, and what follows from it where a person must act."""
    if not says_locked(fault):
        return fault.text
    return (
        f"{fault.text} Its heaters may be on and it refuses to turn them off: unlock it at its"
        " display, or cut the power."
    )


FOR_USER = "you, at the printer or here"


def waits_for_user(busy: parser.Busy) -> bool:
    """Whether the board is busy with waiting for a person."""
    return busy.what.startswith("paused")


def said(line: parser.Line, asking: bytes) -> Iterator[events.Event]:
    """The facts in one line; `asking` is the oldest command that has no ok yet."""
    match line:
        case events.TemperaturesReported() | events.PositionReported():
            yield line
        case parser.Heating(temperatures):
            yield temperatures
            yield from _waiting(temperatures, asking)
        case parser.Busy() if waits_for_user(line):
            yield events.WaitBegan(FOR_USER)
        case parser.Fault(text) | parser.Halted(text):
            yield events.ErrorReported(text)
            yield _message(text, "error")
        case parser.HostAction(_, text) | parser.Text(text) if found := _PROBING.search(text):
            yield events.WaitBegan(f"the probing, point {found[1]} of {found[2]}")
        case parser.HostAction(name, argument):
            yield from _action(name, argument)
        case parser.Text(text) if not (_OF_A_MESH.fullmatch(text) or _OF_A_TUNING.fullmatch(text)):
            yield from _text(text)


def demands_homing(text: str) -> bool:
    """Whether the board left something out for want of homing."""
    return _HOME_FIRST.match(text) is not None


def told(text: bytes) -> Iterator[events.Event]:
    """The facts that follow from a command which the board has executed."""
    match = _CODE.match(text)
    if match is None:
        return
    if match[1] == b"G":
        if int(match[2]) in _MOVES:
            yield events.SteppersChanged(True)
        if int(match[2]) == 28:
            yield events.HomingDemanded("")
        return
    words = {letter: float(value) for letter, value in _WORD.findall(text[match.end() :])}
    match match[1], int(match[2]):
        case b"T", tool if tool < MOST:
            yield events.NozzleSelected(tool)
        case b"M", 106 if 0 <= words.get(b"P", 0) < MOST:
            yield events.FanChanged(int(words.get(b"P", 0)), _fan_percent(words.get(b"S", 255)))
        case b"M", 107 if 0 <= words.get(b"P", 0) < MOST:
            yield events.FanChanged(int(words.get(b"P", 0)), 0.0)
        case b"M", 220 if b"S" in words:
            yield events.SpeedChanged(words[b"S"])
        case b"M", 221 if b"S" in words and 0 <= words.get(b"T", 0) < MOST:
            nozzle = int(words[b"T"]) if b"T" in words else None
            yield events.FlowChanged(words[b"S"], nozzle)
        case b"M", 17:
            yield events.SteppersChanged(True)
        case b"M", 18 | 84 if not _LETTER.search(text[match.end() :]):
            # With letters they free some motors only, or set after how long all are freed.
            yield events.SteppersChanged(False)


def booted(state: PrinterState) -> Iterator[events.Event]:
    """The facts that follow from a board's boot: it begins as ever, whatever it was set to."""
    if state.steppers_enabled:
        yield events.SteppersChanged(False)
    for fan, percent in state.fans.items():
        if percent:
            yield events.FanChanged(fan, 0.0)
    if state.homing_demanded:
        yield events.HomingDemanded("")
    if state.babystep_mm:
        yield events.BabystepChanged(0.0)
    if state.speed_percent != 100:
        yield events.SpeedChanged(100.0)
    for nozzle, percent in state.flows.items():
        if percent != 100:
            yield events.FlowChanged(100.0, nozzle)


def _fan_percent(speed: float) -> float:
    """What the fan runs at: the whole percent that stands for `speed` of 255, where one does."""
    speed = min(max(speed, 0), 255)
    whole = round(speed / 2.55)
    return float(whole) if round(whole * 2.55) == speed else round(speed / 2.55, 1)


def firmware(members: dict[str, str], capabilities: dict[str, bool]) -> Firmware:
    """What M115 said."""
    count = members.get("EXTRUDER_COUNT", "1")
    return Firmware(
        members.get("FIRMWARE_NAME", ""),
        members.get("MACHINE_TYPE", ""),
        min(int(count), MOST) if count.isdecimal() and len(count) < 3 else 1,
        capabilities,
    )


def _waiting(temperatures: events.TemperaturesReported, asking: bytes) -> Iterator[events.Event]:
    heater, name = temperatures.bed, "the bed"
    if asking.startswith(_OUR_QUESTIONS):
        # What waits is the board's own, and its line doesn't say for which heater.
        yield events.WaitBegan("a heater of its own print")
        return
    if not asking.startswith(b"M190"):
        words = dict(_WORD.findall(asking))
        index = int(float(words.get(b"T", 0)))
        heater = temperatures.nozzles.get(index)
        name = f"nozzle {index + 1}"
    if heater and heater.current is not None and heater.target is not None:
        yield events.WaitBegan(f"{name} ({heater.current:.0f} of {heater.target:.0f} °C)")


def _action(name: str, argument: str) -> Iterator[events.Event]:
    if name == "notification":
        yield _message(argument, "info")
    elif name not in PROMPT_ACTIONS:
        yield _message(f"The printer says: {name} {argument}".strip(), "info")


PROMPT_ACTIONS = ("prompt_begin", "prompt_choice", "prompt_button", "prompt_show", "prompt_end")


class PromptReader:
    """Puts a prompt together: it comes as a line for its text, one a button, and one to show it."""

    def __init__(self) -> None:
        self._text = ""
        self._choices: list[str] = []

    def read(self, action: parser.HostAction) -> Iterator[events.Event]:
        """The facts in one `//action:prompt_…`."""
        match action.name:
            case "prompt_begin":
                self._text, self._choices = action.argument, []
            case "prompt_button" | "prompt_choice":
                self._choices.append(action.argument)
            case "prompt_show":
                # Dismiss alone is a notice without a question (Marlin's host_prompt_do).
                if self._choices != ["Dismiss"]:
                    yield events.PromptShown(Prompt(self._text, tuple(self._choices)))
            case "prompt_end":
                yield events.PromptClosed()


def _text(text: str) -> Iterator[events.Event]:
    if match := _ACTIVE_TOOL.match(text):
        yield events.NozzleSelected(int(match[1]))
    elif match := _FEED_RATE.match(text):
        yield events.SpeedChanged(float(match[1]))
    elif match := _FLOW.match(text):
        yield events.FlowChanged(float(match[2]), int(match[1]))
    elif match := _FAN.match(text):
        yield events.FanChanged(int(match[1]), _fan_percent(int(match[2])))
    elif match := _HOME_FIRST.match(text):
        axes = match[1].replace("/", "")
        yield events.HomingDemanded(axes)
        yield _message(
            f"The board moves no axis that was not homed: home {', '.join(axes)} first.", "warning"
        )
    elif text.startswith(_NOT_THERE):
        return
    elif any(word in text for word in _WARNINGS):
        yield _message(text.removeprefix("echo:").strip(), "warning")
    elif text and not text.lstrip().startswith(_QUIET_TEXTS):
        yield _message(text, "info")


def _message(text: str, level: str) -> events.MessageReported:
    if text.startswith("Unknown command"):
        # Everybody reads it: a board that knows no M587 repeats the password in it.
        text = without_passwords(text)
    return events.MessageReported(Message(text, level, time.time()))


def announce(text: str, level: str = "info") -> events.MessageReported:
    """Something that the host has to say."""
    return _message(text, level)


def is_news(event: events.Event, state: PrinterState) -> bool:
    """Whether it is worth telling: the same message again right away is not, nor that nothing is
    demanded any more where nothing was."""
    if isinstance(event, events.HomingDemanded):
        return event.axes != state.homing_demanded
    if not isinstance(event, events.MessageReported) or not state.messages:
        return True
    return state.messages[-1].text != event.message.text
