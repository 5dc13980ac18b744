"""What is told of the files of a library, and of the disks that hold them."""

from __future__ import annotations

from dataclasses import dataclass

from gbterm.text import scrub

LONGEST_NAME = 60
"""Characters, of which none has more than four bytes: most filesystems take 255."""
SD = "SD:"
"""The folder of the files on a printer's own card."""


@dataclass(frozen=True, slots=True)
class FileDetails:
    """What a G-code file says of itself; what it doesn't is empty or None.

    `low_mm` and `high_mm` are the corners (x, y, z) of the space that it prints in, `tools` the
    nozzles that print, from 0.
    """

    slicer: str = ""
    material: str = ""
    quality: str = ""
    layer_height_mm: float | None = None
    layers: int | None = None
    time_s: float | None = None
    filament_mm: float | None = None
    filament_g: float | None = None
    tools: tuple[int, ...] = ()
    low_mm: tuple[float, ...] = ()
    high_mm: tuple[float, ...] = ()
    estimate_s: float | None = None
    """How long it takes on the printer that is asked, between the next two, and by whose word: see
    `Job.left_from`. Of another printer it may be another."""
    estimate_low_s: float | None = None
    estimate_high_s: float | None = None
    estimate_from: str = ""


@dataclass(frozen=True, slots=True)
class GcodeFile:
    """A file of the library; times in seconds, lengths in mm, weights in g, `size` in bytes."""

    id: int
    name: str
    size: int
    uploaded: str
    """`YYYY-MM-DD HH:MM:SS.ffffff`, as OpenGB gives it."""
    print_material: str = ""
    print_quality: str = ""
    print_extruders: str = ""
    print_time_sec: int = 0
    print_filament_mm: int = 0
    print_material_gm: int = 0
    thumbnail_png_base64: str = ""
    details: FileDetails = FileDetails()
    """Beyond OpenGB's eleven fields."""
    folder: str = ""
    """Where it lies, names with `/` between them; empty at the top, and where there are none."""

    @property
    def path(self) -> str:
        """Its name behind its folder's."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file on a printer's own card."""

    path: str
    """From the top of the card, in the short names by which its board opens it: `/SUB/A~1.GCO`."""
    size: int = 0
    """In bytes; 0 where the board doesn't tell."""
    name: str = ""
    """Its long name, where the board tells one."""

    @property
    def shown(self) -> str:
        """What a person calls it."""
        return self.name or self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class SelectedFile:
    """The file that a server would print if somebody told it to start."""

    path: str
    """Its name behind its folder's."""
    size: int = 0
    """In bytes; 0 where the server doesn't tell."""
    time_s: float | None = None
    """How long it takes, as far as somebody worked that out."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """How full a disk is; `free_bytes` are those that its users may still write."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class FileLayers:
    """Layers of a file, from number `first` on: for each where it begins and what it takes.

    `z_mm` is where a layer first prints, None where it doesn't; `line` is its first, from 1;
    `offset` and `size` are in bytes; `filament_mm` is what it feeds.
    """

    layers: int
    """How many there are in all."""
    first: int = 1
    z_mm: tuple[float | None, ...] = ()
    line: tuple[int, ...] = ()
    offset: tuple[int, ...] = ()
    size: tuple[int, ...] = ()
    filament_mm: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Toolpath:
    """Moves without a gap, all of one kind: `extrude` or `travel`; tools count from 0."""

    kind: str
    tool: int
    points: tuple[float, ...]
    """X, Y, X, Y … in mm."""


@dataclass(frozen=True, slots=True)
class LayerGeometry:
    """What a layer draws, seen from above."""

    layer: int
    z_mm: float | None = None
    paths: tuple[Toolpath, ...] = ()
    thinned: bool = False
    """Whether points were left out that were too many."""
    cut: bool = False
    """Whether the layer was too large to be read to its end."""


def nozzles_named(tools: tuple[int, ...]) -> str:
    """Tools, from 0, as OpenGB words `print_extruders` for its two nozzles."""
    if tools == (0, 1):
        return "Both"
    numbers = ", ".join(str(tool + 1) for tool in tools)
    return f"Nozzle{'s' * (len(tools) > 1)} {numbers}" if tools else ""


def local_name(name: str) -> str:
    """What a file of a library is called on this computer; it names no folder, and isn't hidden."""
    clean = "".join("_" if char in "/\\" else char for char in scrub(name))
    return clean[-LONGEST_NAME:].strip().lstrip(".-") or "file.gcode"
