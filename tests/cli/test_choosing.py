"""`gbterm` where it can't be told which printer is meant."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell
from tests.cli.service import Screen

LOOPBACK = '[mdns]\ninterfaces = ["127.0.0.1"]\n'
TWO = '[printer.attic]\nurl = "ws://127.0.0.1:1"\n[printer.cellar]\nurl = "ws://127.0.0.1:2"\n'


@pytest.mark.parametrize(("config", "seen"), [("", b"[F8"), (TWO, b"cellar")])
def test_the_console_opens_with_a_choice(gbterm: Shell, config: str, seen: bytes) -> None:
    gbterm.config.write_text(config + LOOPBACK)
    screen = Screen(gbterm)
    screen.wait_for(b"No printer is chosen yet")
    screen.wait_for(seen)
    screen.press(b"\x11")
    assert screen.leave() == 0


def test_keys_that_make_no_sense_are_refused_before_the_screen(gbterm: Shell) -> None:
    gbterm.config.write_text('[keys]\nestop = "s"\n')
    screen = Screen(gbterm)
    screen.wait_for(b"keys.estop must be a key with Ctrl or an F-key")
    assert screen.leave() == 2


@pytest.mark.parametrize("command", ["status", "pause", "estop"])
def test_a_one_shot_command_still_asks_which(gbterm: Shell, command: str) -> None:
    done = gbterm(command)
    assert done.returncode == 2
    assert "--printer NAME" in done.stderr
