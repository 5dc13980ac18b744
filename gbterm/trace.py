"""What servers are asked and what they answer, for whoever wants to see that; never a secret in it.

The rooms that ask tell it here as it happens. Nobody hears it unless `shown` is entered: a log of
such things would be one more place to keep secrets out of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from gbterm.credentials import HIDDEN
from gbterm.text import scrub

SAID_MAX = 2000
"""Characters that are shown of a message."""
DEEP = 16
"""No call has lists in lists in lists as deep."""
_SECRET = re.compile(r"key|token|session|secret|passw|cookie|authori", re.IGNORECASE)
"""In the names of what nobody may read over a shoulder."""

Hide = Callable[[str], str]
"""Takes the key out of a text."""


def noted(what: str) -> None:
    """Something is worth to know besides."""
    _tell(1, "*", what)


def asked(what: str, body: Any = None) -> None:
    """Something is asked for; `body` is JSON."""
    _tell(1, ">", what, body)


def answered(what: str, body: Any = None) -> None:
    """It was answered."""
    _tell(2, "<", what, body)


@contextmanager
def shown(stream: TextIO, verbosity: int, hide: Hide) -> Iterator[None]:
    """Write to `stream`, a line each, what is asked, with a `verbosity` of 2 also the answers."""
    global _listening
    before, _listening = _listening, (stream, verbosity, hide)
    try:
        yield
    finally:
        _listening = before


_listening: tuple[TextIO, int, Hide] | None = None


def _tell(verbosity: int, mark: str, what: str, body: Any = None) -> None:
    if _listening is None or _listening[1] < verbosity:
        return
    stream, _, hide = _listening
    told = [] if body is None else [json.dumps(public(body), ensure_ascii=False, default=str)]
    # Before it is cut: half a key is one that isn't found.
    text = hide(" ".join([mark, *filter(None, [what]), *told]))
    with suppress(OSError, ValueError):
        print(scrub(text, SAID_MAX), file=stream, flush=True)


def public(value: object, name: str = "", deep: int = DEEP) -> object:
    """`value`, which is called `name`, without what its own names call a secret, or lies deep."""
    if isinstance(value, Mapping | list | tuple) and not deep:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: public(held, str(key), deep - 1) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [public(held, name, deep - 1) for held in value]
    return HIDDEN if isinstance(value, str) and value and _SECRET.search(name) else value
