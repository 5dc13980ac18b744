"""What the console costs: bytes at the pty, time, memory and processor, at 80x24 in 16 colours.

A simulated board prints at its own speed; host and console are real ones. The first paint is timed
beside the smallest app that Textual knows, in turns.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

from tests.console.terminal import Terminal
from tests.endtoend.house import GBTERM, House, built

FOR_S = 30.0
STARTS = 7
SMALLEST = """
import sys
from textual.app import App
from textual.widgets import Static

class Smallest(App):
    def compose(self):
        yield Static("ready")

Smallest().run()
"""
TICK = os.sysconf("SC_CLK_TCK")
BOX = Path(__file__).parents[1] / "gbterm/data/box.gcode"


def console(house: House, *words: str) -> Terminal:
    """`gbterm` on the host of the house."""
    return Terminal(command=(*GBTERM, "--port", str(house.tty), *words), **house.environment)


def seconds_to_show(terminal: Terminal, text: str) -> float:
    """From the start of its program until `text` is on the screen."""
    began = time.monotonic()
    terminal.shows(text)
    took_s = time.monotonic() - began
    terminal.close()
    return took_s


def processor_s(pid: int) -> float:
    """What a process used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid: int) -> float:
    """The most that a process had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3


def watched(terminal: Terminal) -> tuple[float, float]:
    """Bytes a second, and the share of a core in percent, of a dashboard while printing."""
    terminal.rests(0.2)
    terminal.bytes, before, began = 0, processor_s(terminal.program.pid), time.monotonic()
    while (passed := time.monotonic() - began) < FOR_S:
        terminal.read(FOR_S - passed)
    used_s = processor_s(terminal.program.pid) - before
    return terminal.bytes / FOR_S, 100 * used_s / FOR_S


def row(what: str, figure: str, goal: str) -> None:
    """Print it."""
    print(f"  {what:<44} {figure:>24}  (goal: {goal})", flush=True)


def bytes_of(house: House) -> None:
    """The rows about bytes, memory and processor."""
    for profile, option, goal in (("slow", "--slow", 300), ("ordinary", "--no-slow", 1000)):
        terminal = console(house, option)
        terminal.shows("[F2 Dash", "EXECUTING")
        first = terminal.costs(0.3)
        rate, share = watched(terminal)
        row(f"dashboard while printing, {profile}", f"{rate:,.0f} bytes/s", f"at most {goal:,}")
        row("  of one core", f"{share:.1f} %", "under 3 %")
        if profile == "slow":
            row("first paint", f"{first:,} bytes", "at most 10,000")
            changes = [(spent, start, goal) for start, goal, spent in terminal.tour()]
            spent, start, goal = max(changes)
            row(f"dearest change, {start} to {goal}", f"{spent:,} bytes", "at most 6,000")
        row("  memory", f"{memory_mb(terminal.program.pid):.0f} MB", "at most 90")
        terminal.close()


def first_paint(house: House) -> None:
    """The row about time."""
    ours, smallest = [], []
    for _ in range(STARTS):
        ours.append(seconds_to_show(console(house), "[F2 Dash"))
        command = (sys.executable, "-c", SMALLEST)
        smallest.append(seconds_to_show(Terminal(command=command), "ready"))
    ours_s, smallest_s = statistics.median(ours), statistics.median(smallest)
    row(
        "first paint beside Textual's smallest app",
        f"{ours_s:.2f} s / {smallest_s:.2f} s = {ours_s / smallest_s:.2f}",
        "at most 1.5",
    )


def main() -> None:
    """Print the rows."""
    os.environ["GBTERM_PICTURES"] = "none"
    # What is installed is compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with built() as house:
        house.start_print(BOX, speed=1)
        print("console, 80x24 in 16 colours, while a simulated board prints")
        first_paint(house)
        bytes_of(house)


if __name__ == "__main__":
    main()
