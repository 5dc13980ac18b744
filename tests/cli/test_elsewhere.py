"""What a console shows to another server than the one that it was started for."""

from __future__ import annotations

import argparse
import asyncio

import pytest

from gbterm.cli.elsewhere import Elsewhere
from gbterm.errors import GbtermError
from tests.ports import free_port


@pytest.mark.parametrize("is_meant", [True, False])
async def test_a_server_that_was_found_is_shown_no_key_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, is_meant: bool
) -> None:
    monkeypatch.setenv("GBTERM_KEY", "a-secret")
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    url = f"ws://127.0.0.1:{(port := free_port())}"
    async with await asyncio.start_server(listen, "127.0.0.1", port):
        options = argparse.Namespace(url=url) if is_meant else argparse.Namespace()
        backend = (await asyncio.to_thread(Elsewhere(options).open, "url", url)).backend()
        with pytest.raises(GbtermError, match="key"):
            await backend.connect()
        await backend.close()
    assert (b"a-secret" in heard[0]) is is_meant
