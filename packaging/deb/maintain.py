#!/usr/lib/gbterm/bin/python3 -I
"""What the scripts of the Debian package ask of the printer processes that run.

`printing` says in a sentence each what is being printed on this machine, on one line; `renew` lets
those of the service that nobody would miss for a moment start anew, and says which go on as they
are; `end` ends those of the service, with what they print cancelled and the heaters off.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gbterm import jsonrpc, paths, wire
from gbterm.errors import GbtermError
from gbterm.model import PrinterState
from gbterm.text import scrub

ANSWERED_WITHIN_S = 10.0
ENDED_WITHIN_S = 60.0
"""What is printed is cancelled first, with its script."""
BOUND = re.compile(r" (/\S*/printer\.sock)$", re.MULTILINE)


def of_anybody() -> Iterator[Path]:
    """The sockets of all printer processes, also of those that users started."""
    listed = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
    yield from map(Path, sorted(set(BOUND.findall(listed))))


def of_the_service() -> Iterator[Path]:
    """Those of the service's instances, whose run directories have their names."""
    yield from sorted(paths.SERVICE_RUN.glob("*/printer.sock"))


def ask(path: Path, method: str, within_s: float, **params: object) -> Any:
    """The answer to one call. Raises OSError, or a GbtermError where it is refused."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(within_s)
        client.connect(str(path))
        client.sendall(jsonrpc.call(1, method, params).encode() + b"\n")
        with client.makefile("rb") as lines:
            for line in lines:
                answer = jsonrpc.parse(line)
                if isinstance(answer, dict) and answer.get("id") == 1:
                    if "error" in answer:
                        raise jsonrpc.exception(answer["error"])
                    return answer.get("result")
    raise ConnectionResetError(path)


def state_of(path: Path) -> tuple[str, PrinterState]:
    """What people call the printer, and what is known of it. Raises OSError and what `ask` does."""
    told = ask(path, "hello", ANSWERED_WITHIN_S)
    return str(told["name"]), wire.from_json(PrinterState, told["state"])


def what_is_printed(name: str, state: PrinterState) -> str:
    """In a sentence; empty for nothing."""
    if not state.has_print:
        return ""
    return f"{state.job.name if state.job else 'A file'} is being printed on {name}."


def why_not_now(name: str, state: PrinterState) -> str:
    """Why its process may not be restarted; empty where it may."""
    if printed := what_is_printed(name, state):
        return printed
    if state.lost_print:
        return f"{name} was stopped in the middle of {state.lost_print}, which can go on."
    heaters = (*state.nozzles, state.bed, *((state.chamber,) if state.chamber else ()))
    return f"{name} is heated." if any(heater.target for heater in heaters) else ""


def printing() -> None:
    """Print what is being printed."""
    said = []
    for path in of_anybody():
        try:
            said.append(scrub(what_is_printed(*state_of(path))))
        except (ConnectionRefusedError, FileNotFoundError):
            continue  # nobody is there any more
        except Exception:  # noqa: BLE001 - who can't be asked may print
            said.append(scrub(f"{path} doesn't answer, and may print."))
    print(*filter(None, said))


def renew() -> None:
    """Have systemd reload those that are idle, which start anew unless they print by then."""
    for path in of_the_service():
        unit = f"gbterm-printer@{path.parent.name}.service"
        try:
            why = why_not_now(*state_of(path))
        except Exception as error:  # noqa: BLE001 - an upgrade ends for nobody's answer
            why = f"{path} doesn't answer: {error}."
        if why:
            print(f"{why} {unit} has the new version once it is reloaded.")
        else:
            subprocess.run(["systemctl", "reload", unit], check=False)


def end() -> None:
    """End the service's, whatever they print."""
    for path in of_the_service():
        try:
            ask(path, "shutdown", ENDED_WITHIN_S, force=True)
        except (OSError, ValueError, GbtermError) as error:
            print(f"{path.parent.name}: {error}")


if __name__ == "__main__":
    {"printing": printing, "renew": renew, "end": end}[sys.argv[1]]()
