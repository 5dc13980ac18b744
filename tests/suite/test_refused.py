"""Every command of the table where nobody answers, none is configured, or the key is wrong.

The sample of each is one of its rows with valid arguments, in `tests/suite/rows`.
"""

from __future__ import annotations

import contextlib
import io
import socket
from pathlib import Path

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.cli.main import main
from gbterm.cli.verbs.table import VERBS
from gbterm.cli.verbs.verb import Verb
from tests.suite.row import KINDS, Row
from tests.suite.rows import ROWS
from tests.suite.there import Outcome, There, assert_a_sentence


def sample(verb: Verb, kind: str) -> Row | None:
    """What a user writes who has it done; None where it can't be done there at all."""
    rows = [row for row in ROWS if row.typed[0] in verb.names]
    valid = [row for row in rows if row.code != ExitCode.WRONG_USAGE and kind in row.kinds]
    return min(valid, key=lambda row: row.code, default=None)


def samples(kind: str) -> list[tuple[Verb, Row]]:
    """Of all that connects to a printer."""
    found = (
        (verb, sample(verb, kind)) for verb in VERBS if verb.alone is None and verb.here is None
    )
    return [(verb, row) for verb, row in found if row is not None]


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home where nothing is configured and no host runs."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("GBTERM_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box.gcode").write_text("G28\n")
    return tmp_path


def ended(*argv: str) -> Outcome:
    """How `gbterm` ends with `argv`, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(argv))
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Outcome(code, *texts)


def assert_refused(outcome: Outcome, code: int) -> None:
    assert_a_sentence(outcome)
    assert outcome.code == code, outcome


def words(row: Row, folder: Path) -> list[str]:
    return [str(folder / "box.gcode") if word == "{file}" else word for word in row.typed]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_answers(kind: str, nobody: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    meant = {
        "octoprint": ("--url", f"http://{address}"),
        "opengb": ("--url", f"ws://{address}"),
        "direct": ("--port", str(nobody / "ttyUSB0")),
    }[kind]
    for _, row in samples(kind):
        name, *rest = words(row, nobody)
        assert_refused(ended(name, *meant, *rest), ExitCode.UNREACHABLE)


def test_no_printer_is_configured(nobody: Path) -> None:
    for _, row in (pair for kind in KINDS for pair in samples(kind)):
        outcome = ended(*words(row, nobody))
        assert_refused(outcome, ExitCode.WRONG_USAGE)
        assert "--url" in outcome.err, outcome


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["octoprint"])
def test_the_key_is_wrong(kind: str, there: There) -> None:
    (there.folder / "key").write_text("0" * 32)
    there.begin()
    for _, row in samples(kind):
        outcome = there(*words(row, there.file().parent))
        assert_refused(outcome, ExitCode.REFUSED)
        assert "key" in outcome.err, outcome
        assert "CSRF" not in outcome.err, outcome
    assert there.requests() == ()
