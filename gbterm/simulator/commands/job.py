"""The job timer, messages, progress, cancelled objects."""

from __future__ import annotations

import re

from gbterm.simulator.commands.heating import start_job
from gbterm.simulator.commands.table import FULL, Handler, silent
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine

_M118_FLAG = re.compile(r"(?:([AE])1|P\d) *")


def _spell(seconds: int) -> str:
    """As Marlin's duration_t: "1d 2h 3m 4s" without what is zero in front."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = [f"{days}d", f"{hour}h", f"{minute}m", f"{second}s"]
    values = [days, hour, minute]
    while values and not values[0]:
        values.pop(0)
        parts.pop(0)
    return " ".join(parts)


def print_time(machine: Machine, _command: Command) -> None:
    """M31."""
    spelled = _spell(machine.job.duration(machine.now))
    machine.notify(spelled)
    machine.say(f"echo:Print time: {spelled}")


def start(machine: Machine, _command: Command) -> None:
    """M75."""
    start_job(machine)


def pause(machine: Machine, _command: Command) -> None:
    """M76."""
    machine.job.halt(machine.now, pause=True)


def stop(machine: Machine, _command: Command) -> None:
    """M77."""
    machine.job.halt(machine.now, pause=False)


def statistics(machine: Machine, _command: Command) -> None:
    """M78."""
    machine.say(
        "Stats: Prints: 0, Finished: 0, Failed: 0",
        "Stats: Total time: 0s, Longest job: 0s",
        "Stats: Filament used: 0.00m",
    )


def message(machine: Machine, command: Command) -> None:
    """M117."""
    if command.text:
        machine.notify(command.text)
    else:
        machine.reset_status()


def echo(machine: Machine, command: Command) -> None:
    """M118; A1, E1 and P choose the form, at most three of them."""
    text, flags = command.text, set()
    for _ in range(3):
        found = _M118_FLAG.match(text)
        if found is None:
            break
        flags.add(found[1])
        text = text[found.end() :]
    prefix = ("echo:" if "E" in flags else "") + ("//" if "A" in flags else "")
    machine.say(prefix + text)


def objects(machine: Machine, command: Command) -> None:
    """M486: what clears the active object shows the status."""
    if command.seen("T"):
        machine.reset_status()
    number = command.value("S")
    if number is not None and number < 0:
        machine.reset_status()


COMMANDS = {
    "M31": Handler(print_time),
    "M73": Handler(silent, FULL),
    "M75": Handler(start),
    "M76": Handler(pause),
    "M77": Handler(stop),
    "M78": Handler(statistics, FULL),
    "M117": Handler(message),
    "M118": Handler(echo),
    "M300": Handler(silent),
    "M486": Handler(objects, FULL),
}
