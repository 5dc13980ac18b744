"""The settings that a board keeps: listed, changed, stored, loaded."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Iterator, Sequence

from gbterm import wire
from gbterm.board_settings import BoardSettings, Difference
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.errors import UsageError, WrongState
from gbterm.text import scrub
from gbterm.widgets.words import clock

MINUTES = "%Y-%m-%d %H:%M"
WITHIN_S = 660.0
"""Longer than any conversation with the board takes: each of many settings is verified."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    known = tuple(_STEPS)
    what = f"{', '.join(known)}: list, as without a word; reset is to the firmware's defaults"
    parser.add_argument("step", nargs="?", default="list", choices=known, metavar="STEP", help=what)
    what = (
        "of set: a code, its tool if it has one, and new values, as M92 E=93.1; of save, diff,"
        " restore and delete: a copy's name, and of restore which settings, as 'M92 E'"
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help=what)


async def _eeprom(asked: Asked) -> Answer:
    step, words = asked.args.step, asked.args.words
    if words and step not in _WITH_WORDS:
        raise UsageError(f"gbterm eeprom {step} takes no more words.")
    return await _STEPS[step](asked, words)


async def _list(asked: Asked, _: Sequence[str]) -> Answer:
    return _answer(await asked.backend.board_settings())


async def _set(asked: Asked, words: Sequence[str]) -> Answer:
    wanted = _wanted(words)
    settings = await asked.backend.set_board_settings(wanted, confirmed=asked.confirmed)
    return _after(settings, "set")


def _wanted(words: Sequence[str]) -> dict[str, str]:
    """`M92 E=93.1` as names and values."""
    of = " ".join(word for word in words if "=" not in word)
    values = [word.partition("=") for word in words if "=" in word]
    if not of or not values:
        raise UsageError("Say which setting and its new value, as gbterm eeprom set M92 E=93.1.")
    return {f"{of} {letter}": value for letter, _, value in values}


async def _store(asked: Asked, _: Sequence[str]) -> Answer:
    return _after(await asked.backend.store_board_settings(confirmed=asked.confirmed), "stored")


async def _load(asked: Asked, _: Sequence[str]) -> Answer:
    return _after(await asked.backend.load_board_settings(confirmed=asked.confirmed), "loaded")


async def _reset(asked: Asked, _: Sequence[str]) -> Answer:
    return _after(await asked.backend.reset_board_settings(confirmed=asked.confirmed), "reset")


async def _copies(asked: Asked, _: Sequence[str]) -> Answer:
    copies = await asked.backend.settings_copies()
    lines = (
        f"{clock(c.saved_at, MINUTES):<16}  {c.settings:4} settings  {scrub(c.name)}"
        for c in copies
    )
    return Answer(tuple(lines), wire.to_json(copies))


async def _save(asked: Asked, words: Sequence[str]) -> Answer:
    copy = await asked.backend.save_settings_copy(_name(words), confirmed=asked.confirmed)
    told = f"{copy.settings} settings are saved as {scrub(copy.name)}."
    return Answer((told,), wire.to_json(copy))


async def _diff(asked: Asked, words: Sequence[str]) -> Answer:
    """To a copy, or without one to what is stored."""
    if words:
        found = await asked.backend.compare_settings_copy(_name(words))
    else:
        settings = await asked.backend.board_settings()
        if settings.why:
            raise WrongState(settings.why)
        found = [Difference(s.name, s.value, s.stored, s.heading) for s in settings.differing]
    what = "copy" if words else "stored"
    lines = (
        f"{scrub(d.name):<14}{scrub(d.value or 'none'):>12}  {what}: {scrub(d.copied or 'none')}"
        for d in found
    )
    return Answer(tuple(lines), wire.to_json(found))


async def _restore(asked: Asked, words: Sequence[str]) -> Answer:
    name, only = _name(words[:1]), words[1:] or None
    restore = asked.backend.restore_settings_copy
    return _after(await restore(name, only, confirmed=asked.confirmed), "restored")


async def _delete(asked: Asked, words: Sequence[str]) -> Answer:
    await asked.backend.delete_settings_copy(_name(words))
    return DONE


def _name(words: Sequence[str]) -> str:
    if len(words) != 1:
        raise UsageError("Say which copy, by its name: gbterm eeprom copies lists them.")
    return words[0]


def _answer(settings: BoardSettings) -> Answer:
    return Answer((*rows(settings), *_notes(settings)), wire.to_json(settings))


def _after(settings: BoardSettings, done: str) -> Answer:
    """What a change came to: what is active and not stored, or that all is."""
    return Answer((f"{done.capitalize()}.", *_notes(settings)), wire.to_json(settings))


def rows(settings: BoardSettings) -> Iterator[str]:
    """A line for each setting below its heading; `*` marks what is not stored so."""
    heading = None
    for setting in settings.settings:
        if setting.heading != heading:
            heading = setting.heading
            yield scrub(heading)
        mark = "*" if setting.differs else " "
        stored = f"  stored: {setting.stored}" if setting.differs else ""
        yield f"{mark} {setting.name:<14}{setting.value:>12}{stored}"


def _notes(settings: BoardSettings) -> Iterator[str]:
    count = len(settings.differing)
    if settings.why:
        yield settings.why
    elif count:
        yield f"{count} of them not stored: gbterm eeprom store keeps them over a restart."


Step = Callable[[Asked, Sequence[str]], Awaitable[Answer]]
_STEPS: dict[str, Step] = {
    "list": _list,
    "set": _set,
    "store": _store,
    "load": _load,
    "reset": _reset,
    "copies": _copies,
    "save": _save,
    "diff": _diff,
    "restore": _restore,
    "delete": _delete,
}
_WITH_WORDS = ("set", "save", "diff", "restore", "delete")

VERBS = (
    Verb(
        "eeprom",
        "list, change and store the settings that the board keeps, and copies of them",
        _eeprom,
        _arguments,
        confirms=True,
        within_s=WITHIN_S,
        examples=("", "set M92 E=93.1", "store", "save winter", "restore winter"),
    ),
)
