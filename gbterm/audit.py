"""Who did what to a printer, and when: an entry for each call that changes something.

What becomes of an entry, nobody may learn a secret from: no key, no password, no file is in it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gbterm import trace
from gbterm.console_lines import without_passwords
from gbterm.credentials import HIDDEN
from gbterm.errors import (
    AuthenticationRefused,
    CommandTimeout,
    GbtermError,
    LinkError,
    PrinterError,
)
from gbterm.jobs import Job
from gbterm.jsonrpc import RpcError
from gbterm.text import scrub

LONGEST = 200
"""Characters of a text among the parameters, and of a reason."""
MOST_ITEMS = 12
"""Of a list."""

CLIENT, GBTERM, BOARD = "client", "gbterm", "board"
"""Who acts: somebody who called, gbterm by itself, somebody at the printer."""
DONE, REFUSED, FAILED = "done", "refused", "failed"
"""What came of it: `failed` is where nobody knows how much of it was done."""

STOP, PRESS = "emergency_stop", "press"
"""A stop goes several ways at once, which all name the same press."""
STARTS = ("print_gcode_file", "start_job", "resume_job")
"""What begins a print."""
_LEFT_OUT = ("payload", "data", "thumbnail_png_base64")
"""Files and their pictures."""
_KEY = re.compile(r"gbterm_[A-Za-z0-9_-]{8,}")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One of them. `at` is when it was called, a Unix time in seconds."""

    at: float
    method: str
    """As in the API, or of what gbterm notes by itself as `print_finished`."""
    number: int = 0
    """Its own, the larger the newer."""
    actor: str = CLIENT
    key: str = ""
    """The name of the key that was shown."""
    uid: int | None = None
    """Whose process it was, where that ran on the printer's machine; `user` is what that is
    called there."""
    user: str = ""
    address: str = ""
    """Of a client on TCP."""
    client: str = ""
    """What it calls itself."""
    params: dict[str, Any] = field(default_factory=dict)
    job: str = ""
    """The id of the print that was under way afterwards."""
    outcome: str = DONE
    reason: str = ""
    times: int = 1
    """How often in a row."""

    @property
    def who(self) -> str:
        """Who it was, in a word or two."""
        if self.actor != CLIENT:
            return self.actor
        user = self.user or ("" if self.uid is None else f"uid {self.uid}")
        return self.key or user or self.address or "somebody"

    @property
    def what(self) -> str:
        """What was done, on one line."""
        told = {name: value for name, value in self.params.items() if name != PRESS}
        given = (f"{name}={_word(value)}" for name, value in told.items())
        often = f"({self.times} times)" if self.times > 1 else ""
        return " ".join(filter(None, (self.method, *given, often)))


def by_itself(what: str, **params: Any) -> AuditEntry:
    """What gbterm does now, asked by nobody."""
    return AuditEntry(time.time(), what, actor=GBTERM, params=params)


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries are wanted: those before the number `before`, with `search` in what was done,
    by whom or why, with `who` in whom it was, and not before `since` nor after `until`, which are
    Unix times."""

    before: int | None = None
    search: str = ""
    who: str = ""
    since: float | None = None
    until: float | None = None


def _word(value: Any) -> str:
    return value if isinstance(value, str) and value.isalnum() else json.dumps(value)


def of_job(job: Job | None, method: str, at: float) -> str:
    """Which print a call of `method` at `at` concerns, where `job` is the last one after it.

    A short one that it began may have ended already.
    """
    if job is None:
        return ""
    is_new = method in STARTS and (job.started_at or 0.0) >= at
    return job.key if is_new or not job.outcome else ""


def shortened(params: Mapping[str, Any] | list[Any], names: Sequence[str]) -> dict[str, Any]:
    """`params`, called `names`, as an entry holds them: nothing long, no file and no secret."""
    given = dict(zip(names, params, strict=False)) if isinstance(params, list) else params
    known = {name: given[name] for name in names if name in given and name not in _LEFT_OUT}
    told = trace.public(known)
    assert isinstance(told, dict)
    return {name: _short(value) for name, value in told.items() if value is not None}


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 1 << 63:
        return value
    if isinstance(value, list | tuple) and not any(isinstance(v, list | dict) for v in value):
        return [_short(item) for item in value[:MOST_ITEMS]]
    return sentence(value if isinstance(value, str) else type(value).__name__)


def sentence(text: str) -> str:
    """`text` cut, fit to be shown, and without keys and passwords."""
    # Before it is cut: half a key is one that isn't found.
    lines = text[: 20 * LONGEST].splitlines()
    hidden = " / ".join(without_passwords(_KEY.sub(HIDDEN, line)) for line in lines)
    return scrub(hidden, LONGEST)


def outcome(error: BaseException | None) -> tuple[str, str]:
    """What came of a call that ended so, and the reason."""
    match error:
        case None:
            return DONE, ""
        case LinkError() | CommandTimeout() | PrinterError() if not isinstance(
            error, AuthenticationRefused
        ):
            return FAILED, sentence(str(error))
        case GbtermError() | RpcError():
            return REFUSED, sentence(str(error))
    return FAILED, type(error).__name__
