"""How well it is told when a print is done, beside the slicer and OctoPrint on the same files.

The simulated board plans its moves for itself, in time of its own: hours of it take seconds.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import tempfile
from pathlib import Path

from gbterm.gcode.metadata import read_metadata
from gbterm.widgets.words import band, duration
from tests.followed_print import BOX, Followed
from tests.octoprint.live import OCTOPRINT

DATA = Path(__file__).parents[1] / "tests/data/gcode"
_MINUTES = re.compile(r"total_time: ([\d.]+)")


def files(folder: Path) -> list[Path]:
    """Prints of three slicers' settings: of minutes, and of hours."""
    packed = sorted(DATA.glob("*.gz"))
    for path in packed:
        (folder / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return [BOX, *(folder / path.stem for path in packed)]


def by_octoprint(path: Path) -> float:
    """What its analysis of the file's moves says, in seconds."""
    command = [str(OCTOPRINT), "analysis", "gcode", str(path)]
    told = _MINUTES.search(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    if told is None:
        raise SystemExit(f"OctoPrint told no time for {path.name}")
    return 60 * float(told[1])


def off(foretold_s: float, took_s: float) -> str:
    """By how much a forecast was wrong."""
    return f"{duration(foretold_s)} ({100 * (foretold_s / took_s - 1):+.1f} %)"


def measure(path: Path) -> None:
    """Print it, and how wrong everybody was."""
    print_ = Followed(path).run()
    first, later = print_.told[0], list(print_.since(0.25))
    held = sum(map(print_.is_held, print_.told)) / len(print_.told)
    worst = max(map(print_.error, later))
    print(f"{path.name}: took {duration(print_.took_s)}", flush=True)
    between = band(first.low_s, first.high_s)
    print(f"  foretold at its start {off(first.left_s, print_.took_s)}, {between}")
    print(f"  from a quarter on at most {100 * worst:.1f} % of it off (goal: 5 %)")
    print(f"  the band true for {held:.1%} of the time (goal: 100 %)")
    moves_s = print_.took_s - print_.waited_s
    words = {
        "gbterm": print_.outlook.timetable.moves_s,
        "slicer": read_metadata(path).details.time_s,
        "OctoPrint": by_octoprint(path),
    }
    told = "  ".join(f"{who} {off(s, moves_s)}" for who, s in words.items() if s)
    print(f"  without heating and homing {duration(moves_s)}: {told}", flush=True)


def main() -> None:
    """Each of them."""
    with tempfile.TemporaryDirectory(prefix="gb-") as folder:
        for path in files(Path(folder)):
            measure(path)


if __name__ == "__main__":
    main()
