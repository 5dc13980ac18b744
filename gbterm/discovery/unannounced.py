"""OpenGB servers, which announce nothing, by the names that they are known to have."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from gbterm.errors import GbtermError

if TYPE_CHECKING:
    from zeroconf import Zeroconf

NAMES = ("opengb", *(f"opengb{number}" for number in range(1, 10)))
"""Before `.local`: an image's own name, and those for more than one in the house."""
PORT = 8000
EVERY_S = 60.0
RESOLVE_MS = 3000
ANSWER_S = 5.0

Spell = Callable[[Iterable[str]], str]
"""The first of some addresses that can stand in a URL, as it stands there; empty for none."""


async def look(
    zeroconf: Zeroconf,
    spell: Spell,
    tell: Callable[[str, str], None],
    names: Sequence[str] = NAMES,
    port: int = PORT,
) -> None:
    """Tell of each name its URL, empty where nobody answers, again and again."""
    # Not on the loop: it takes a while on a small computer.
    await asyncio.to_thread(importlib.import_module, "gbterm.backends.opengb.websocket")
    while True:

        async def ask(name: str) -> None:
            tell(name, await _url(zeroconf, name, port, spell))

        await asyncio.gather(*map(ask, names))
        await asyncio.sleep(EVERY_S)


async def _url(zeroconf: Zeroconf, name: str, port: int, spell: Spell) -> str:
    from zeroconf import AddressResolver, Error, IPVersion  # type: ignore[attr-defined]

    resolver = AddressResolver(f"{name}.local.")
    try:
        if not await resolver.async_request(zeroconf, RESOLVE_MS):
            return ""
    except Error:
        return ""
    found = (resolver.parsed_addresses(kind) for kind in (IPVersion.V4Only, IPVersion.V6Only))
    address = spell([address for addresses in found for address in addresses])
    url = f"ws://{address}:{port}/ws"
    return url if address and await _answers(url) else ""


async def _answers(url: str) -> bool:
    """Whether an OpenGB server tells how its printer is, which changes nothing there."""
    from gbterm.backends.opengb.once import call_once
    from gbterm.backends.opengb.websocket import open_websocket

    try:
        channel = await open_websocket(url, timeout_s=ANSWER_S)
        try:
            told = await call_once(channel, "get_status", ANSWER_S)
        finally:
            await channel.close()
    except GbtermError:
        return False
    return isinstance(told, dict) and isinstance(told.get("status"), dict)
