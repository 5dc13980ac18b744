"""Faults on request: what can go wrong on a board or on its cable."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from gbterm.simulator.eeprom import Damage
from gbterm.simulator.thermal import Heater, SensorFault

if TYPE_CHECKING:
    from gbterm.simulator.board import Board


@dataclass(frozen=True, slots=True)
class Reset:
    """Someone presses the reset button."""

    banner: bool = True


@dataclass(frozen=True, slots=True)
class SensorBroken:
    """A thermistor is open or shorted; None = repaired."""

    heater: str
    how: SensorFault | None


@dataclass(frozen=True, slots=True)
class HeaterDisconnected:
    """A heater gets no current any more, or again."""

    heater: str
    connected: bool = False


@dataclass(frozen=True, slots=True)
class HeaterWeak:
    """A heater gets a share of its power only."""

    heater: str
    share: float


@dataclass(frozen=True, slots=True)
class HeaterStuck:
    """A heater's switch is shorted, or mended: it gets all power, whatever the board wants."""

    heater: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class SensorLoose:
    """A thermistor fell out of its heater, or is back: it tells how warm the room is."""

    heater: str
    loose: bool = True


@dataclass(frozen=True, slots=True)
class Unprotected:
    """A firmware without thermal protection, as old boards have it."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Nothing the board says gets out, for so many seconds or for good."""

    seconds: float | None = None
    on: bool = True


@dataclass(frozen=True, slots=True)
class LoseOks:
    """The next oks vanish."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class DoubleOk:
    """The next ok comes twice."""


@dataclass(frozen=True, slots=True)
class FalseOk:
    """An ok that nobody earned."""


@dataclass(frozen=True, slots=True)
class HoldOks:
    """Oks come late: none for so many seconds, then all of them."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ByteFault:
    """Damage to the nth byte from now on towards the board (1 = the next)."""

    how: str  # corrupt, drop, double, newline (inserted before)
    nth: int = 1
    only: int | None = None  # counts only this byte, e.g. the newline


@dataclass(frozen=True, slots=True)
class Display:
    """Somebody chose at the display what sends this command."""

    command: str


@dataclass(frozen=True, slots=True)
class EepromFails:
    """What is stored can't be read from now on; None = it can, but nothing more be stored."""

    damage: Damage | None


@dataclass(frozen=True, slots=True)
class CardFull:
    """The card takes so many more bytes."""

    room: int = 0


@dataclass(frozen=True, slots=True)
class CardOut:
    """Somebody takes the card out of its slot, or puts it in again."""

    is_out: bool = True


@dataclass(frozen=True, slots=True)
class Noise:
    """Random bytes at a rate per byte; 0 ends it."""

    towards: str  # board or host
    rate: float
    seed: int = 0


HeaterFault = SensorBroken | SensorLoose | HeaterDisconnected | HeaterWeak | HeaterStuck
Fault = (
    Reset
    | Unprotected
    | HeaterFault
    | Mute
    | LoseOks
    | DoubleOk
    | FalseOk
    | HoldOks
    | ByteFault
    | Display
    | EepromFails
    | CardFull
    | CardOut
    | Noise
)


class Tampering:
    """Applies faults to a board: between it and the cable, or to its parts."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._mute_until = 0.0
        self._lose = 0
        self._double = False
        self._hold_until = 0.0
        self._bytes: list[tuple[ByteFault, int]] = []  # with the bytes still to pass
        self._noise: dict[str, tuple[float, Random]] = {}

    def inject(self, fault: Fault) -> None:
        """Take up one fault."""
        board, now = self._board, self._board.now
        match fault:
            case Reset(banner):
                board.reset(banner=banner)
            case Unprotected():
                board.heaters.protected = False
            case Mute(seconds, on):
                self._mute_until = (
                    0.0 if not on else float("inf") if seconds is None else now + seconds
                )
            case LoseOks(count):
                self._lose += count
            case DoubleOk():
                self._double = True
            case FalseOk():
                board.out.line("ok")
            case HoldOks(seconds):
                self._hold_until = now + seconds
            case ByteFault():
                self._bytes.append((fault, fault.nth))
            case Display() | EepromFails() | CardFull() | CardOut():
                self._beside(fault)
            case Noise(towards, rate, seed):
                self._noise[towards] = (rate, Random(seed))
            case _:
                self._inject_into(self._heater(fault.heater), fault)
        board.out.tamper = self._tamper if self._on_lines else None

    def _beside(self, fault: Display | EepromFails | CardFull | CardOut) -> None:
        match fault:
            case Display(command):
                self._board.display(command)
            case EepromFails(damage):
                self._board.eeprom.damage = damage
                self._board.eeprom.is_worn = damage is None
            case CardFull(room):
                self._board.card.room = room
            case CardOut(is_out):
                self._board.card.is_out, self._board.card.is_mounted = is_out, not is_out

    def _inject_into(self, heater: Heater, fault: HeaterFault) -> None:
        match fault:
            case SensorBroken(_, how):
                heater.fault = how
            case SensorLoose(_, loose):
                heater.is_loose = loose
            case HeaterDisconnected(_, connected):
                heater.strength = float(connected)
            case HeaterWeak(_, share):
                heater.strength = share
            case HeaterStuck(_, on):
                heater.is_stuck = on

    def _heater(self, name: str) -> Heater:
        heater = self._board.heaters.named(name)
        if heater is None:
            raise ValueError(f"There is no heater {name!r}.")
        return heater

    @property
    def _on_lines(self) -> bool:
        return bool(
            self._lose
            or self._double
            or self._mute_until > self._board.now
            or self._hold_until > self._board.now
        )

    def _tamper(self, text: str, at: float) -> list[tuple[float, str]]:
        if at < self._mute_until:
            return []
        if text != "ok" and not text.startswith("ok "):
            return [(at, text)]
        if self._lose:
            self._lose -= 1
            return []
        at = max(at, self._hold_until)
        if self._double:
            self._double = False
            return [(at, text), (at, text)]
        return [(at, text)]

    def outgoing(self, data: bytes) -> bytes:
        """Bytes on their way to the host."""
        return self._noisy("host", data) if self._noise else data

    def incoming(self, data: bytes) -> bytes:
        """Bytes on their way to the board."""
        if self._bytes:
            data = self._damage(data)
        return self._noisy("board", data) if self._noise else data

    def _damage(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            hits = []
            kept = []
            for fault, left in self._bytes:
                counts = fault.only is None or fault.only == byte
                if counts and left == 1:
                    hits.append(fault.how)
                else:
                    kept.append((fault, left - counts))
            self._bytes = kept
            out += _damaged(byte, hits)
        return bytes(out)

    def _noisy(self, towards: str, data: bytes) -> bytes:
        rate, random = self._noise.get(towards, (0.0, None))
        if random is None or not rate:
            return data
        return bytes(random.randrange(256) if random.random() < rate else byte for byte in data)


def _damaged(byte: int, hits: list[str]) -> bytes:
    out = bytes([byte])
    for how in hits:
        if how == "corrupt":
            out = bytes([byte ^ 0x01])
        elif how == "drop":
            out = b""
        elif how == "double":
            out += out
        elif how == "newline":
            out = b"\n" + out
    return out
