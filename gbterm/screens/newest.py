"""Answers that come late, of which none may hide a newer one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Newest(Generic[Answer]):
    """Has answers shown in the order of their questions, though an older one may end last."""

    def __init__(self, show: Callable[[Answer], None]) -> None:
        self._show = show
        self._asked = self._told = 0
        """Which question is the newest, and whose answer was shown."""

    async def ask(self, question: Callable[[], Awaitable[Answer]]) -> None:
        """Show the answer, unless that to a newer question was. Raises what `question` does."""
        self._asked = asked = self._asked + 1
        answer = await question()
        if asked > self._told:
            self._told = asked
            self._show(answer)
