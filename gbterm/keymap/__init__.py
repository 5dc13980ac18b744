"""Every action of the console in one table, from a module for each screen."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.config import Config
from gbterm.keymap import (
    console,
    dashboard,
    everywhere,
    files,
    job,
    jog,
    keys,
    macros,
    printers,
    settings,
    temperature,
)
from gbterm.keymap.action import Action
from gbterm.keymap.chosen import with_keys
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


def choose(config: Config) -> None:
    """Give the actions the keys of `config`, and those that it doesn't name the keys of the table.

    Raises `ConfigError`, and nothing changes.
    """
    BY_NAME.update(_chosen(config))


def judge(config: Config) -> None:
    """Raise `ConfigError` where `choose` would; nothing changes."""
    _chosen(config)


def _chosen(config: Config) -> dict[str, Action]:
    table = with_keys(ACTIONS, config.keys)
    for macro in config.macro_keys:
        if why := macros.refusal(macro.text, table):
            macro.file.refuse(macro.key, why)
    return table


def refusal(key: str) -> str:
    """Why no macro has the key that a person wrote so; nothing where one may."""
    return macros.refusal(key, BY_NAME)


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
