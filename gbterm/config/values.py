"""Each value of a configuration, by its key in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from gbterm.config import AREAS, Actions, Config, PrinterProfile
from gbterm.config.printer import OF_A_PORT, OF_A_URL, TABLES


@dataclass(frozen=True, slots=True)
class Value:
    """What counts for a key: text, number, truth, a tuple of those, or None where it is left out.

    `is_secret` is said of what may hold a secret whatever it looks like.
    """

    key: tuple[str, ...]
    value: Any
    is_secret: bool = False


def values(config: Config) -> Iterator[Value]:
    """All of them, also those that nobody wrote."""
    yield Value(("default",), config.default or None)
    for profile in config.printers.values():
        yield from _of_a_printer(("printer", profile.name), profile, config.actions)
    yield from _of_actions((), config.actions)
    for area in AREAS:
        yield from _members((area.table,), getattr(config, area.member), area.keys)
    for choice in config.keys:
        yield Value(("keys", choice.action), choice.keys)


def _of_a_printer(
    key: tuple[str, ...], profile: PrinterProfile, shared: Actions
) -> Iterator[Value]:
    if profile.url:
        yield from _members(key, profile, ("url", *OF_A_URL))
        return
    yield from _members(key, profile, ("port", *OF_A_PORT))
    for table, (member, kind) in TABLES.items():
        names = (field.name for field in fields(kind))
        yield from _members((*key, table), getattr(profile, member), names)
    yield from _of_actions(key, only_of(profile, shared))


def only_of(profile: PrinterProfile, shared: Actions) -> Actions:
    """Those that only this printer has."""
    actions = profile.actions
    names = [kind.name for kind in fields(Actions)]
    every = {name: getattr(shared, name) for name in names}
    own = {
        name: [one for one in getattr(actions, name) if one not in every[name]] for name in names
    }
    return Actions(**{name: tuple(found) for name, found in own.items()})


def _of_actions(key: tuple[str, ...], actions: Actions) -> Iterator[Value]:
    for preset in actions.presets:
        yield from _members((*key, "preset", preset.name), preset)
    for macro in actions.macros:
        yield from _members((*key, "macro", macro.name), macro)
    for program in actions.programs:
        yield Value((*key, "command", program.about.name, "run"), program.run)
        yield from _members((*key, "command", program.about.name), program.about)
    for hook in actions.hooks:
        yield from _members((*key, "hook", hook.name), hook)


def _members(
    key: tuple[str, ...], thing: Any, names: Iterable[str] | None = None
) -> Iterator[Value]:
    """The members of a dataclass with these names; all but its own name where none are given."""
    known = {field.name: field for field in fields(thing)}
    for name in names or [name for name in known if name != "name"]:
        value = getattr(thing, name)
        yield Value((*key, name), None if value == "" else value, not known[name].repr)
