"""What is known of a file of the library."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from gbterm.files import GcodeFile
from gbterm.text import scrub
from gbterm.widgets.panel import Line, Panel, wrapped
from gbterm.widgets.words import duration, size


class FileDetails(Panel):
    """Name, size and what the slicer said; `note` where there is no file."""

    file: reactive[GcodeFile | None] = reactive(None, repaint=False)
    note: reactive[str] = reactive("", repaint=False)

    def watch_file(self) -> None:
        """Another file is selected."""
        self.redraw()

    def watch_note(self) -> None:
        """There is another reason for there being no file."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Three lines, more where the slicer said more."""
        file = self.file
        if file is None:
            return wrapped(self.note, width, 4)
        facts = f"{size(file.size)} ({file.size} bytes), uploaded {scrub(file.uploaded[:19])}"
        lines = [*wrapped(Content.styled(scrub(file.name), "bold"), width, 2)]
        return lines + wrapped(facts, width, 2) + wrapped(_sliced(file), width, 3)


def _sliced(file: GcodeFile) -> str:
    facts = (
        ("material", scrub(file.print_material)),
        ("quality", scrub(file.print_quality)),
        ("extruders", scrub(file.print_extruders)),
        ("print time", duration(file.print_time_sec) if file.print_time_sec else ""),
        ("filament", f"{file.print_filament_mm / 1000:.1f} m" if file.print_filament_mm else ""),
        ("weight", f"{file.print_material_gm} g" if file.print_material_gm else ""),
    )
    return ", ".join(f"{name} {value}" for name, value in facts if value)
