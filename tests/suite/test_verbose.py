"""What -v and -vv say on standard error, and that the key is never in it."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest

from gbterm.cli.exits import ExitCode
from tests.suite.row import KINDS
from tests.suite.there import Outcome, There

everywhere = pytest.mark.parametrize("kind", KINDS)
on_octoprint = pytest.mark.parametrize("kind", KINDS[:1])
ASKED = {
    "octoprint": r"> POST http://127\.0\.0\.1:\d+/api/printer/tool "
    r'\{"command": "target", "targets": \{"tool0": 30\}\}',
    "opengb": r'> set_temp \{"nozzle1": 30\.0\}',
    "direct": r'> set_temp \{"nozzle1": 30\.0\}',
}
ANSWERED = {"octoprint": r"< 204 \S.*", "opengb": "< set_temp true", "direct": "< set_temp true"}


def lines(outcome: Outcome, pattern: str) -> list[str]:
    return [line for line in outcome.err.splitlines() if re.fullmatch(pattern, line)]


@everywhere
def test_what_is_asked_is_said_and_more_so_what_is_answered(there: There) -> None:
    outcome = there("settemp", "30", "-v")
    assert (outcome.code, outcome.out) == (0, "")
    first, *_ = outcome.err.splitlines()
    assert re.fullmatch(r"\* printer (?:.+ at )?(?:https?://|ws://|/).+", first)
    assert lines(outcome, ASKED[there.kind])
    assert not lines(outcome, "<.*")
    outcome = there("settemp", "30", "-vv")
    assert lines(outcome, ASKED[there.kind])
    assert lines(outcome, ANSWERED[there.kind])


@everywhere
@pytest.mark.parametrize("name", ["8status", "8gettemp", "8getbed"])
def test_a_verbose_launcher_prints_all_that_is_told(there: There, name: str) -> None:
    raw = there(f"{name}_raw")
    outcome = there(name, "-v")
    assert outcome.code == 0
    assert json.loads(outcome.out).keys() == json.loads(raw.out).keys()
    assert outcome.err.startswith("* ")


@everywhere
def test_the_same_as_a_command_stays_a_number(there: There) -> None:
    assert re.fullmatch(r"\d+\.\d+\n", there("getbed", "-v").out)


@everywhere
def test_a_failure_keeps_its_sentence_and_code(there: There) -> None:
    outcome = there("settemp", "5000", "-vv")
    assert outcome.code == ExitCode.WRONG_USAGE
    outcome = there("start", "nothing.gcode", "-vv")
    assert outcome.code == ExitCode.WRONG_USAGE
    assert outcome.err.splitlines()[-1].startswith("gbterm: The library holds no file")


@on_octoprint
def test_no_key_is_ever_said(there: There) -> None:
    key = there.worlds.octoprint.key
    forms = {key, quote(key, safe=""), base64.b64encode(key.encode()).decode(), key[:16], key[16:]}
    for typed in (
        ("8status",),
        ("apiver",),
        ("checkcfg",),
        ("ListCmds",),
        ("settemp", "0"),
        ("upload", str(there.file())),
        ("g", "M105"),
        ("run", "nothing"),
        ("estop",),
    ):
        outcome = there(*typed, "-vv") if typed[0] != "g" else there("g", "-vv", "M105")
        assert "/api/" in outcome.err or typed == ("checkcfg",), outcome
        for form in forms:
            assert form not in outcome.out + outcome.err, (typed, form)
        assert "session=" not in outcome.err
    login = lines(there("apiver", "-vv"), r'< \{.*"session".*')
    assert login
    assert all('"session": "[hidden]"' in line for line in login)


@on_octoprint
def test_an_address_with_a_password_is_not_said_again(there: There) -> None:
    for address in ("http://me:hunter2@127.0.0.1", "ws://127.0.0.1/ws?key=hunter2"):
        there.options = ("--url", address)
        outcome = there("status", "-vv")
        assert outcome.code == ExitCode.WRONG_USAGE
        assert "hunter2" not in outcome.err
        assert "--key-file" in outcome.err
