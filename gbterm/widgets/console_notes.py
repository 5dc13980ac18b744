"""What the Console screen says below its lines: what is hidden, and how a command is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive

from gbterm.gcode.codes import Code, code_of
from gbterm.gcode.policy import Action, judge
from gbterm.gcode.typed import in_capitals
from gbterm.keymap import BY_NAME
from gbterm.model import Firmware
from gbterm.widgets.panel import Line, Panel, wrapped


def usage() -> tuple[Line, ...]:
    """What one can do besides typing."""
    leave, back, on, last = map(_key, ("browse", "scroll_back", "scroll_on", "follow"))
    return (
        "Tab completes a command, Up and Down bring back what was typed before.",
        f"{leave} leaves this line, so that letters are keys; Enter returns to it.",
        f"{back} and {on} move in the lines above, {last} goes to the last one.",
    )


def _key(action: str) -> str:
    return BY_NAME[action].shown


@dataclass(frozen=True, slots=True)
class Place:
    """How the lines are shown, and where one is in them."""

    hidden: frozenset[str] = frozenset()
    """The actions that hid lines."""
    is_raw: bool = False
    is_wrapping: bool = False
    below: int = 0
    sought: str = ""
    found: int = 0
    at: int = 0
    """Which one of those found, from 1."""


_FILTERS = (
    ("hide_ok", "ok"),
    ("hide_temperatures", "temperatures/positions"),
    ("hide_moves", "moves"),
)


class LogStatus(Panel):
    """On the left what is hidden of the lines, on the right where one is in them."""

    place: reactive[Place] = reactive(Place(), repaint=False)

    def watch_place(self) -> None:
        """Another place, or other lines are hidden."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """One line; the right goes first, for it tells what one does not see."""
        right = Content(self._where()).truncate(width, ellipsis=True)
        room = max(0, width - right.cell_length - 2)
        left = next((text for text in self._hidden() if len(text) <= room), "")
        gap = " " * (width - len(left) - right.cell_length)
        return [Content.assemble(left, gap, (right.plain, "bold")).stylize("underline")]

    def _hidden(self) -> tuple[str, ...]:
        """From the longest way to say it to the shortest."""
        place = self.place
        ways = [
            (_key(action), name)
            for action, name, is_so in (
                ("raw_lines", "raw", place.is_raw),
                ("wrap_lines", "wrapped", place.is_wrapping),
            )
            if is_so
        ]
        filters = [
            (_key(action), f"{name} {'hidden' if action in place.hidden else 'shown'}")
            for action, name in _FILTERS
        ]
        hidden = [name for action, name in _FILTERS if action in place.hidden]
        brief = f"hidden: {', '.join(hidden)}" if hidden else "nothing hidden"
        return ("  ".join(f"{key} {what}" for key, what in filters + ways), brief)

    def _where(self) -> str:
        place = self.place
        texts = []
        if place.sought:
            texts.append(f"match {place.at} of {place.found}" if place.found else "no match")
        if place.below:
            texts.append(f"{place.below} below, {_key('follow')}: last")
        return "  ".join(texts)


class CommandHelp(Panel):
    """Completions of what is typed, then its parameters; or what came of the last command."""

    advice: reactive[tuple[Line, ...]] = reactive((), repaint=False)

    def watch_advice(self) -> None:
        """Something else is to be said."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """As many as there is room for."""
        height = max(1, self.content_size.height)
        lines: list[Line] = []
        for text in self.advice:
            if len(lines) < height:
                lines += wrapped(text, width, height - len(lines))
        return lines + [""] * (height - len(lines))


def advice(text: str, codes: Sequence[Code], firmware: Firmware) -> tuple[Line, ...]:
    """What helps somebody who has typed `text`, which may become one of `codes`."""
    if not text.strip():
        return usage()
    code, names = code_of(text), [code.name for code in codes]
    if names and (code is None or (text.strip().upper() in names and len(names) > 1)):
        return _choices(text, codes)
    known = _described(code) if code else Content("No help for this command; check what it does.")
    remark = _remark(text, firmware)
    return (known, Content.styled(remark, "bold")) if remark else (known,)


def _choices(text: str, codes: Sequence[Code]) -> tuple[Line, ...]:
    """Those from the chosen one on, and how many there are besides."""
    names = [code.name for code in codes]
    here = names.index(text) if text in names else 0
    shown = codes[here : here + 2] if len(codes) > 3 else codes
    lines: list[Line] = [_described(code, code.name == text) for code in shown]
    others = [name for name in names if name not in [code.name for code in shown]]
    if others:
        lines.append(f"Tab: also {' '.join(others)}")
    return tuple(lines)


def _described(code: Code, is_chosen: bool = False) -> Content:
    name = (code.name, "bold reverse" if is_chosen else "bold")
    parameters = f" {code.parameters}" if code.parameters else ""
    return Content.assemble(name, parameters, f"  {code.help}")


def _remark(text: str, firmware: Firmware) -> str:
    """What the host does with it otherwise than to send it."""
    verdict = judge(in_capitals(text.strip()), firmware)
    if verdict.action is Action.ASKED:
        return f"Asks before it is sent: it {verdict.reason}."
    return "" if verdict.action is Action.SENT else f"It is not sent: it {verdict.reason}."
