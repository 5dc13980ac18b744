"""The address where a new host is to serve clients, as a person gave it."""

from __future__ import annotations

from gbterm import environment, paths
from gbterm.address import is_listen
from gbterm.config import DEFAULT_LISTEN
from gbterm.errors import UsageError


def check(text: str, said_by: str, example: str = DEFAULT_LISTEN) -> None:
    """Raise `UsageError` where `text` is not HOST:PORT, or needs a key and there is none.

    `said_by` is the option or variable that it was given with.
    """
    if not is_listen(text):
        raise UsageError(f"{said_by} {text!r} is no address; write HOST:PORT, as {example}.")
    host = text.rpartition(":")[0]
    from gbterm.server.access import is_loopback
    from gbterm.server.keys import KEYS_FIRST, Keys

    if not (is_loopback(host) or Keys(paths.keys_file()).all()):
        raise UsageError(f"{text} can't be served: {KEYS_FIRST}")


def by_environment() -> str:
    """The one of the environment, empty where it says nothing. Raises `UsageError`."""
    text = environment.value("listen")
    if text:
        check(text, environment.variable("listen"))
    return text
