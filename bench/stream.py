"""Lines a second and dry planner, beside printcore on the same board in the same run.

Run it as `make bench`. Every figure but the processor time is the board's own (`board.c`).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crowd import crowd

HERE = Path(__file__).parent
SKIP = 2_000
"""Moves before the figures begin: a window that grows on evidence needs some to grow."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Link:
    """A wire and a board; `moves` is how many lines the file has."""

    name: str
    moves: int
    board: tuple[str, ...]
    baud: int = 250000
    window: int = 0
    """Lines in flight that gbterm is held to; 0 for what it finds by itself."""
    peer: bool = True
    crowded: bool = False
    """Whether listeners, uploads and a console share the host."""
    goal: str = ""
    long_lines: bool = False
    """Whether places are 100 mm and more and E is above 1: about 34 bytes a packed line, of which
    three fit into 127 bytes of a board's ring, where else it is 28 and four."""


LINKS = (
    Link("pty, instant ok, window of one", 40_000, (), window=1, goal="5,000 lines/s"),
    Link("pty, instant ok", 200_000, (), peer=False, goal="25,000 lines/s, 40 µs a line"),
    Link(
        "1 Mbaud, 0.5 ms, moves of 0.5 ms",
        20_000,
        ("--baud", "1000000", "--latency-us", "500", "--move-us", "500"),
        goal="1,824 lines/s, dry 3 %",
    ),
    Link(
        "250 kbaud, 1 ms, moves of 2 ms",
        8_000,
        ("--baud", "250000", "--latency-us", "1000", "--move-us", "2000"),
        goal="492 lines/s, dry 0.3 %",
    ),
    Link(
        "the same with 200 listeners, uploads of 100 MB in pieces and 64 MB in one, and a console",
        8_000,
        ("--baud", "250000", "--latency-us", "1000", "--move-us", "2000"),
        peer=False,
        crowded=True,
        goal="dry no longer than without",
    ),
    Link(
        "115.2 kbaud, 16 ms, moves of 4 ms",
        4_000,
        ("--baud", "115200", "--latency-us", "16000", "--move-us", "4000"),
        goal="177 lines/s, dry 28 %",
    ),
    Link(
        "the same with ADVANCED_OK",
        4_000,
        ("--baud", "115200", "--latency-us", "16000", "--move-us", "4000", "--advanced-ok"),
        peer=False,
        goal="dry 10 %",
    ),
    Link(
        "the same with ADVANCED_OK and longer lines (34 bytes packed)",
        4_000,
        ("--baud", "115200", "--latency-us", "16000", "--move-us", "4000", "--advanced-ok"),
        peer=False,
        goal="dry 10 %",
        long_lines=True,
    ),
)


def write_moves(path: Path, moves: int, *, long_lines: bool) -> None:
    """A file of `moves` moves, each about 35 bytes as it stands there, with its number."""
    least, least_e = (100, 1.0) if long_lines else (10, 0.1)
    with path.open("w") as file:
        for index in range(moves):
            x, y = least + index * 37 % 89999 / 1000, least + index * 53 % 89999 / 1000
            file.write(f"G1 X{x:.3f} Y{y:.3f} E{index % 899 / 1000 + least_e:.3f}\n")


@contextlib.contextmanager
def board(link: Link, port: Path) -> Iterator[subprocess.Popen[str]]:
    """The board behind `port`."""
    process = subprocess.Popen(
        [HERE / ".build/board", "--link", port, "--skip", str(SKIP), *link.board],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)


def result(process: subprocess.Popen[str], sender_cpu_s: float, link: Link) -> dict[str, float]:
    """What the board saw, with the sender's processor time in microseconds a line."""
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    seen: dict[str, float] = json.loads(process.stdout.read())
    if seen["moves"] != link.moves or seen["lost_bytes"]:
        print(f"  WRONG: {seen}", file=sys.stderr)
    return {
        "lines_s": (seen["moves"] - SKIP - 1) / seen["seconds"],
        "dry": 100 * seen["dry_seconds"] / seen["seconds"],
        "cpu_us": 1e6 * sender_cpu_s / seen["moves"],
        "ring": seen["most_in_ring"],
        "refused": seen["refused"],
        "lost": seen["lost_bytes"],
    }


def run_printcore(link: Link, python: str, root: Path, file: Path) -> dict[str, float]:
    """printcore from its start to the last line."""
    port = root / "printcore-port"
    with board(link, port) as process:
        command = [python, HERE / "printcore_sender.py", port, str(link.baud), file]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        return result(process, json.loads(said.splitlines()[-1])["cpu_seconds"], link)


def cpu_seconds(pid: int) -> float:
    """User and system time that process `pid` has used."""
    members = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(members[11]) + int(members[12])) / TICKS


def resident_mb(pid: int, which: str = "VmHWM") -> float:
    """Most memory that process `pid` ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(which):
            return int(line.split()[1]) / 1024
    return 0.0


def printer_process(name: str) -> int:
    """The printer process of the host `name`."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes()
            if b"\0host\0printer\0%b\0" % name.encode() in words:
                return int(entry.name)
    raise SystemExit("no printer process found")


@contextlib.contextmanager
def host(link: Link, root: Path, port: Path) -> Iterator[tuple[str, dict[str, str], int]]:
    """`gbterm serve` on the board; its address, the environment and its printer process."""
    environment = os.environ | {
        name: str(root / name.lower()) for name in ("XDG_STATE_HOME", "XDG_DATA_HOME")
    }
    config = root / "config/gbterm"
    config.mkdir(parents=True, exist_ok=True)
    limit = f"[printer.bench.streaming]\nwindow_lines = {link.window}\n" if link.window else ""
    (config / "config.toml").write_text(
        f'[printer.bench]\nport = "{port}"\nbaud = {link.baud}\n{limit}'
    )
    environment["XDG_CONFIG_HOME"] = str(root / "config")
    serve = subprocess.Popen(
        [sys.executable, "-m", "gbterm", "serve", "--printer", "bench", "--listen", "127.0.0.1:0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serve.stdout is not None
    ready = serve.stdout.readline().split()
    if not ready:
        raise SystemExit("gbterm serve did not start")
    try:
        yield ready[-1], environment, printer_process("bench")
    finally:
        serve.send_signal(signal.SIGTERM)
        serve.wait(30)


def run_gbterm(link: Link, root: Path, file: Path) -> dict[str, float]:
    """`gbterm serve`, with the file printed by `gbterm runfile`."""
    port = root / "gbterm-port"
    with board(link, port) as process, host(link, root, port) as (url, environment, printer):
        client = [sys.executable, "-m", "gbterm", "--url", url]
        before = cpu_seconds(printer)
        others = crowd(url, environment, root) if link.crowded else contextlib.nullcontext()
        with others:
            for command in (["runfile", file], ["waitend"]):
                subprocess.run(
                    [*client, *command], env=environment, check=True, stdout=subprocess.DEVNULL
                )
            figures = result(process, cpu_seconds(printer) - before, link)
        return figures | {"rss_mb": resident_mb(printer)}


def show(sender: str, figures: dict[str, float], goal: str = "") -> None:
    """A row of the table."""
    rss = f"{figures['rss_mb']:5.0f} MB" if "rss_mb" in figures else " " * 8
    print(
        f"  {sender:<10} {figures['lines_s']:8,.0f} lines/s  dry {figures['dry']:5.1f} %"
        f"  {figures['cpu_us']:6.1f} µs/line  {rss}  ring {figures['ring']:3.0f}"
        f"  lost {figures['lost']:.0f}  {goal}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--printcore", metavar="PYTHON", help="an interpreter that has printrun")
    parser.add_argument("--only", metavar="TEXT", default="", help="links whose name holds TEXT")
    args = parser.parse_args()
    for link in LINKS:
        if args.only not in link.name:
            continue
        print(link.name)
        with tempfile.TemporaryDirectory(prefix="gbterm-bench-") as folder:
            root = Path(folder)
            file = root / "moves.gcode"
            write_moves(file, link.moves, long_lines=link.long_lines)
            if args.printcore and link.peer:
                show("printcore", run_printcore(link, args.printcore, root, file))
            show("gbterm", run_gbterm(link, root, file), f"(goal: {link.goal})")
            time.sleep(0.2)


if __name__ == "__main__":
    main()
