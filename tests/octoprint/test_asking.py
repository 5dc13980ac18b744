"""Nobody copies keys by hand: an OctoPrint is asked for one, where somebody allows it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from gbterm.cli.elsewhere import Elsewhere
from gbterm.cli.exits import ExitCode
from gbterm.model import Phase
from gbterm.screens.connect import ConnectScreen
from tests.console.conftest import Console, opened
from tests.console.terminal import ROOT, Terminal
from tests.memory_backend import MemoryBackend
from tests.octoprint.live import OctoPrint
from tests.plain.conftest import talking

WITHOUT_A_KEY = (sys.executable, "-m", "gbterm", "--url")


@pytest.fixture(autouse=True)
def _nothing_of_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GBTERM_KEY", raising=False)
    for folder in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(tmp_path / folder))


def decide(server: OctoPrint, *, allow: bool) -> None:
    """What a person does on its page."""
    (token,) = server.get("/api/plugin/appkeys")["pending"]
    server.post(f"/plugin/appkeys/decision/{token}", {"decision": allow})


async def asked(console: Console, server: OctoPrint) -> None:
    """The console waits for that."""
    console.app.connect_to("workshop", "url", server.url)
    await console.shows("1 Ask the server for one")
    await console.press("1")
    await console.shows(f"Open {server.url} in a browser, log in, and allow the key")


async def test_a_key_that_is_allowed_connects_and_is_kept(server: OctoPrint) -> None:
    async with opened(MemoryBackend(), size=(120, 24)) as console:
        await asked(console, server)
        # In one piece, or it could be neither clicked nor copied.
        page = re.escape(f"{server.url}/plugin/appkeys/auth/") + r"[\w-]{20,} *│ *$"
        await console.until(lambda: re.search(page, console.text, re.MULTILINE))
        await asyncio.to_thread(decide, server, allow=True)
        await console.until(lambda: console.app.backend.address == server.url)
        await console.shows("Keep the key of")
        await console.press("right", "enter")
        await console.until(lambda: "--key-file" in console.app.attach)
        await console.until(lambda: console.app.state.phase is Phase.READY)
        await console.app.backend.close()
    path = Path(console.app.attach.rpartition(" ")[2])
    await asyncio.to_thread(use, server, path)


def use(server: OctoPrint, path: Path) -> None:
    """Run a command with the key that was kept."""
    assert path.stat().st_mode & 0o777 == 0o600
    words = [*WITHOUT_A_KEY, server.url, "--key-file", str(path), "status"]
    assert subprocess.run(words, cwd=ROOT, check=False, capture_output=True).returncode == 0


async def test_a_key_that_is_denied_leaves_the_old_printer(server: OctoPrint) -> None:
    async with opened(backend := MemoryBackend()) as console:
        await asked(console, server)
        await asyncio.to_thread(decide, server, allow=False)
        await console.until(lambda: "no key" in console.words or "denied" in console.words)
        assert isinstance(console.app.screen, ConnectScreen)
        await console.press("enter")
        assert console.app.backend is backend


def test_the_console_opens_with_the_question_and_a_command_says_how(server: OctoPrint) -> None:
    terminal = Terminal(command=(*WITHOUT_A_KEY, server.url))
    try:
        terminal.shows("Ask the server for one", "Type a key")
        terminal.types(b"\x11")
        assert terminal.ends() == ExitCode.DONE
    finally:
        terminal.close()
    told = subprocess.run(
        [*WITHOUT_A_KEY, server.url, "status"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == ExitCode.REFUSED
    assert told.stderr.endswith(f"The console can ask for one: gbterm --url {server.url}\n")


async def test_the_plain_mode_asks_in_words(server: OctoPrint, tmp_path: Path) -> None:
    async with talking(MemoryBackend(), tmp_path) as talk:
        talk.session._opens = Elsewhere(Namespace()).open
        talk.type(f"connect {server.url}")
        await talk.says("Ask the server for a key? Type yes to go on:")
        talk.type("yes")
        await talk.says("/plugin/appkeys/auth/")
        await asyncio.to_thread(decide, server, allow=True)
        await talk.says("which nobody but you may read?")
        talk.type("yes")
        await talk.says(f"gbterm on {server.url}.")
