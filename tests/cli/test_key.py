"""`gbterm key`, and who comes in with one, over real processes."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, assert_refused
from tests.cli.service import start


def create(gbterm: Shell, name: str, *scopes: str) -> str:
    done = gbterm("key", "create", name, "--scope", *scopes)
    assert done.returncode == 0, done.stderr
    assert "never shown again" in done.stderr
    return done.stdout.strip()


def test_a_key_is_shown_once_listed_and_revoked(gbterm: Shell) -> None:
    key = create(gbterm, "panel", "operate", "files")
    listed = gbterm("key", "list")
    assert listed.stdout.startswith("panel  files,operate  20")
    assert key not in listed.stdout
    file = gbterm.home / "config" / "gbterm" / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert_refused(gbterm("key", "create", "panel", "--scope", "watch"), 2, "already")
    assert gbterm("key", "revoke", "panel").returncode == 0
    assert_refused(gbterm("key", "revoke", "panel"), 2, "no key 'panel'")
    assert gbterm("key", "list").stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("key",),
        ("key", "create", "panel"),
        ("key", "create", "panel", "--scope", "root"),
        ("key", "create", "a b", "--scope", "watch"),
    ],
)
def test_half_a_command_is_refused(gbterm: Shell, words: tuple[str, ...]) -> None:
    assert_refused(gbterm(*words), 2)


def test_another_address_than_loopback_needs_a_key_first(gbterm: Shell, board: str) -> None:
    refused = gbterm("serve", "--port", board, "--listen", "0.0.0.0:0")
    assert_refused(refused, 2, "gbterm key create NAME --scope operate")
    assert not list((gbterm.home / "state").rglob("printer.sock"))


def test_a_server_that_asks_for_a_key(gbterm: Shell, board: str) -> None:
    with gbterm.config.open("a") as file:
        file.write('[auth]\nloopback = "key"\n')
    key = create(gbterm, "panel", "watch")
    service, ready = start(gbterm, "--port", board)
    url = next(word for word in ready.split() if word.startswith("ws://"))
    key_file = gbterm.home / "key"
    key_file.write_text(key + "\n")

    assert_refused(gbterm("--url", url, "status"), 3, "asks for a key", "GBTERM_KEY")
    assert_refused(gbterm("--url", url, "status", GBTERM_KEY=key[:-1]), 3, "does not accept")
    assert gbterm("--url", url, "status", GBTERM_KEY=key).stdout.startswith("READY\n")
    named = gbterm("--url", url, "--key-file", str(key_file), "status")
    assert named.stdout.startswith("READY\n")
    with gbterm.config.open("a") as file:
        file.write(f'[printer.shop]\nurl = "{url}"\nkey_file = "{key_file}"\n')
    assert gbterm("--printer", "shop", "status").stdout.startswith("READY\n")
    assert_refused(gbterm("--printer", "shop", "pause"), 3, "the scope operate")

    gbterm("key", "revoke", "panel")
    assert_refused(gbterm("--printer", "shop", "status"), 3, "does not accept")
    assert_nowhere(key, gbterm.home / "state")
    assert service.end()[0] == 0


def assert_nowhere(key: str, folder: Path) -> None:
    """No log and no process's command line holds the key."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # what is written anew has another name before
            assert not path.is_file() or key.encode() not in path.read_bytes(), path
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        assert key.encode() not in words, process


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (("--url", "ws://127.0.0.1:1", "--key-file", "/nowhere"), {}, "can't be read"),
        (("--url", "ws://127.0.0.1:1"), {"GBTERM_KEY": "a b"}, "GBTERM_KEY holds no key"),
        (("--url", "unix:/x", "--key-file", "/nowhere"), {}, "go with a server"),
    ],
)
def test_a_key_that_is_none(
    gbterm: Shell, words: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    done = gbterm(*words, "status", **env)
    assert_refused(done, 2, said)
    assert "a b" not in done.stderr
