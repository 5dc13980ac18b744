"""Printers that a conversation can be about, and the way to one: its key is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from gbterm.backends.base import Backend
from gbterm.beside import beside
from gbterm.errors import AuthenticationRefused, UsageError
from gbterm.others import Others


class Opened(Protocol):
    """A printer that can be connected to."""

    @property
    def attach(self) -> str:
        """The command that comes back to it."""

    @property
    def starts(self) -> str:
        """The command that starts its host again; empty where that is not ours to start."""

    @property
    def key_file(self) -> Path:
        """Where a key of its server is kept."""

    @property
    def kept_key(self) -> str:
        """The file into which the key that was given went; empty where it went into none."""

    @property
    def unkept(self) -> str:
        """The printer's port or address, where no configured one has it; else empty. Blocks."""

    def with_key(self, key: str) -> Opened:
        """The same, with another key to show."""

    def keeping_key(self) -> Opened:
        """The same, once its key is in `key_file`. Blocks. Raises `UsageError`."""

    def backend(self) -> Backend:
        """A client of it, not connected yet."""


Opens = Callable[[str, str], Opened]
"""The printer that an option of the command line means, by the option and its value. It blocks.

Raises a `GbtermError`.
"""


def nowhere(option: str, value: str) -> Opened:
    """There are no other printers."""
    raise UsageError(f"There is no way from here to --{option} {value}.")


class Reaching:
    """Connects to printers; one of `others` is connected already."""

    def __init__(
        self,
        others: Others,
        say: Callable[[str], None],
        agrees: Callable[[str], Awaitable[bool]],
        *,
        may_ask: bool,
    ) -> None:
        """`agrees` asks a person, which is of use only where it `may_ask` one."""
        self._others, self._say, self._agrees, self._may_ask = others, say, agrees, may_ask

    async def reach(self, opened: Opened, backend: Backend) -> tuple[Opened, Backend]:
        """Connect, with a key that the server grants where it wants one; or raise."""
        if (watched := self._others.take(backend)) is not None:
            await backend.close()
            return opened, watched
        try:
            await backend.connect()
        except AuthenticationRefused as refusal:
            await backend.close()
            ask = f"{refusal} Ask the server for a key?"
            if not (backend.grants_keys and self._may_ask and await self._agrees(ask)):
                raise
            opened = opened.with_key(await backend.ask_for_key(self._tell_how))
            keep = f"Keep the key in {opened.key_file}, which nobody but you may read?"
            if await self._agrees(keep):
                opened = await self._kept(opened)
            return await self.reach(opened, opened.backend())
        except BaseException:
            await backend.close()
            raise
        return opened, backend

    async def _kept(self, opened: Opened) -> Opened:
        """With its key in a file; where that can't be, the key serves this conversation alone."""
        try:
            return await beside(opened.keeping_key)
        except UsageError as error:
            self._say(str(error))
            return opened

    def _tell_how(self, what_to_do: str, address: str) -> None:
        self._say(what_to_do)
        self._say(f"This page asks at once: {address}")
