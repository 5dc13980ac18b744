"""A server that is no OctoPrint but speaks as one, under the console on a real terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backends.test_hostile_servers import MOST_MIB, Watched
from tests.console.terminal import KEYS
from tests.octoprint.impostor import HARMS, Harm, impostor


@pytest.mark.parametrize("harm", HARMS)
def test_keys_work_and_a_stop_goes_out_whatever_is_pushed(
    harm: Callable[[], Harm], tmp_path: Path
) -> None:
    with impostor(harm()) as (url, server):
        (tmp_path / "key").write_text("0123456789")
        (tmp_path / "key").chmod(0o600)
        terminal = Watched(url, tmp_path, "--key-file", str(tmp_path / "key"))
        try:
            terminal.shows("STOP NOW")
            for screen, tab in (("console", "F7 Cons"), ("files", "F3 Files"), ("job", "F4 Job")):
                terminal.went(KEYS[screen], f"[{tab}]")
            terminal.types(b"\x1c")
            terminal.shows("NOT CONFIRMED")
            assert "M112" in server.posted
            assert terminal.program.poll() is None
            assert terminal.most_mib < MOST_MIB
            # Textual's own, for the shape of the pointer.
            assert {command[:5] for command in terminal.screen.unknown} <= {"\x1b]22;"}
            assert all("".join(line).isprintable() for line in terminal.screen.lines)
        finally:
            terminal.close()
