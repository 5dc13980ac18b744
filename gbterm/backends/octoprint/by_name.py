"""What an OctoPrint does by a name: its temperature profiles, controls and system commands."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply, named
from gbterm.backends import agreement
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.backends.given import mapping, number, records
from gbterm.backends.octoprint.doing import prints
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.named import (
    COMMAND_S,
    CORE,
    SOURCES,
    command_of,
    failure_of,
    macros_of,
)
from gbterm.errors import AuthenticationRefused, CommandTimeout, WrongState

_FAILED = 500


class ByName(Backend):
    """Asks over `_http`. What the key may not read is told as if there were none."""

    _http: Http

    async def presets(self) -> list[Preset]:
        """The temperature profiles of its settings."""
        self.require(Capability.ACTIONS, "tell of presets")
        temperature = mapping(mapping(await self._readable("/api/settings")).get("temperature"))
        found = []
        for record in records(temperature.get("profiles")):
            if name := str(record.get("name") or ""):
                heaters = (number(record.get(key)) for key in ("extruder", "bed", "chamber"))
                found.append(Preset(name, *heaters))
        return found

    async def apply_preset(
        self, name: str, nozzle: int | None = None, *, confirmed: bool = False
    ) -> None:
        preset = named("preset", name, await self.presets())
        agreement.require(agreement.of_preset(preset, self.state), confirmed=confirmed)
        machine = self.machine
        count = machine.nozzles if machine else max(len(self.state.nozzles), 1)
        nozzles = range(count) if nozzle is None else (nozzle,)
        await self.set_temperature(
            nozzles=None if preset.nozzle is None else dict.fromkeys(nozzles, preset.nozzle),
            bed=preset.bed if machine is None or machine.heated_bed else None,
            chamber=preset.chamber if machine is not None and machine.heated_chamber else None,
        )

    async def macros(self) -> list[Macro]:
        """The custom controls that send commands as they are, without anything to be typed."""
        self.require(Capability.ACTIONS, "tell of macros")
        answer = await self._readable("/api/printer/command/custom")
        return macros_of(records(mapping(answer).get("controls")))

    async def run_macro(self, name: str, *, confirmed: bool = False) -> list[Reply]:
        macro = named("macro", name, await self.macros())
        agreement.require(agreement.of_macro(macro), confirmed=confirmed)
        return await self.send_gcode("\n".join(macro.gcode), confirmed=confirmed)

    async def commands(self) -> list[HostCommand]:
        """Its system commands, as `SOURCE/ACTION`. Its own, as a restart, may not run in a print.

        What others do nobody tells, so that is asked about during a print.
        """
        self.require(Capability.ACTIONS, "tell of commands")
        answer = mapping(await self._readable("/api/system/commands"))
        specs = [record for source in SOURCES for record in records(answer.get(source))]
        is_printing = await prints(self._http)
        return [command_of(spec, prints=is_printing) for spec in specs if spec.get("name")]

    async def run_command(self, name: str, *, confirmed: bool = False) -> CommandResult:
        """OctoPrint ends no command that takes too long; it tells the output of a failed one."""
        command = named("command", name, await self.commands())
        if name.startswith(f"{CORE}/") and await prints(self._http):
            raise WrongState(
                f"The command {name} may not run during a print: wait for its end, or cancel it."
            )
        agreement.require(command.confirm, confirmed=confirmed)
        source, _, action = name.partition("/")
        path = f"/api/system/commands/{source}/{quote(action, safe='')}"
        try:
            asked = self._http.request("POST", path, COMMAND_S, json={}, takes=(_FAILED,))
            async with asked as answer:
                told = await self._http.read_json(answer, scrubs=False)
        except CommandTimeout as error:
            raise CommandTimeout(
                f"The command {name} did not end within {COMMAND_S:g} s."
            ) from error
        return (
            CommandResult(0) if told is None else failure_of(str(mapping(told).get("error") or ""))
        )

    async def _readable(self, path: str) -> Any:
        try:
            return await self._http.get(path)
        except AuthenticationRefused:
            return None
