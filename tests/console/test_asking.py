"""A server that asks for a key: asked for one, or shown one that was typed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from gbterm import config_file
from gbterm.cli.opening import Opened
from gbterm.cli.target import Target
from gbterm.config import PrinterProfile
from gbterm.errors import AuthenticationRefused
from tests.console.conftest import Console, configure, opened
from tests.memory_backend import MemoryBackend

URL = "http://workshop.local"
PROFILE = PrinterProfile("workshop", url=URL)


@pytest.fixture
def guarded() -> MemoryBackend:
    """It takes one key."""
    guarded = MemoryBackend()
    guarded.name, guarded.key_wanted = "workshop", "s3cret"
    return guarded


def reach(console: Console, guarded: MemoryBackend, profile: PrinterProfile | None = None) -> None:
    """Go there."""

    @dataclass(frozen=True)
    class There(Opened):
        def backend(self) -> MemoryBackend:
            guarded.key = self.target.credentials.key
            return guarded

    target = Target("workshop", url=URL, profile=profile)
    console.app.reach("workshop", lambda: There(target, f"gbterm --url {URL}"))


def read(path: str) -> str:
    assert Path(path).stat().st_mode & 0o777 == 0o600
    return Path(path).read_text()


async def test_a_key_is_granted_and_kept_where_nobody_else_reads_it(
    backend: MemoryBackend, guarded: MemoryBackend
) -> None:
    async with opened(backend) as console:
        guarded.gate = asyncio.Event()
        guarded.gate.set()
        reach(console, guarded)
        await console.shows("1 Ask the server for one")
        await console.shows("workshop asks for a key.")
        guarded.gate.clear()
        await console.press("1")
        await console.shows("Open http://memory/keys in a browser and press Allow.")
        await console.shows("http://memory/keys/1234 This console waits for it.")
        await console.shows("Esc stays with the printer that is on show.")
        guarded.gate.set()
        await console.shows("Keep the key of workshop in")
        assert "s3cret" not in console.text
        await console.press("right", "enter")
        await console.until(lambda: "--key-file" in console.app.attach)
        path = console.app.attach.rpartition(" ")[2]
        assert read(path) == "s3cret\n"


async def test_the_configuration_of_a_printer_names_the_key_that_was_granted(
    backend: MemoryBackend, guarded: MemoryBackend
) -> None:
    configure(f'[printer.workshop]\nurl = "{URL}"\n')
    async with opened(backend) as console:
        reach(console, guarded, PROFILE)
        await console.shows("1 Ask the server for one")
        await console.press("1")
        await console.shows("Keep the key of workshop in")
        await console.press("right", "enter")
        await console.until(lambda: config_file.load().printers["workshop"].key_file)


async def test_who_leaves_while_nobody_grants_it_stays_and_asks_no_more(
    backend: MemoryBackend, guarded: MemoryBackend
) -> None:
    async with opened(backend) as console:
        reach(console, guarded)
        await console.shows("1 Ask the server for one")
        guarded.gate = asyncio.Event()
        await console.press("1")
        await console.shows("press Allow")
        await console.press("escape")
        await console.until(lambda: console.top == "DashboardScreen")
        guarded.gate.set()
        await console.rest()
        assert console.app.backend is backend
        assert guarded.calls.count("connect") == 1


async def test_a_key_that_is_not_granted_is_said(
    backend: MemoryBackend, guarded: MemoryBackend
) -> None:
    async with opened(backend) as console:
        reach(console, guarded)
        await console.shows("1 Ask the server for one")
        guarded.refuse = AuthenticationRefused("Nobody granted a key.")
        await console.press("1")
        await console.shows("Nobody granted a key.")
        await console.press("enter")
        assert console.app.backend is backend


async def test_a_key_may_be_typed_instead(backend: MemoryBackend, guarded: MemoryBackend) -> None:
    async with opened(backend) as console:
        reach(console, guarded)
        await console.shows("2 Type a key")
        await console.press("2", *"wrong", "enter")
        await console.shows("2 Type a key")
        await console.press("2", *"s3cret", "enter")
        await console.shows("Keep the key of workshop in")
        await console.press("enter")
        assert console.app.backend is guarded
        assert "--key-file" not in console.app.attach
