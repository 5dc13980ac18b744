"""What a user agrees to before something is done by name, whoever serves it."""

from __future__ import annotations

from gbterm.actions import Macro, Preset
from gbterm.errors import NeedsConfirmation
from gbterm.gcode import typed
from gbterm.model import PrinterState


def require(question: str, *, confirmed: bool) -> None:
    """Raise `NeedsConfirmation` where there is a question to which nobody has said yes."""
    if question and not confirmed:
        raise NeedsConfirmation(question)


def of_macro(macro: Macro) -> str:
    """Its own question, and what is asked of its commands where they are typed; else empty."""
    held = typed.asked(macro.gcode)
    told = f"The macro {macro.name} {held}." if held else ""
    return " ".join(filter(None, (told, macro.confirm or (told and "Run it?"))))


def of_preset(preset: Preset, state: PrinterState) -> str:
    """The question where it takes heat from a print; else empty."""
    if not state.phase.is_printing or 0.0 not in (preset.nozzle, preset.bed):
        return ""
    return f"{preset.name} turns heaters off, and the print goes on without their heat. Set it?"
