"""What 1,000 lines a second cost the Console screen: on a pty at 80x24, its lines from memory.

Prints for each profile, and with lines shown and hidden, the bytes a second that the terminal gets,
the share of one processor, the memory, and how long a typed letter takes to be on the screen.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.console.terminal import Terminal

FOR_S = 20.0
LETTERS = b"M104 S215 T0"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def processor_s(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def memory_mb(pid: int) -> float:
    """Resident, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def read_for(terminal: Terminal, for_s: float) -> None:
    """Take whatever comes."""
    end = time.monotonic() + for_s
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)


def typed(terminal: Terminal) -> float:
    """The longest that a letter took to be shown, in ms."""
    longest = 0.0
    for count in range(1, len(LETTERS) + 1):
        began = time.monotonic()
        terminal.types(LETTERS[count - 1 : count])
        terminal.shows(f"Send: {LETTERS[:count].decode().strip()}")
        longest = max(longest, time.monotonic() - began)
        read_for(terminal, 0.2)
    return longest * 1000


def measure(*words: str, keys: bytes = b"") -> str:
    """One row."""
    terminal = Terminal("flooding", *words)
    try:
        terminal.shows("Dash")
        terminal.types(b"\x1b[18~")
        terminal.shows("Send:", "hidden")
        terminal.types(keys)
        read_for(terminal, 5.0)
        spent, terminal.bytes, began = processor_s(terminal.program.pid), 0, time.monotonic()
        read_for(terminal, FOR_S)
        took = time.monotonic() - began
        share = (processor_s(terminal.program.pid) - spent) / took
        rate = terminal.bytes / took
        longest = typed(terminal)
        memory = memory_mb(terminal.program.pid)
    finally:
        terminal.close()
    return f"{rate:7.0f} bytes/s  {share:6.1%} of a processor  {memory:5.0f} MB  {longest:4.0f} ms"


def main() -> None:
    """Four rows."""
    print("1,000 lines a second on the Console screen (letter: the longest of twelve)")
    for name, words, keys in (
        ("moves and oks", (), b"\x0f"),
        ("moves and oks, slow", ("slow",), b"\x0f"),
        ("moves", (), b""),
        ("all hidden", (), b"\x19"),
    ):
        print(f"  {name:20} {measure(*words, keys=keys)}", flush=True)


if __name__ == "__main__":
    main()
