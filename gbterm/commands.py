"""The palette: the actions of the key map by name, and what the user configured by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape

from gbterm.errors import GbtermError
from gbterm.keymap import BY_NAME
from gbterm.keymap.action import Action
from gbterm.keymap.chosen import AT_ONCE
from gbterm.screens.base import Console
from gbterm.screens.by_name import ByName, about_macro
from gbterm.text import scrub

T = TypeVar("T")
Offer = tuple[str, str, Callable[[], object]]
"""A title, what it does, and what does it."""


class ActionProvider(Provider):
    """Offers what is possible now."""

    @property
    def console(self) -> Console:
        """The app."""
        assert isinstance(self.app, Console)
        return self.app

    def _actions(self) -> Iterable[Action]:
        possible = self.console.possible
        return (a for a in BY_NAME.values() if a.name in possible and a.name != "palette")

    async def discover(self) -> Hits:
        """All of them, before a letter is typed; Enter does the first, so the stops come last."""
        for action in sorted(self._actions(), key=lambda a: (a.name in AT_ONCE, not a.letter)):
            yield DiscoveryHit(
                _title(action), partial(self.console.run_action_of, action.name), help=action.help
            )

    async def search(self, query: str) -> Hits:
        """Those whose name, title or help match."""
        matcher = self.matcher(query)
        for action in self._actions():
            score = max(matcher.match(text) for text in (_title(action), action.help, action.name))
            if score > 0:
                run = partial(self.console.run_action_of, action.name)
                yield Hit(score, matcher.highlight(_title(action)), run, help=action.help)


class NamedProvider(Provider):
    """Offers the macros, presets and programs that the printer's server has by then."""

    async def startup(self) -> None:
        """Ask for them, each time that the palette is opened."""
        self._offers: list[Offer] = []
        app = self.app
        assert isinstance(app, ByName)
        backend = app.backend
        if "macros" in app.possible:
            for macro in await _known(backend.macros):
                run = partial(app.run_macro, macro)
                self._offers.append((f"Macro {macro.name}", about_macro(macro), run))
        if "apply_preset" in app.possible:
            for preset in await _known(backend.presets):
                run = partial(app.run_preset, preset)
                self._offers.append((f"Preset {preset.name}", preset.about, run))
        if "programs" in app.possible:
            for program in await _known(backend.commands):
                run = partial(app.run_program, program)
                self._offers.append((f"Program {program.name}", program.description, run))

    async def search(self, query: str) -> Hits:
        """Those whose name or sentence match; without a letter the actions alone are shown."""
        matcher = self.matcher(query)
        for title, about, run in self._offers:
            title, about = scrub(title), scrub(about)
            score = max(matcher.match(title), matcher.match(about))
            if score > 0:
                # What others named is nobody's markup.
                shown = matcher.highlight(title) if escape(title) == title else Content(title)
                yield Hit(score, shown, run, help=escape(about))


async def _known(ask: Callable[[], Awaitable[Sequence[T]]]) -> Sequence[T]:
    """What there is of a kind; nothing where nobody can tell now."""
    try:
        return await ask()
    except GbtermError:
        return ()


def _title(action: Action) -> str:
    return f"{action.title} ({action.shown})"
