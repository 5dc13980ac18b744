"""Every action of the console in one table, from a module for each screen."""

from __future__ import annotations

from collections.abc import Iterable

from gbterm.backends.capability import Capability
from gbterm.config import KeyChoice
from gbterm.keymap import (
    console,
    dashboard,
    everywhere,
    files,
    job,
    jog,
    keys,
    printers,
    settings,
    temperature,
)
from gbterm.keymap.action import Action
from gbterm.keymap.chosen import AT_ONCE, with_keys
from gbterm.model import PrinterState

_FIRST = ("estop", "help", "answer", "reconnect")
"""What the bottom line names before the keys of a screen."""

ACTIONS: tuple[Action, ...] = (
    *(action for action in everywhere.ACTIONS if action.name in _FIRST),
    *dashboard.ACTIONS,
    *files.ACTIONS,
    *job.ACTIONS,
    *jog.ACTIONS,
    *temperature.ACTIONS,
    *console.ACTIONS,
    *printers.ACTIONS,
    *settings.ACTIONS,
    *(action for action in everywhere.ACTIONS if action.name not in _FIRST),
)

BY_NAME = {action.name: action for action in ACTIONS}
"""With the keys that the user of this process chose."""

SCREENS = tuple(action for action in ACTIONS if action.letter)
"""The actions that show a screen; their names are the names of the screens."""


def choose(choices: Iterable[KeyChoice]) -> None:
    """Give the actions these keys, and those that are not named the keys of the table.

    Raises `ConfigError`, and nothing changes.
    """
    BY_NAME.update(with_keys(ACTIONS, choices))


def check(choices: Iterable[KeyChoice]) -> None:
    """Raise `ConfigError` where `choose` would; nothing changes."""
    with_keys(ACTIONS, choices)


def is_taken(key: str) -> bool:
    """Whether it means something on every screen, or stops a printer on one.

    What else a screen does goes before a macro's key there.
    """
    taken = (a for a in BY_NAME.values() if not a.screen or a.name in AT_ONCE)
    return any(key in action.keys.split(",") for action in taken)


def screens() -> tuple[Action, ...]:
    """The actions that show a screen, with their keys."""
    return tuple(BY_NAME[screen.name] for screen in SCREENS)


def key_of(name: str) -> str:
    """The first key of the action of that name, for a sentence."""
    return keys.spelt(BY_NAME[name].keys.split(",")[0])


def actions_of(screen: str) -> tuple[Action, ...]:
    """The actions that keys do on `screen`, in the order of the bottom line."""
    return tuple(action for action in BY_NAME.values() if action.screen in ("", screen))


def possible(state: PrinterState, capabilities: Capability) -> frozenset[str]:
    """The names of the actions that the printer can do now."""
    return frozenset(a.name for a in ACTIONS if a.is_possible(state, capabilities))
