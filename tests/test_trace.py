"""What is told of requests and answers."""

from __future__ import annotations

import io
import json
from urllib.parse import quote

from gbterm import trace
from gbterm.credentials import Credentials


def told(key: str, what: str, body: object = None) -> str:
    stream = io.StringIO()
    with trace.shown(stream, 2, Credentials(key).hide):
        trace.answered(what, body)
    trace.answered("to nobody")
    return stream.getvalue()


def test_a_key_is_hidden_however_it_is_written() -> None:
    key = 'k"\\/+&=y'
    for form in (key, quote(key, safe=""), json.dumps(key)):
        line = told(key, f"before {form} after", {"said": key})
        assert line.startswith("< before ")
        assert " after" in line
        assert "/+&=" not in line
        assert "%2B" not in line


def test_half_a_key_is_not_left_where_a_message_is_cut() -> None:
    key = "0123456789ABCDEF" * 4
    line = told(key, "x" * (trace.SAID_MAX - 30) + key)
    assert len(line) <= trace.SAID_MAX + 1
    assert "0123" not in line


def test_what_is_called_a_secret_is_hidden() -> None:
    secrets = {"apikey": "S1", "api": {"key": "S2"}, "Set-Cookie": "S3", "tokens": ["S4"]}
    line = told("", "200 OK", {**secrets, "session": "S5", "state": "Operational"})
    assert "S" not in line.replace("Set-Cookie", "")
    assert "Operational" in line


def test_a_message_is_one_line_that_no_terminal_acts_on() -> None:
    assert told("", "a\x1b[2J\nb", {"c": "\u202e"}) == '< a?[2J b {"c": "?"}\n'
