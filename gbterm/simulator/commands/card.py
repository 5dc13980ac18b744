"""Printing from the card: M20, M21, M23, M24, M25, M27, M524, and how such a print ends.

As of a build without PARK_HEAD_ON_PAUSE and without EVENT_GCODE_SD_ABORT: a pause leaves the head
where it is, and a cancel homes nothing.
"""

from __future__ import annotations

from gbterm.simulator.card import Card
from gbterm.simulator.commands.heating import start_job
from gbterm.simulator.commands.table import Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine

CANCEL = "M524"
FILE_PRINTED = "M1001"
"""What Marlin queues behind the last line of the file."""


def list_files(machine: Machine, _command: Command) -> None:
    """M20."""
    card = machine.card
    files = card.files.items() if card else ()
    machine.say("Begin file list", *(f"{name} {len(data)}" for name, data in files))
    machine.say("End file list")


def mount(machine: Machine, _command: Command) -> None:
    """M21."""
    machine.say("echo:SD card ok" if machine.card else "echo:No SD card")


def select(machine: Machine, command: Command) -> None:
    """M23."""
    name = command.text.strip()
    card = machine.card
    machine.say(f"echo:Now fresh file: {name}")
    if card is None or not card.open(name):
        machine.say(f"open failed, File: {name}.")
        return
    machine.say(f"File opened: {card.name} Size: {card.size}", "File selected")
    machine.notify(card.name)


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
        machine.say(f"Current file: {f'{card.name} {card.name}' if card.name else '(no file)'}")
    elif seconds is not None:
        machine.card_reports.set(max(seconds, 0.0), machine.now)
    else:
        machine.say(card.status())


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
    "M23": Handler(select),
    "M24": Handler(go),
    "M25": Handler(pause),
    "M27": Handler(status),
    CANCEL: Handler(cancel),
    FILE_PRINTED: Handler(printed),
}
