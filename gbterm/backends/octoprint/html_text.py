"""HTML as a person reads it."""

from __future__ import annotations

from html.parser import HTMLParser

from gbterm.text import scrub

_INLINE = frozenset({"a", "b", "code", "em", "i", "small", "span", "strong", "tt", "u"})
_HTML_MAX, _TEXT_MAX = 20_000, 600


class _Words(HTMLParser):
    """Keeps the text of HTML, with a space where an element begins or ends a line."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._hidden = tag in ("script", "style")
        if tag not in _INLINE:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False
        if tag not in _INLINE:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def plain_text(html: str) -> str:
    """What a person reads of HTML, on one line, fit to be shown."""
    words = _Words()
    words.feed(html[:_HTML_MAX])
    words.close()
    return scrub(" ".join("".join(words.words).split()), _TEXT_MAX)
