"""A server that asks for a key, and grants one on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.errors import AuthenticationRefused, UsageError
from gbterm.plain.session import Session
from tests.memory_backend import MemoryBackend
from tests.plain.conftest import Talk, There, talking

ASKS = "memory asks for a key. Ask the server for a key? Type yes to go on:"


@pytest.fixture
def guarded() -> MemoryBackend:
    """It takes one key."""
    guarded = MemoryBackend()
    guarded.key_wanted = "secret"
    return guarded


async def answer(talk: Talk, text: str, question: str) -> None:
    await talk.says(question)
    talk.type(text)


async def test_a_key_is_granted_and_kept_on_the_way_to_another_printer(
    talk: Talk, guarded: MemoryBackend
) -> None:
    talk.others["url http://memory"] = guarded
    talk.type("connect http://memory")
    await answer(talk, "yes", ASKS)
    await talk.says("Open http://memory/keys in a browser and press Allow.")
    await answer(talk, "yes", "Keep the key in /nowhere/key, which nobody but you may read?")
    await talk.says("gbterm on memory.")
    assert guarded.calls.count("ask_for_key") == 1
    assert "secret" not in "\n".join(talk.told)


async def test_a_key_that_cannot_be_kept_serves_this_conversation(
    talk: Talk, guarded: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: There) -> There:
        raise UsageError("The key can't be kept in /nowhere/key: Read-only file system.")

    monkeypatch.setattr(There, "keeping_key", refuse)
    talk.others["url http://memory"] = guarded
    talk.type("connect http://memory")
    await answer(talk, "yes", ASKS)
    await answer(talk, "yes", "Keep the key in /nowhere/key, which nobody but you may read?")
    await talk.says("The key can't be kept in /nowhere/key: Read-only file system.")
    await talk.says("gbterm on memory.")


async def test_who_wants_none_stays_with_the_old_printer(
    talk: Talk, guarded: MemoryBackend
) -> None:
    talk.others["url http://memory"] = guarded
    talk.type("connect http://memory")
    await answer(talk, "no", ASKS)
    await talk.says("Error: memory asks for a key.")
    assert "ask_for_key" not in guarded.calls
    talk.type("status")
    await talk.says("Ready: nothing to do")


async def test_it_may_be_the_first_printer(guarded: MemoryBackend, tmp_path: Path) -> None:
    talk = Talk(guarded, tmp_path, None, at_terminal=True)
    talk.type("yes", "no")
    talk.session.ended()
    await talk.session.run()
    assert guarded.key == "secret"
    assert any("gbterm on memory." in line for line in talk.told)


async def test_a_pipe_is_not_asked(guarded: MemoryBackend) -> None:
    told: list[str] = []
    session = Session(There(guarded), told.append, at_terminal=False)
    session.ended()
    with pytest.raises(AuthenticationRefused):
        await session.run()
    assert told == []
    async with talking(MemoryBackend(), Path(), at_terminal=False) as talk:
        talk.others["url http://memory"] = guarded
        talk.type("connect http://memory")
        await talk.says("Error: memory asks for a key.")
