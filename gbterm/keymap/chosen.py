"""The keys that a user chose in place of those of the table, checked for sense and for safety."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import NoReturn

from gbterm.config import KeyChoice
from gbterm.keymap import keys
from gbterm.keymap.action import Action

NOT_DELIVERED = {
    **{f"f{number}": "terminals keep it for themselves" for number in (10, 11, 12)},
    "ctrl+c": "it only says how to leave",
    "ctrl+h": "terminals send it for Backspace",
    "ctrl+i": "terminals send it for Tab",
    "ctrl+j": "terminals send it for Enter",
    "ctrl+m": "terminals send it for Enter",
    "ctrl+left_square_bracket": "terminals send it for Esc",
    "escape": "it leaves dialogs, and nothing else",
    "tab": "it moves from one field to the next",
}
CONTROLS = ("backslash", "right_square_bracket", "circumflex_accent", "underscore")
"""What Ctrl makes a control character of besides letters."""
NEVER_STOPS = ("ctrl+x",)
AT_ONCE = ("estop", "stop_selected")
"""What stops a printer without a question."""
STOPS = (*AT_ONCE, "cancel")


def with_keys(actions: Sequence[Action], choices: Iterable[KeyChoice]) -> dict[str, Action]:
    """The actions by name, with the keys of `choices`. Raises `ConfigError` with file and key."""
    table = {action.name: action for action in actions}
    chosen: dict[str, KeyChoice] = {}
    for choice in choices:
        action = table.get(choice.action)
        if action is None:
            near = get_close_matches(choice.action, table, n=1)
            hint = f"the nearest is {near[0]}" if near else "the Settings screen lists them"
            _refuse(choice, f"is no action of the console; {hint}")
        names = _names(choice, action)
        table[action.name] = replace(action, keys=",".join(names), shown=keys.shown(names[0]))
        chosen[action.name] = choice
    for choice in chosen.values():
        _refuse_shared(choice, table)
    return table


def _names(choice: KeyChoice, action: Action) -> list[str]:
    names = [_name(choice, text) for text in choice.keys]
    if not names:
        _refuse(choice, "needs a key at least")
    for name in names:
        if action.priority and not _is_far(name):
            _refuse(
                choice, "must be a key with Ctrl or an F-key, for it works while one types, too"
            )
        if action.name in AT_ONCE and not _is_far(name):
            _refuse(choice, "must be a key with Ctrl or an F-key, for it stops a printer")
        if action.name in STOPS and name in NEVER_STOPS:
            _refuse(choice, f"can't be {keys.shown(name)}, which never stops a print")
    return names


def _name(choice: KeyChoice, text: str) -> str:
    name = keys.read(text)
    control = name.removeprefix("ctrl+")
    if not name or (control != name and not (control.isalpha() or control in CONTROLS)):
        _refuse(choice, f'has no key {text!r}; write as "Ctrl+R", "F5", "PgUp" or "x"')
    if why := NOT_DELIVERED.get(name):
        _refuse(choice, f"can't be {keys.shown(name)}: {why}")
    return name


def _is_far(name: str) -> bool:
    return name.startswith("ctrl+") or (name[:1] == "f" and name[1:].isdecimal())


def _refuse_shared(choice: KeyChoice, table: dict[str, Action]) -> None:
    action = table[choice.action]
    for other, key in shared(action, table.values()):
        where = f"on the {table[other.screen].title} screen" if other.screen else "everywhere"
        _refuse(
            choice,
            f"is {keys.shown(key)}, which is {other.name} {where}: give one of them another key",
        )


def shared(action: Action, actions: Iterable[Action]) -> Iterator[tuple[Action, str]]:
    """The other actions that a key of `action` does, too, on a screen that has both.

    What stops a printer on one screen shares its key with nothing on another: hands have habits.
    """
    for other in actions:
        meets = "" in (action.screen, other.screen) or action.screen == other.screen
        meets = meets or not {action.name, other.name}.isdisjoint(AT_ONCE)
        if other.name != action.name and meets:
            for key in other.keys.split(","):
                if key and key in action.keys.split(","):
                    yield other, key


def _refuse(choice: KeyChoice, why: str) -> NoReturn:
    choice.file.refuse(("keys", choice.action), why)
