"""The keys of macros, which mean nothing else in the console."""

from __future__ import annotations

from collections.abc import Mapping

from gbterm.keymap import keys
from gbterm.keymap.action import Action
from gbterm.keymap.chosen import NOT_DELIVERED

_OF_DIALOGS = {
    "enter": "it chooses, and sends what is typed",
    "space": "it chooses",
    **dict.fromkeys(("up", "down", "left", "right"), "it moves in lists, dialogs and lines"),
    **dict.fromkeys(("home", "end", "pageup", "pagedown"), "it moves in lists and lines"),
    **dict.fromkeys(("backspace", "delete"), "it corrects what is typed"),
}


def refusal(text: str, table: Mapping[str, Action]) -> str:
    """Why no macro has the key that was written as `text`, beside these actions; or nothing.

    It ends a sentence that begins with the macro's key.
    """
    key = keys.read(text)
    if not key:
        return f'is no key: {text!r}; write as "Ctrl+L" or "F5"'
    if why := {**NOT_DELIVERED, **_OF_DIALOGS}.get(key):
        return f"can't be {keys.spelt(key)}: {why}"
    for action in table.values():
        if key in action.keys.split(","):
            where = f"on the {table[action.screen].title} screen" if action.screen else "everywhere"
            return f"is {keys.spelt(key)}, which is {action.name} {where}: give it another key"
    return ""
