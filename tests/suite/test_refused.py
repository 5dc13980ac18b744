"""Every command of the table where nobody answers, with keys that may not, and in wrong states.

What is typed is one of its rows with valid arguments, in `tests/suite/rows`.
"""

from __future__ import annotations

import contextlib
import io
import socket
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.cli.main import main
from gbterm.cli.verbs.table import VERBS
from gbterm.model import Phase
from tests.octoprint.live import LOOKING_KEY
from tests.suite.row import KINDS
from tests.suite.rows.job import stocked
from tests.suite.samples import connects, rows, samples
from tests.suite.there import OF_OCTOPRINT, Outcome, There, assert_a_sentence

OVER_A_NETWORK = ("octoprint", "opengb")
READS = (
    *("status", "status_raw", "gettemp", "gettemp_raw", "getbed", "getbed_raw", "temp"),
    *("apiver", "getjob", "counters", "df", "ls", "ls_raw", "ll", "files", "download"),
    *("getpos", "ListCmds", "waitfor", "waitend", "alarmq", "prompt", "watch", "tail", "temps"),
    *("history", "mesh", "zoffset", "eeprom", "pid", "esteps", "check"),
)
"""What a key may do that may only look."""
ANSWERS_NOTHING = ("answer", "click", "restart", "xcancel")
"""What can't be done where nothing is asked or printed, whoever asks."""
OF_THE_SERVER = (
    *("status", "status_raw", "apiver", "getjob", "counters", "df", "history"),
    *("level", "upload", "download", "ls", "ls_raw", "ll", "files", "fselect", "rm", "mv"),
    *("run", "reset", "ListCmds", "connect", "disconnect", "reconnect", "estop", "pid"),
)
"""What a server does without a printer."""
WAITS = ("waitfor", "alarm", "alarmq", "waitend")
"""They end as soon as the printer can't be reached."""
UNDONE = ("POST /api/files/test ", "POST /api/printer/command ")
"""What OctoPrint answers without doing anything, or refused, as an emergency stop."""
BESIDE_A_PRINT = (
    *("gettemp", "gettemp_raw", "getbed", "getbed_raw", "temp", "getpos", *WAITS, "connect"),
    *("status", "status_raw", "apiver", "getjob", "counters", "df", "ListCmds", "swap", "estop"),
    *("upload", "download", "ls", "ls_raw", "ll", "files", "fselect", "mv"),
    *("pause", "pause_raw", "resume", "cancel", "xcancel", "g", "gcase", "msg", "speed", "feed"),
    *("settemp", "setbed", "settempr", "setbedr", "chamber", "fan", "fan2", "stepon", "beep"),
    *("gsetpin", "preset", "history", "level", "pid"),
)
"""What may be done while something is printed."""


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home where nothing is configured and no host runs."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("GBTERM_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box.gcode").write_text("G28\n")
    return tmp_path


def ended(argv: list[str]) -> Outcome:
    """How `gbterm` ends with `argv`, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(argv)
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Outcome(code, *texts)


def assert_refused(outcome: Outcome, typed: list[str], *codes: int) -> None:
    assert outcome.code in codes, (typed, outcome)
    assert_a_sentence(outcome)


def test_each_is_tried() -> None:
    left_out = [verb.name for verb in VERBS if connects(verb) and not any_rows(verb.name)]
    assert left_out == [], "add a row with valid arguments for each, below tests/suite/rows"


def any_rows(name: str) -> bool:
    (verb,) = (verb for verb in VERBS if verb.name == name)
    return any(rows(verb, kind) for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_answers(kind: str, nobody: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and listens not: nobody else gets the port meanwhile
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        meant = {
            "octoprint": ("--url", f"http://{address}"),
            "opengb": ("--url", f"ws://{address}"),
            "direct": ("--port", str(nobody / "ttyUSB0")),
        }[kind]
        for _, (name, *rest) in samples(kind, nobody):
            assert_refused(ended([name, *meant, *rest]), [name, *rest], ExitCode.UNREACHABLE)


def test_no_printer_is_configured(nobody: Path) -> None:
    each = {verb.name: typed for kind in KINDS for verb, typed in samples(kind, nobody)}
    for typed in each.values():
        outcome = ended(typed)
        assert_refused(outcome, typed, ExitCode.WRONG_USAGE)
        assert "--url" in outcome.err, outcome


def show_key(there: There, key: str) -> None:
    (path := there.folder / "key").write_text(key)
    path.chmod(0o600)
    if "--key-file" not in there.options:
        there.options = (*there.options, "--key-file", str(path))


@pytest.mark.parametrize("kind", OVER_A_NETWORK)
def test_the_key_is_wrong(kind: str, there: There) -> None:
    show_key(there, "0" * 32)
    there.settle()
    there.begin()
    typed_ = [typed for _, typed in samples(kind, there.file().parent)]
    argvs = [[name, *there.options, *rest] for name, *rest in typed_]
    # Who shows a wrong key has to wait.
    with ProcessPoolExecutor(16, get_context("fork")) as pool:
        outcomes = list(pool.map(ended, argvs))
    for typed, outcome in zip(typed_, outcomes, strict=True):
        assert_refused(outcome, typed, ExitCode.REFUSED)
        assert "key" in outcome.err, outcome
        assert "CSRF" not in outcome.err, outcome
        assert "0" * 32 not in outcome.err, outcome
    assert there.requests() == ()
    assert not any(command not in OF_OCTOPRINT for command in there.executed())


@pytest.mark.parametrize("kind", OVER_A_NETWORK)
def test_the_key_may_only_look(kind: str, there: There) -> None:
    stocked(there)
    show_key(there, watching_key(there))
    there.settle()
    there.begin()
    for verb, typed in samples(kind, there.file().parent):
        if verb.name in READS or verb.follow:
            continue
        outcome = there(*typed)
        codes = [ExitCode.REFUSED]
        if verb.name in ANSWERS_NOTHING:
            codes.append(ExitCode.WRONG_STATE)
        if verb.name == "estop":
            codes.append(ExitCode.PRINTER_ERROR)
        if verb.name in ("fselect", "mv") and kind == "octoprint":
            typed = [verb.name, "box.gcode", "new.gcode"][: len(typed)]
            outcome = there(*typed)
        assert_refused(outcome, typed, *codes)
        assert "key" in outcome.err or ExitCode.WRONG_STATE in codes, outcome
    asked = [one for one in there.requests() if not one.startswith(UNDONE)]
    assert asked == []
    assert there.done() == set()
    assert there("ls").out == "box.gcode\n"


def watching_key(there: There) -> str:
    if there.kind == "octoprint":
        return LOOKING_KEY
    there.house.plain("key", "revoke", "looker")
    return there.house.plain("key", "create", "looker", "--scope", "watch").stdout.strip()


@pytest.mark.parametrize("kind", KINDS)
def test_the_printer_is_disconnected(kind: str, there: There) -> None:
    stocked(there)
    there.disconnected()
    there.begin()
    for verb, typed in samples(kind, there.file().parent):
        if verb.name in OF_THE_SERVER or verb.follow:
            continue
        codes = [ExitCode.UNREACHABLE if verb.name in WAITS else ExitCode.WRONG_STATE]
        if verb.name == "waitend":
            codes.append(ExitCode.WRONG_STATE)  # a print that was cancelled before has ended
        assert_refused(there(*typed), typed, *codes)
    assert there.executed() == ()
    assert there.state().phase is Phase.DISCONNECTED
    assert there("ls").out == "box.gcode\n"


@pytest.mark.parametrize("kind", KINDS)
def test_something_is_printed(kind: str, there: There) -> None:
    there.printing()
    there.begin()
    for verb, typed in samples(kind, there.file().parent):
        if verb.name in BESIDE_A_PRINT or verb.follow:
            continue
        if kind == "octoprint" and verb.name in ("run", "reset"):
            continue  # what its commands do to a print, nobody tells
        assert_refused(there(*typed), typed, ExitCode.WRONG_STATE)
    assert there.state().phase is Phase.EXECUTING
    assert there.done() == set()
    assert there("ls").out == "box.gcode\n"
