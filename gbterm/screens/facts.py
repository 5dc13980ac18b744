"""Facts under their names, asked for again while one looks at them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from textual import getters, work
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from gbterm.errors import GbtermError
from gbterm.screens.dialog import Reading
from gbterm.text import scrub
from gbterm.widgets.panel import Line, Panel, wrapped

Fact = tuple[str, str]
"""A name, and what there is to say; a heading where that is empty."""

NAME_WIDTH, FACT_LINES = 11, 3


class FactTable(Panel):
    """Names on the left, beside them what there is to say."""

    facts: reactive[tuple[Fact, ...]] = reactive((("", "Asking the printer ..."),), repaint=False)

    def watch_facts(self) -> None:
        """Some are others now."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """A line for each, more for long ones."""
        rows: list[Line] = []
        for name, fact in self.facts:
            if not fact:
                rows.append(Content.styled(name, "bold underline"))
            label = f"{name:<{NAME_WIDTH}}"
            for line in wrapped(fact, width - NAME_WIDTH, FACT_LINES) if fact else ():
                rows.append(Content.assemble((label, "bold"), line))
                label = " " * NAME_WIDTH
        return rows


class FactsScreen(Reading):
    """Shows what `ask` says, every `every_s` seconds anew; once where that is 0."""

    table = getters.query_one(FactTable)

    def __init__(
        self, title: str, ask: Callable[[], Awaitable[Sequence[Fact]]], every_s: float = 0.0
    ) -> None:
        super().__init__()
        self.heading, self._ask, self._every_s = scrub(title), ask, every_s
        self._asks = False

    def head(self) -> Iterable[Widget]:
        """What they are about."""
        yield Static(Content(self.heading), classes="title")

    def text(self) -> Iterable[Widget]:
        """The facts."""
        yield FactTable()

    def on_mount(self) -> None:
        """Ask, and go on to ask."""
        super().on_mount()
        self.look()
        if self._every_s:
            self.set_interval(self._every_s, self.look)

    def look(self) -> None:
        """Ask, unless the last answer is still to come, or nobody sees it."""
        if self.is_active and not self._asks:
            self._asks = True
            self._look()

    @work(exit_on_error=False)
    async def _look(self) -> None:
        try:
            facts = tuple((scrub(name), scrub(fact)) for name, fact in await self._ask())
        except GbtermError as error:
            facts = (("", scrub(str(error))),)
        finally:
            self._asks = False
        if facts != self.table.facts:
            self.table.facts = facts
            self.fit()
