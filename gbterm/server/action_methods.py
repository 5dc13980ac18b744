"""Presets, macros and commands of the configuration, by name."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

from gbterm.actions import CommandResult, named
from gbterm.backends import agreement
from gbterm.backends.opengb.peer import Peer
from gbterm.config import Actions, Program
from gbterm.errors import (
    CommandTimeout,
    ConfigError,
    OutOfRange,
    WrongState,
)
from gbterm.host import program
from gbterm.params import REQUIRED, Param, boolean, count, text
from gbterm.server.client import Client
from gbterm.server.table import CHECK_S, Method, Table

_NAME = Param("name", text, REQUIRED)
_CONFIRMED = Param("confirmed", boolean, False)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


class ActionMethods:
    """Serves `table`: what a printer's user made for it."""

    def __init__(self, printer: Peer, actions: Actions) -> None:
        self._printer, self._actions = printer, actions
        self._programs = {program.about.name: program for program in actions.programs}
        self._running: dict[str, asyncio.Task[CommandResult]] = {}
        self.table: Table = {
            "get_presets": Method((), self._get_presets),
            "apply_preset": Method((_NAME, Param("nozzle", count), _CONFIRMED), self._apply_preset),
            "get_macros": Method((), self._get_macros),
            "run_macro": Method((_NAME, _CONFIRMED), self._run_macro),
            "get_commands": Method((), self._get_commands),
            "run_command": Method((_NAME, _CONFIRMED), self._run_command),
        }

    async def close(self) -> None:
        """Kill the commands that run."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _get_presets(self, _: Client, __: dict[str, Any]) -> Any:
        return {"presets": [asdict(preset) for preset in self._actions.presets]}

    async def _apply_preset(self, _: Client, params: dict[str, Any]) -> Any:
        preset = named("preset", params["name"], self._actions.presets)
        nozzles = self._nozzles(params["nozzle"])
        question = agreement.of_preset(preset, self._printer.state)
        agreement.require(question, confirmed=params["confirmed"])
        targets = dict.fromkeys(nozzles, preset.nozzle)
        targets |= {"bed": preset.bed}
        if self._printer.state.chamber is not None:
            targets |= {"chamber": preset.chamber}
        given = {heater: target for heater, target in targets.items() if target is not None}
        return await self._printer.call("set_temp", given)

    def _nozzles(self, number: int | None) -> list[str]:
        """The names of the nozzle `number`, from 1, or of all. Raises `OutOfRange`."""
        there_are = max(self._printer.state.firmware.extruders, 1)
        if number is not None and not 1 <= number <= there_are:
            raise OutOfRange(f"There is no nozzle {number}: this printer has {there_are}.")
        numbers = range(1, there_are + 1) if number is None else (number,)
        return [f"nozzle{number}" for number in numbers]

    async def _get_macros(self, _: Client, __: dict[str, Any]) -> Any:
        return {"macros": [asdict(macro) for macro in self._actions.macros]}

    async def _run_macro(self, _: Client, params: dict[str, Any]) -> Any:
        macro = named("macro", params["name"], self._actions.macros)
        agreement.require(agreement.of_macro(macro), confirmed=params["confirmed"])
        commands = {"commands": "\n".join(macro.gcode), "confirmed": params["confirmed"]}
        return await self._printer.call("send_gcode", commands, CHECK_S)

    async def _get_commands(self, _: Client, __: dict[str, Any]) -> Any:
        return {"commands": [asdict(program.about) for program in self._actions.programs]}

    async def _run_command(self, _: Client, params: dict[str, Any]) -> Any:
        about = named("command", params["name"], [one.about for one in self._actions.programs])
        if not about.safe:
            self._require_no_job(about.name)
        if about.name in self._running:
            raise WrongState(f"The command {about.name} runs already: wait for its end.")
        agreement.require(about.confirm, confirmed=params["confirmed"])
        task = asyncio.create_task(_run(self._programs[about.name]))
        self._running[about.name] = task
        try:
            return asdict(await task)
        finally:
            del self._running[about.name]

    def _require_no_job(self, command: str) -> None:
        if not self._printer.is_connected:
            raise WrongState(
                f"Whether something is printed is not known, and {command} may not run then: wait"
                " until the printer process is back."
            )
        if self._printer.state.has_print:
            raise WrongState(
                f"The command {command} may not run during a print: wait for its end, or cancel it."
            )


async def _run(chosen: Program) -> CommandResult:
    """Raises `CommandTimeout`, or `ConfigError` where it can't be started."""
    name, timeout_s = chosen.about.name, chosen.about.timeout_s
    try:
        result, is_late = await program.run(chosen.run, timeout_s)
    except OSError as error:
        raise ConfigError(
            f"The command {name} can't be started: {error.strerror}; correct run in"
            f" [command.{name}] of the configuration."
        ) from error
    if is_late:
        said = f" It wrote last: {result.output[-1][-200:]}" if result.output else ""
        raise CommandTimeout(f"The command {name} was killed after {timeout_s:g} s.{said}")
    return result
