"""Faults as text, one a line: what the control socket understands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gbterm.simulator.eeprom import Damage
from gbterm.simulator.faults import (
    ByteFault,
    CardFull,
    CardOut,
    Display,
    DoubleOk,
    EepromFails,
    FalseOk,
    Fault,
    HeaterDisconnected,
    HeaterStuck,
    HeaterWeak,
    HoldOks,
    LoseOks,
    Mute,
    Noise,
    Reset,
    SensorBroken,
    SensorLoose,
    Unprotected,
)
from gbterm.simulator.thermal import SensorFault

SLOWEST, QUICKEST = 0.001, 1e6
"""Board seconds in a real one."""


@dataclass(frozen=True, slots=True)
class Unplug:
    """The cable is pulled, for good or for so many (real) seconds."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """From now on the board, and its wire with it, lives so many seconds in each real one."""

    factor: float


Outside = Unplug | Speed
"""What happens around a board, which knows nothing of it."""
Words = list[str]


def _seconds(words: Words) -> float | None:
    return _positive(words[0]) if words else None


def _positive(word: str) -> float:
    value = float(word)
    if not 0 <= value < 1e9:
        raise ValueError(f"{word} is out of range.")
    return value


def _speed(word: str) -> float:
    if not SLOWEST <= (value := float(word)) <= QUICKEST:
        raise ValueError(f"{word} is out of range.")
    return value


def _count(words: Words) -> int:
    return max(1, int(words[0])) if words else 1


def _byte(how: str, only: int | None = None) -> Callable[[Words], Fault]:
    return lambda words: ByteFault(how, _count(words), only)


def _sensor(how: SensorFault | None) -> Callable[[Words], Fault]:
    return lambda words: SensorBroken(words[0] if words else "E0", how)


def _noise(towards: str) -> Callable[[Words], Fault]:
    return lambda words: Noise(
        towards, min(_positive(words[0]), 1.0), int(words[1]) if len(words) > 1 else 0
    )


NEWLINE = 10

FAULTS: dict[str, Callable[[Words], Fault | Outside]] = {
    "reset": lambda _: Reset(),
    "reset-silent": lambda _: Reset(banner=False),
    "thermistor-open": _sensor(SensorFault.OPEN),
    "thermistor-short": _sensor(SensorFault.SHORT),
    "thermistor-ok": _sensor(None),
    "bed-sensor-open": lambda _: SensorBroken("bed", SensorFault.OPEN),
    "heater-disconnected": lambda words: HeaterDisconnected(words[0] if words else "E0"),
    "heater-connected": lambda words: HeaterDisconnected(words[0] if words else "E0", True),
    "heater-stuck": lambda words: HeaterStuck(words[0] if words else "E0"),
    "heater-free": lambda words: HeaterStuck(words[0] if words else "E0", on=False),
    "heater-weak": lambda words: HeaterWeak(words[0], min(_positive(words[1]), 1.0)),
    "thermistor-loose": lambda words: SensorLoose(words[0] if words else "E0"),
    "thermistor-tight": lambda words: SensorLoose(words[0] if words else "E0", loose=False),
    "unprotected": lambda _: Unprotected(),
    "mute": lambda words: Mute(_seconds(words)),
    "unmute": lambda _: Mute(on=False),
    "lose-ok": lambda words: LoseOks(_count(words)),
    "double-ok": lambda _: DoubleOk(),
    "false-ok": lambda _: FalseOk(),
    "hold-oks": lambda words: HoldOks(_positive(words[0])),
    "corrupt-byte": _byte("corrupt"),
    "drop-byte": _byte("drop"),
    "double-byte": _byte("double"),
    "insert-newline": _byte("newline"),
    "drop-newline": _byte("drop", NEWLINE),
    "double-newline": _byte("double", NEWLINE),
    "noise-to-board": _noise("board"),
    "noise-to-host": _noise("host"),
    "display": lambda words: Display(" ".join(words)),
    "eeprom-crc": lambda _: EepromFails(Damage.CRC),
    "eeprom-version": lambda _: EepromFails(Damage.VERSION),
    "eeprom-worn": lambda _: EepromFails(None),
    "card-full": lambda words: CardFull(int(_positive(words[0])) if words else 0),
    "card-out": lambda _: CardOut(),
    "card-in": lambda _: CardOut(is_out=False),
    "unplug": lambda words: Unplug(_seconds(words)),
    "speed": lambda words: Speed(_speed(words[0])),
}


def parse_fault(line: str) -> Fault | Outside:
    """One line of text; what is wrong with it comes as a ValueError of one sentence."""
    words = line.split()
    if not words:
        raise ValueError("A fault has a name.")
    make = FAULTS.get(words[0])
    if make is None:
        raise ValueError(f"There is no fault {words[0]!r}; there are: {', '.join(FAULTS)}.")
    try:
        return make(words[1:])
    except (ValueError, IndexError, OverflowError) as error:
        raise ValueError(f"{words[0]} needs other arguments than {words[1:]}.") from error
