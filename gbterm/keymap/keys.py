"""Keys as people write them in the configuration, as Textual names them, and as they are shown."""

from __future__ import annotations

import unicodedata

_SHOWN = {
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "space": "Space",
    "backspace": "Backspace",
    "insert": "Ins",
    "delete": "Del",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
} | {f"f{number}": f"F{number}" for number in range(1, 13)}
_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Characters that Textual calls otherwise than Unicode does."""

_SIGNS = {chr(code): chr(code) for code in range(ord("!"), ord("~") + 1)}


_BY_SHOWN = {spelt.lower(): name for name, spelt in _SHOWN.items()}


def _name_of(sign: str) -> str:
    if sign.isalnum():
        return sign
    name = unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


NAMES = {sign: _name_of(sign) for sign in _SIGNS}
"""Textual's names of what ASCII holds."""
_SIGN_OF = {name: sign for sign, name in NAMES.items()}


def read(text: str) -> str:
    """Textual's name of the key that a person wrote as `text`, nothing where there is no such key.

    `Ctrl+R`, `^r` and `ctrl+r` are one key, and so are `?` and `question_mark`; only single letters
    keep their case.
    """
    if text in NAMES:
        return NAMES[text]
    lower = text.strip().lower()
    for prefix in ("ctrl+", "^"):
        if lower.startswith(prefix):
            key = lower.removeprefix(prefix)
            name = NAMES.get(key, key)
            return f"ctrl+{name}" if name in _SIGN_OF else ""
    lower = lower.replace(" ", "")
    name = _BY_SHOWN.get(lower, lower)
    return name if name in _SHOWN or name in _SIGN_OF else ""


def shown(key: str) -> str:
    """The key of this name as the screens show it."""
    if key.startswith("ctrl+"):
        return f"^{shown(key.removeprefix('ctrl+'))}"
    return _SHOWN.get(key) or _SIGN_OF.get(key, key)


def spelt(key: str) -> str:
    """The key of this name in a sentence."""
    control = key.removeprefix("ctrl+")
    return shown(key) if control == key else f"Ctrl+{shown(control).upper()}"
