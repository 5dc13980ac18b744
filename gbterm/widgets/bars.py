"""The top line, which says where one is, and the bottom line, which says what one can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from gbterm.keymap import actions_of, screens
from gbterm.keymap.action import Action, Footer
from gbterm.text import scrub
from gbterm.widgets.panel import Line, Panel
from gbterm.widgets.slices import Status

NARROW = 60
"""Columns below which the screen is laid out in one column."""
LOW = 16
"""Rows below which dialogs go without blank lines."""


KEPT = ("estop", "help", "stop_selected", "quit")
"""The actions that the bottom line names however narrow it is."""

_DEAR = 2


class TopBar(Widget):
    """The screens with their keys, this one in brackets; on the right printer and state."""

    status: reactive[Status] = reactive(Status())

    def __init__(self, printer: str, screen: str) -> None:
        super().__init__()
        self.printer = scrub(printer)
        self.here = screen

    def render(self) -> Content:
        """One line; what does not fit is left out, the state last."""
        width, state = self.content_size.width, self._state
        both = f"{self.printer}  {state}"
        brief, keys = self._tabs(short), self._tabs(key_alone)
        lost = ((self._tab, state), (self._tab, self._age)) if self.status.fresh.is_old else ()
        for tabs, spelt in (
            *((self._tabs(in_full), both), (brief, both), (brief, state)),
            *((keys, both), (keys, state), *lost),
        ):
            gap = width - tabs.cell_length - Content(spelt).cell_length
            if gap >= 1:
                return Content.assemble(tabs, " " * gap, (spelt, "bold"))
        return keys

    @property
    def _state(self) -> str:
        return ", ".join(filter(None, (self.status.title, self.status.fresh.heard)))

    @property
    def _age(self) -> str:
        """The same where there is little room."""
        age = self.status.fresh.age
        return f"{self.status.title}, {age} old" if age else self.status.title

    @property
    def _tab(self) -> Content:
        """This screen alone: that readings are old matters more than the way to others."""
        here = next(tab for tab in screens() if tab.name == self.here)
        return Content.styled(f"[{short(here)}]", "bold reverse")

    def _tabs(self, named: Callable[[Action], str]) -> Content:
        """Those of other screens as `named`, this one's never by its key alone."""
        return Content(" ").join(
            Content.styled(f"[{in_full(tab) if named is in_full else short(tab)}]", "bold reverse")
            if tab.name == self.here
            else Content.styled(named(tab), Style.from_meta({"@click": f"app.{tab.does}"}))
            for tab in screens()
        )


def in_full(tab: Action) -> str:
    """A screen with its key."""
    return f"{tab.shown} {tab.title}"


def short(tab: Action) -> str:
    """The same in few letters."""
    return f"{tab.shown} {tab.tab}"


def key_alone(tab: Action) -> str:
    """Its key."""
    return tab.shown


class KeyBar(Panel):
    """The keys of this screen; an action that is not possible now stands in parentheses."""

    possible: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)
    titles: reactive[dict[str, str]] = reactive({}, repaint=False)
    """What stands in place of the titles of these actions."""

    def __init__(self, screen: str) -> None:
        super().__init__()
        self._screen = screen

    def watch_possible(self) -> None:
        """A key became possible or impossible."""
        self.redraw()

    def watch_titles(self) -> None:
        """They tell of something else."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """One line, two or three on a narrow screen; where they don't hold all, the dearest stay.

        The palette goes first, for the help names it; a third line is for what is possible alone.
        """
        shown = [a for a in actions_of(self._screen) if self._is_named(a)]
        may_go = [a for a in reversed(shown) if a.name not in KEPT]
        for action in sorted(may_go, key=self._dearness):
            dear = self._dearness(action) == _DEAR
            if len(self._rows(shown, width)) <= (1 if width >= NARROW else 3 if dear else 2):
                break
            shown.remove(action)
        return list(self._rows(shown, width))

    def _is_named(self, action: Action) -> bool:
        if action.footer is Footer.POSSIBLE:
            return action.name in self.possible
        return action.footer is Footer.ALWAYS

    def _dearness(self, action: Action) -> int:
        if action.name == "palette":
            return 0
        return _DEAR if action.name in self.possible else 1

    def _rows(self, actions: Sequence[Action], width: int) -> list[Content]:
        rows = [Content("")]
        for action in actions:
            key = self._key(action)
            if rows[-1].cell_length and rows[-1].cell_length + key.cell_length > width:
                rows.append(Content(""))
            rows[-1] += key
        return rows

    def _key(self, action: Action) -> Content:
        title = self.titles.get(action.name, action.title)
        if action.name not in self.possible:
            return Content.styled(f"({action.shown} {title})", "dim")
        namespace = "screen" if action.screen else "app"
        click = Style.from_meta({"@click": f"{namespace}.{action.does}"})
        key_style = Style(reverse=True, bold=action.priority)
        return Content.assemble(" ", (action.shown, key_style + click), (f" {title} ", click))
