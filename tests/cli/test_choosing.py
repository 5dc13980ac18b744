"""`gbterm` where it can't be told which printer is meant."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest

from gbterm import lock, paths
from gbterm.cli.target import resolve
from gbterm.host import hosts
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


def test_a_host_that_begins_meanwhile_is_that_of_its_port(
    gbterm: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", gbterm.env[f"XDG_{name}_HOME"])
    port = "/dev/ttyX0"
    run_dir = gbterm.run_dir(paths.host_name(port))
    (run_dir / hosts.SPEC).write_text(json.dumps({"profile": {"name": port, "port": port}}))
    monkeypatch.setattr(hosts, "on_port", lambda _: None)  # as it was a moment before
    held = lock.take(run_dir / hosts.PRINTER_LOCK)
    assert held is not None
    try:
        assert resolve(Namespace(port=port)).host == run_dir.name
    finally:
        held.release()
