"""The palette: the actions of the key map by name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from gbterm.keymap import BY_NAME
from gbterm.keymap.action import Action
from gbterm.keymap.chosen import AT_ONCE
from gbterm.screens.base import Console


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


def _title(action: Action) -> str:
    return f"{action.title} ({action.shown})"
