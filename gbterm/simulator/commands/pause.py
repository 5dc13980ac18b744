"""Stopping for the user: M0, M1, M125, M600, M701, M702 and the answers to prompts."""

from __future__ import annotations

from gbterm.simulator.commands.homing import go_to_park
from gbterm.simulator.commands.motion import TRAVEL, Z_TRAVEL, blocking_move, synchronize
from gbterm.simulator.commands.table import FULL, Handler, silent
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait
from gbterm.simulator.planner import Position
from gbterm.simulator.prompts import Reason

RETRACT = 2.0  # PAUSE_PARK_RETRACT_LENGTH
RETRACT_FEED = 60.0
UNLOAD = 100.0  # M603 U
UNLOAD_FEED = 10.0
RAM_RETRACT, RAM_PURGE, RAM_DELAY = 13.0, 8.0, 5.0  # FILAMENT_UNLOAD_PURGE_*
RAM_FEED = 25.0
PURGE = 50.0  # ADVANCED_PAUSE_PURGE_LENGTH
PURGE_FEED = 3.0
LOAD_FEED = 5.0
LIFT = 20.0  # the Z of the parking place
PAUSED_FOR_USER = "paused for user"


def stop_for_user(machine: Machine, command: Command) -> Steps:
    """M0, M1; the text behind them reaches nobody."""
    seconds = command.number("P", 0) / 1000
    if command.value("S") is not None:
        seconds = command.number("S", 0)
    yield from synchronize(machine)
    machine.prompts.waiting_for_user = True
    machine.prompts.ask(Reason.CONTINUE, f"{command.name} Stop", "Continue")
    machine.busy_state = PAUSED_FOR_USER
    yield _answer(machine, machine.now + seconds if seconds > 0 else None)
    machine.prompts.waiting_for_user = False


def _answer(machine: Machine, until: float | None) -> Wait:
    return Wait(until=until, done=lambda: not machine.prompts.waiting_for_user)


def prompt_answer(machine: Machine, command: Command) -> None:
    """M876: with an emergency parser it acted on its way in."""
    if not machine.variant.emergency_parser and command.value("S") is not None:
        machine.prompts.answer(int(command.number("S", 0)))


def _extrude(machine: Machine, length: float, feed: float) -> Steps:
    """Move filament only (unscaled_e_move)."""
    *place, extruded = machine.planner.position
    yield from blocking_move(machine, [*place, extruded + length], feed)


def _pause(machine: Machine, unload: float) -> Steps:
    """pause_print(): say so, retract, park, unload."""
    machine.prompts.action("paused")
    machine.prompts.ask(Reason.INFO, "Pause", "Dismiss")
    machine.paused = True
    machine.job.halt(machine.now, pause=True)
    yield from synchronize(machine)
    yield from _extrude(machine, -RETRACT, RETRACT_FEED)
    yield from go_to_park(machine)
    if unload:
        yield from _unload(machine, unload)


def _unload(machine: Machine, length: float) -> Steps:
    yield from _extrude(machine, -RAM_RETRACT, RAM_FEED)
    yield Wait(until=machine.now + RAM_DELAY, quiet=True)
    yield from _extrude(machine, RAM_RETRACT + RAM_PURGE, RAM_FEED)
    yield from _extrude(machine, -length, UNLOAD_FEED)


def _too_cold(machine: Machine) -> bool:
    hotend = machine.heaters.hotends[machine.tool]
    if machine.cold_extrusion or hotend.target >= machine.min_extrude:
        return False
    machine.say("echo:Hotend too cold")
    return True


def _confirm(machine: Machine) -> Steps:
    """wait_for_confirmation(): after a while the nozzle cools down until the user is back."""
    prompts = machine.prompts
    prompts.waiting_for_user = True
    prompts.ask(Reason.CONTINUE, "Nozzle Parked", "Continue")
    machine.busy_state = PAUSED_FOR_USER
    hotend = machine.heaters.hotends[machine.tool]
    while True:
        yield _answer(machine, machine.now + machine.variant.nozzle_timeout)
        if not prompts.waiting_for_user:
            break
        target = hotend.target
        hotend.set_target(0, machine.now)
        prompts.ask(Reason.CONTINUE, "Heater Timeout", "Reheat")
        yield _answer(machine, None)
        prompts.ask(Reason.INFO, "Reheating...")
        hotend.set_target(target, machine.now)
        machine.busy_state = "processing"
        yield Wait(done=lambda: hotend.reading >= hotend.target - 3)
        prompts.waiting_for_user = True
        prompts.ask(Reason.CONTINUE, "Reheat Done", "Continue")
        machine.busy_state = PAUSED_FOR_USER
    machine.busy_state = "processing"


def _load(machine: Machine, length: float, purge: float) -> Steps:
    """load_filament(): push it in, then purge until the user is content."""
    if length:
        yield from _extrude(machine, length, LOAD_FEED)
    again = True
    while again and purge:
        yield from _extrude(machine, purge, PURGE_FEED)
        machine.prompts.purge_answer = None
        machine.prompts.ask(Reason.PURGE, "Paused", "PurgeMore", "Continue")
        machine.busy_state = PAUSED_FOR_USER
        yield Wait(done=lambda: machine.prompts.purge_answer is not None)
        machine.busy_state = "processing"
        again = machine.prompts.purge_answer == 0
    machine.prompts.action("prompt_end")
    machine.notify("Print Paused")


def _resume(machine: Machine, back: Position) -> Steps:
    """resume_print(): back over the part, then down."""
    x, y, z, e = back
    at = machine.planner.position
    yield from blocking_move(machine, [x, y, at[2], at[3]], TRAVEL)
    yield from blocking_move(machine, [x, y, z, at[3]], Z_TRAVEL)
    machine.planner.position = [x, y, z, e]
    machine.prompts.action("resumed")
    machine.prompts.ask(Reason.INFO, "Resuming", "Dismiss")
    machine.paused = False
    if machine.job.paused:
        machine.job.start(machine.now)
    machine.reset_status()


def park_and_wait(machine: Machine, _command: Command) -> Steps:
    """M125."""
    yield from synchronize(machine)
    back = list(machine.planner.position)
    yield from _pause(machine, 0)
    yield Wait(until=machine.now + 0.1)
    machine.say("echo:Send M108 to resume")
    yield from _confirm(machine)
    yield from _load(machine, 0, RETRACT)
    yield from _resume(machine, back)


def change_filament(machine: Machine, command: Command) -> Steps:
    """M600."""
    if _too_cold(machine):
        return
    back = list(machine.planner.position)
    yield from _pause(machine, abs(command.number("U", UNLOAD)))
    machine.say("echo:Insert filament and send M108")
    yield from _confirm(machine)
    yield from _load(machine, abs(command.number("L", 0)), PURGE)
    yield from _resume(machine, back)


def load_filament(machine: Machine, command: Command) -> Steps:
    """M701."""
    if _too_cold(machine):
        return
    yield from _lift(machine, LIFT)
    yield from _load(machine, abs(command.number("L", 0)), PURGE)
    yield from _lift(machine, -LIFT)
    machine.reset_status()


def unload_filament(machine: Machine, command: Command) -> Steps:
    """M702."""
    if _too_cold(machine):
        return
    yield from _lift(machine, LIFT)
    yield from _unload(machine, abs(command.number("U", UNLOAD)))
    yield from _lift(machine, -LIFT)


def _lift(machine: Machine, height: float) -> Steps:
    yield from synchronize(machine)
    x, y, z, e = machine.planner.position
    yield from blocking_move(machine, [x, y, z + height, e], Z_TRAVEL)


COMMANDS = {
    "M0": Handler(stop_for_user, FULL),
    "M1": Handler(stop_for_user, FULL),
    "M108": Handler(silent),
    "M125": Handler(park_and_wait, FULL),
    "M600": Handler(change_filament, FULL),
    "M701": Handler(load_filament, FULL),
    "M702": Handler(unload_filament, FULL),
    "M876": Handler(prompt_answer, FULL),
}
