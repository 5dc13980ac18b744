"""The card: M20 to M25, M27 to M30, M524, and how a print from it ends.

As of a build without PARK_HEAD_ON_PAUSE and without EVENT_GCODE_SD_ABORT: a pause leaves the head
where it is, and a cancel homes nothing.
"""

from __future__ import annotations

from gbterm.simulator.card import Card, short_path
from gbterm.simulator.commands.heating import start_job
from gbterm.simulator.commands.table import Handler, silent
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine

CANCEL = "M524"
FILE_PRINTED = "M1001"
"""What Marlin queues behind the last line of the file."""


def _mounted(machine: Machine) -> Card | None:
    card = machine.card
    return card if card is not None and card.is_mounted else None


def list_files(machine: Machine, command: Command) -> None:
    """M20; with L their long names, too."""
    card = _mounted(machine)
    if card is None:
        machine.say("echo:No media")
        return
    machine.say("Begin file list")
    for path, name, size in card.listed():
        long = f" {'/' if '/' in path else ''}{name or '???'}" if command.seen("L") else ""
        machine.say(f"{path} {size}{long}")
    machine.say("End file list")


def mount(machine: Machine, _command: Command) -> None:
    """M21."""
    is_in = machine.card is not None and machine.card.mount()
    machine.say("echo:SD card ok" if is_in else "echo:No SD card")


def release(machine: Machine, _command: Command) -> None:
    """M22."""
    if machine.card is not None:
        machine.card.is_mounted = False


def select(machine: Machine, command: Command) -> None:
    """M23."""
    name = command.text.strip()
    card = _mounted(machine)
    if machine.card is not None and card is None:
        return
    machine.say(f"echo:Now fresh file: {name}")
    if card is None or not card.open(name):
        machine.say(f"open failed, File: {name}.")
        return
    shown = name.rpartition("/")[2]
    machine.say(f"File opened: {shown} Size: {card.size}", "File selected")
    machine.notify(shown)


def delete(machine: Machine, command: Command) -> None:
    """M30."""
    card, name = _mounted(machine), command.text.strip()
    if card is None or not card.delete(name):
        machine.say(f"Deletion failed, File: {name}.")
    else:
        machine.say(f"File deleted:{name}")


def go(machine: Machine, _command: Command) -> None:
    """M24: starts the selected file, and goes on after a pause."""
    card = machine.card
    if card is None or not card.name:
        return
    card.printing = True
    start_job(machine)
    machine.prompts.action("resume")


def pause(machine: Machine, _command: Command) -> None:
    """M25: what was read is still executed."""
    if machine.card is not None and machine.card.printing:
        machine.card.printing = False
        machine.job.halt(machine.now, pause=True)
        machine.prompts.action("paused")


def status(machine: Machine, command: Command) -> None:
    """M27; C names the open file, S reports by itself."""
    card = machine.card or Card({})
    seconds = command.value("S")
    if command.seen("C"):
        machine.say(f"Current file: {_current(card)}")
    elif seconds is not None:
        machine.card_reports.set(max(seconds, 0.0), machine.now)
    else:
        machine.say(card.status())


def write(machine: Machine, command: Command) -> None:
    """M28: from here on lines go to the file, until M29; with B1 packets are understood."""
    name, card = command.text.strip(), _mounted(machine)
    if machine.variant.binary_transfer and name.startswith("B1"):
        machine.binary.is_on = True
        machine.say("echo:Switching to Binary Protocol")
        return
    machine.say(f"echo:Now fresh file: {name}")
    if card is None or not card.create(name):
        machine.say(f"open failed, File: {name}.")
        return
    machine.say(f"Writing to file: {name}")


def _current(card: Card) -> str:
    name = card.name.rpartition("/")[2]
    return f"{short_path(card.name)} {name}" if name else "(no file)"


def cancel(machine: Machine, _command: Command) -> None:
    """M524: a print that goes ends at once and cold; of a paused one, only the file is closed."""
    card = machine.card
    if card is None:
        return
    if card.printing:
        machine.planner.stop(machine.now)
        machine.heaters.all_off()
        machine.fans = [0] * len(machine.fans)
        machine.waiting_for_heat = False
        machine.job.halt(machine.now, pause=False)
    card.close()


def printed(machine: Machine, _command: Command) -> None:
    """M1001."""
    machine.job.halt(machine.now, pause=False)
    machine.say("Done printing file")


COMMANDS = {
    "M20": Handler(list_files),
    "M21": Handler(mount),
    "M22": Handler(release),
    "M23": Handler(select),
    "M24": Handler(go),
    "M25": Handler(pause),
    "M27": Handler(status),
    "M28": Handler(write),
    "M29": Handler(silent),
    "M30": Handler(delete),
    CANCEL: Handler(cancel),
    FILE_PRINTED: Handler(printed),
}
