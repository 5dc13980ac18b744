"""How long a client waits that asks more than its share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gbterm.server.admission import Rules
from gbterm.server.keys import Scope
from gbterm.server.octoprint.visitors import Visitors
from gbterm.server.pace import BURST_S


async def test_a_stop_waits_two_seconds_at_most_behind_a_flood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    rules = Rules(rate=1.0)
    door = Visitors(None, rules)  # type: ignore[arg-type]
    client = SimpleNamespace(scopes=frozenset({Scope.OPERATE}), key=None)

    async def identified(_request: object) -> Any:
        return client

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(door, "_identified", identified)
    monkeypatch.setattr(door, "_settle", lambda _connection: None)
    monkeypatch.setattr("gbterm.server.octoprint.visitors.asyncio.sleep", sleep)
    for _ in range(100):
        await door.admit(SimpleNamespace(protocol=None))  # type: ignore[arg-type]
    assert max(waits) == waits[-1] == BURST_S
