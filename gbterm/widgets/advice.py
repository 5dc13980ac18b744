"""Why nothing moves by hand now, or how it is done."""

from __future__ import annotations

from textual.reactive import reactive

from gbterm.keymap import key_of
from gbterm.model import Phase, PrinterState
from gbterm.widgets.panel import Line, Panel, wrapped

COLD_C = 170.0
"""Below it Marlin moves no filament, where its EXTRUDE_MINTEMP is the usual one."""
PAUSED = "Resume brings the head back to the print. Z is not homed over it."
FREE = "A held key stops within a second. Before it is homed, nothing stops the head at its ends."


class Advice(Panel):
    """A few sentences."""

    text: reactive[str] = reactive("", repaint=False)

    def watch_text(self) -> None:
        """There is other advice."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Five at most."""
        return wrapped(self.text, width, 5)


def advice(state: PrinterState, tool: int, busy: str) -> str:
    """What a person should know of moving the head, and filament through nozzle `tool`."""
    how = PAUSED if state.phase is Phase.PAUSED else FREE
    return why_nothing_moves(state, busy) or f"{why_no_filament(state, tool)} {how}".strip()


def why_nothing_moves(state: PrinterState, busy: str) -> str:
    """In a sentence; empty where the head can be moved. `busy` is what must end first."""
    if state.phase is Phase.ERROR:
        return "Nothing moves before the error is cleared."
    is_paused = state.phase is Phase.PAUSED
    if (state.phase.is_printing and not is_paused) or state.phase is Phase.STARTING:
        return "Nothing is moved by hand during a print: pause or end it first."
    if state.phase is not Phase.READY and not is_paused:
        return "Nothing moves before the printer is connected."
    if busy:
        return f"{busy}; the next move can begin after it."
    if state.homing_demanded:
        axes = ", ".join(state.homing_demanded)
        return f"The board moves {axes} only once homed: {key_of('home')} homes."
    return ""


def why_no_filament(state: PrinterState, tool: int) -> str:
    """In a sentence; empty where nozzle `tool` is hot enough, or nobody knows."""
    current = state.nozzles[tool].current
    if current is None or current >= COLD_C:
        return ""
    return (
        f"Nozzle {tool + 1} is too cold to move filament, which takes {COLD_C:.0f} °C:"
        f" {key_of('temperature')} heats it."
    )
