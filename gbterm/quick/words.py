"""What follows a launcher's name, where it is sure what the whole program makes of it.

Raises ValueError for anything else.
"""

from __future__ import annotations

from gbterm import orders

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from gbterm.quick.profile import Known

SAFE = frozenset(" !'+,-./0123456789:=?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""What stands for itself in a text, wherever it stands."""
LONGEST_LINE = 60
"""Every board takes so much."""


def none(words: list[str]) -> None:
    """There are none."""
    if words:
        raise ValueError(words)


def number(words: list[str], least: float, most: float) -> float:
    """The only word."""
    (word,) = words
    return _number(word, least, most)


def jog(words: list[str]) -> dict[str, float]:
    """How far which axes go, one at least."""
    by = orders.distances([_number(word, -orders.MOST_MM, orders.MOST_MM) for word in words])
    if not by:
        raise ValueError(words)
    return by


def _number(word: str, least: float, most: float) -> float:
    # A negative one that ends with its point is taken for an option.
    if word.endswith("."):
        raise ValueError(word)
    return orders.number(word, least, most)


def percent(words: list[str]) -> float:
    """Of speed or flow."""
    return number(words, orders.LEAST_PERCENT, orders.MOST_PERCENT)


def fan(words: list[str]) -> float:
    """The speed of a fan in percent."""
    (word,) = words
    return orders.fan_speed(word) / orders.FULL * 100


def fan2(words: list[str], known: Known) -> str:
    """The G-code that switches the fan of the bed."""
    (word,) = words
    if word not in ("on", "off"):
        raise ValueError(word)
    return orders.pin(known.fan2_pin, orders.fan_speed(word))


def servo(words: list[str]) -> str:
    """The G-code of a servo's angle."""
    index, degrees = words
    angle = _number(degrees, 0, orders.MOST_DEGREES)
    return orders.servo(orders.whole(index, 0, orders.MOST_SERVOS), angle)


def message(words: list[str]) -> str:
    """The G-code of a text on the display."""
    line = orders.message(words)
    is_plain = SAFE.issuperset(line) and len(line) <= LONGEST_LINE and "M110" not in line
    if not words or words[0].startswith("-") or "--" in words or not is_plain:
        raise ValueError(words)
    return line


def beep(words: list[str], known: Known) -> str:
    """The G-code of a beep, so long and so high as is configured where the words don't say."""
    ms, hz = [*words, *[str(known.beep_ms), str(known.beep_hz)][len(words) :]]
    return orders.beep(
        orders.whole(ms, 1, orders.LONGEST_BEEP_MS), orders.whole(hz, 1, orders.HIGHEST_HZ)
    )
