"""What can be done so: each by one request, where the whole program would do no more."""

from __future__ import annotations

from gbterm.quick import Beyond, profile

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Callable

    from gbterm.quick.http import Http
    from gbterm.quick.line import Line


def answer(name: str, words: list[str]) -> str:
    """Do what the launcher `name` and its `words` ask for; returns what is printed.

    Raises `Beyond` and `Failed`.
    """
    of_kind = _VERBS.get(name)
    if of_kind is None:
        raise Beyond
    kind, *held = profile.read()
    if kind == "octoprint":
        from gbterm.quick.http import Http

        return of_kind[0](lambda: Http(*held), words)
    from gbterm.quick.line import Line

    return of_kind[1](lambda: Line(*held), words)


def _pause(server: Callable[[], Http], words: list[str]) -> str:
    _no_words(words)
    server().post("/api/job", '{"command": "pause", "action": "pause"}')
    return ""


def _pause_direct(printer: Callable[[], Line], words: list[str]) -> str:
    _no_words(words)
    printer().call("pause_print")
    return ""


def _no_words(words: list[str]) -> None:
    if words:
        raise Beyond


_VERBS = {
    "8pause": (_pause, _pause_direct),
}
"""For an OctoPrint and for a host of this machine. Arguments are judged before anything is sent."""
