"""The rules of Textual's style sheet, parsed once and not whenever a screen is seen first."""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

Parsed = LRUCache[tuple[object, ...], list[RuleSet]]
MOST = 512
"""Classes of widgets with styles of their own, and files."""
_PARSED: dict[tuple[tuple[str, str], ...], Parsed] = {}
"""By the variables that they were parsed with: those of a theme."""


class ParsedOnce(Stylesheet):
    """Parses each text once for each theme, and nothing where nothing was added.

    Textual parses all of them twice for each screen that is shown for the first time.
    """

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache = _parsed(variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take those of another theme."""
        if variables == self._variables:
            return
        self._parse_cache = LRUCache(1)  # which is emptied now, instead of what is kept
        super().set_variables(variables)
        self._parse_cache = _parsed(variables)
        self._require_parse = True

    def reparse(self) -> None:
        """Parse what was added, or all where the variables changed.

        Raises what `Stylesheet.parse` does, and then leaves the rules as they were.
        """
        if self._require_parse:
            self.parse()


def _parsed(variables: dict[str, str]) -> Parsed:
    return _PARSED.setdefault(tuple(sorted(variables.items())), LRUCache(MOST))
