"""Files whose names hold what a shell, a header or an address would trip over."""

from __future__ import annotations

import json

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.model import Phase
from tests.suite.row import KINDS
from tests.suite.rows.files import upload_of
from tests.suite.there import There

NAMES = {
    'my part "v2", final\'s.gcode': "my part v2, final's.gcode",
    "ひらがな — äöü 🦊.gcode": "ひらがな — äöü 🦊.gcode",
    "-rf $(x) 100% a&b=c #1?;`y`.gcode": "-rf (x) 100% ab=c #1`y`.gcode",
}
"""And what an OctoPrint calls them on its disk."""
NEW = "new name, 'ñ'.gcode"
CONTENT = "G28\nG1 X10 F6000\n"


def of_file(verb: str, name: str, **body: object) -> str:
    """What OctoPrint is asked about a file of its disk."""
    said = f" {json.dumps(body, sort_keys=True)}" if body else ""
    return f"{verb} /api/files/local/{name}{said}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name(there: There, name: str) -> None:
    is_octoprint, disk = there.kind == "octoprint", NAMES[name]

    def does(*typed: str, asks: tuple[str, ...] = (), listed: str = name) -> str:
        there.begin()
        outcome = there(*typed)
        assert (outcome.code, outcome.err) == (ExitCode.DONE, ""), (typed, outcome)
        assert there.requests() == (asks if is_octoprint else ())
        assert there("ls").out == (f"{listed}\n" if listed else "")
        return outcome.out

    path = there.file(name, CONTENT)
    quoted = json.dumps(name)[1:-1]
    assert does("upload", str(path), asks=upload_of(quoted)).strip().isdigit()
    if is_octoprint:
        for verb in ("select", "fselect"):
            does(verb, "--", name, asks=(of_file("POST", disk, command="select", print=False),))
    else:
        outcome = there("select", "--", name)
        assert (outcome.code, outcome.out) == (ExitCode.WRONG_USAGE, "")
        assert "prints files by their names alone" in outcome.err
    does("start", "--", name, asks=(of_file("POST", disk, command="select", print=True),))
    there.becomes(Phase.READY)
    job = there.state().job
    assert job is not None
    assert (job.name, job.outcome) == (name, "finished")
    copy = there.folder / f"copy of {name}"
    assert does("download", "--", name, str(copy)) == f"{copy}\n"
    assert copy.read_text() == CONTENT
    sanitized = {"command": "sanitize", "filename": NEW, "path": "", "storage": "local"}
    moves = (
        f"POST /api/files/test {json.dumps(sanitized, sort_keys=True)}",
        of_file("POST", disk, command="move", destination=NEW),
    )
    assert does("mv", "--", name, NEW, asks=moves, listed=NEW) == f"{NEW}\n"
    does("rm", NEW, asks=(of_file("DELETE", NEW),), listed="")
