"""The references that are made from the program are as it is."""

from __future__ import annotations

import subprocess
import sys

from tests.docs.pages import ROOT


def test_the_tables_in_docs_are_as_the_program_is() -> None:
    argv = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
