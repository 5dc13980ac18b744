"""What is known of a file of the library."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from gbterm.files import SD, GcodeFile
from gbterm.files import FileDetails as Details
from gbterm.text import scrub
from gbterm.widgets.file_list import Entry, Folder, print_time_s
from gbterm.widgets.panel import Line, Panel, wrapped
from gbterm.widgets.words import duration, foretold, size

_ROOMY = 76
_HEIGHT, _NARROW_HEIGHT = 5, 7


class FileDetails(Panel):
    """Name, size and what the slicer said; `note` where there is no file.

    Its height is always the same: a list that one goes through must not jump.
    """

    entry: reactive[Entry | None] = reactive(None, repaint=False)
    note: reactive[str] = reactive("", repaint=False)

    def watch_entry(self) -> None:
        """Another file is selected."""
        self.redraw()

    def watch_note(self) -> None:
        """There is another reason for there being no file."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """As many as ever, blank ones at the end."""
        height = _HEIGHT if width >= _ROOMY else _NARROW_HEIGHT
        lines = self._lines(width, height)[:height]
        return lines + [""] * (height - len(lines))

    def _lines(self, width: int, height: int) -> list[Line]:
        entry = self.entry
        if entry is None:
            return wrapped(self.note, width, height)
        if isinstance(entry, Folder):
            name = Content.styled(f"{scrub(entry.path)}/", "bold")
            what = "The printer's SD card" if entry.path == SD else "A folder"
            about = f"{what}: Enter opens it, Backspace goes back."
            return [*wrapped(name, width, 2), *wrapped(about, width, 2)]
        lines = wrapped(Content.styled(scrub(entry.path), "bold"), width, 2)
        stored = f"{size(entry.size)} ({entry.size} bytes), uploaded {scrub(entry.uploaded[:19])}"
        lines += wrapped(stored, width, 2)
        told = ", ".join(fact for fact in _facts(entry) if fact)
        return lines + wrapped(told or _SILENT, width, max(1, height - len(lines)))


_SILENT = "Its slicer said nothing of it."


def _facts(file: GcodeFile) -> list[str]:
    """What the slicer said, each in words; empty for what it didn't."""
    details = file.details
    height, layers = details.layer_height_mm, details.layers
    metres = (details.filament_mm or file.print_filament_mm) / 1000
    grams = details.filament_g or file.print_material_gm
    tools = ", ".join(str(tool + 1) for tool in details.tools) or scrub(file.print_extruders)
    time_s = print_time_s(file)
    return [
        _estimate(details),
        f"print time {duration(time_s)} by its slicer" if time_s else "",
        _word("material", file.print_material or details.material),
        f"{layers} layers" if layers else "",
        f"layers of {height:g} mm" if height else "",
        f"filament {metres:.1f} m" if metres else "",
        f"weight {round(grams, 1):g} g" if grams else "",
        _space(details),
        f"nozzle {tools}" if tools else "",
        _word("quality", file.print_quality),
        _word("sliced by", details.slicer),
    ]


def _estimate(details: Details) -> str:
    """How long it takes on this printer."""
    if details.estimate_s is None:
        return ""
    low, high = details.estimate_low_s, details.estimate_high_s
    told = foretold(details.estimate_s, low, high, details.estimate_from)
    return f"takes {told} here"


def _word(what: str, value: str) -> str:
    return f"{what} {scrub(value)}" if value else ""


def _space(details: Details) -> str:
    """Size and place of what is printed."""
    low, high = details.low_mm, details.high_mm
    if len(low) < 3 or len(high) < 3:
        return ""
    sides = " x ".join(f"{b - a:.1f}" for a, b in zip(low[:3], high[:3], strict=True))
    return f"{sides} mm from X {low[0]:.1f} Y {low[1]:.1f} to X {high[0]:.1f} Y {high[1]:.1f}"
