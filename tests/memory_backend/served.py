"""What a server adds that is no file: actions by their names, the past, counters."""

from __future__ import annotations

from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply
from gbterm.audit import AuditEntry, Question
from gbterm.backends.capability import Capability
from gbterm.errors import NeedsConfirmation, UsageError
from gbterm.files import DiskUse
from gbterm.jobs import JobRecord
from gbterm.temperatures import Sample
from tests.memory_backend.core import Core

PRESET = Preset("PLA", 210.0, 60.0)
MACRO = Macro("lift", ("G91", "G1 Z10", "G90"), "Is nothing above the head?")
COMMAND = HostCommand("lights", description="the lamp over the printer")


class Served(Core):
    """One of each."""

    async def presets(self) -> list[Preset]:
        await self._called("presets", Capability.ACTIONS)
        return [PRESET]

    async def apply_preset(
        self, name: str, nozzle: int | None = None, *, confirmed: bool = False
    ) -> None:
        await self._called("apply_preset", Capability.ACTIONS)
        _same_name(name, PRESET.name)
        nozzles = {nozzle or 0: PRESET.nozzle or 0.0}
        await self.set_temperature(nozzles=nozzles, bed=PRESET.bed)

    async def macros(self) -> list[Macro]:
        await self._called("macros", Capability.ACTIONS)
        return [MACRO]

    async def run_macro(self, name: str, *, confirmed: bool = False) -> list[Reply]:
        await self._called("run_macro", Capability.ACTIONS)
        _same_name(name, MACRO.name)
        if not confirmed:
            raise NeedsConfirmation(MACRO.confirm)
        return [Reply(command) for command in MACRO.gcode]

    async def commands(self) -> list[HostCommand]:
        await self._called("commands", Capability.ACTIONS)
        return [COMMAND]

    async def run_command(self, name: str, *, confirmed: bool = False) -> CommandResult:
        await self._called("run_command", Capability.ACTIONS)
        _same_name(name, COMMAND.name)
        self._idle(f"run {name}")
        return CommandResult(0, ("done",))

    async def history(
        self,
        *,
        before: str | float | None = None,
        most: int = 50,
        search: str = "",
        outcome: str = "",
        since: float | None = None,
    ) -> list[JobRecord]:
        await self._called("history", Capability.HISTORY)
        found = [record for record in self.past if search in record.name]
        found = [record for record in found if outcome in ("", record.outcome)]
        found = [record for record in found if (record.ended_at or 0) >= (since or 0)]
        if isinstance(before, str):
            found = found[[record.id for record in found].index(before) + 1 :]
        return found[:most]

    async def audit_trail(self, question: Question, most: int = 50) -> list[AuditEntry]:
        await self._called("audit_trail", Capability.AUDIT)
        before = question.before or len(self.done) + 1
        found = [entry for entry in self.done if entry.number < before]
        return [entry for entry in found if question.search in f"{entry.who} {entry.what}"][:most]

    async def temperature_history(self) -> list[Sample]:
        await self._called("temperature_history", Capability.TEMPERATURE_HISTORY)
        return self.remembered

    async def counters(self) -> dict[str, int]:
        await self._called("counters", Capability.COUNTERS)
        return {"printer_up_mins": 600, "printer_print_mins": 90, "bed_up_mins": 75}

    async def disks(self) -> dict[str, DiskUse]:
        await self._called("disks", Capability.DISKS)
        return {"/": DiskUse(12_000_000_000, 32_000_000_000)}


def _same_name(name: str, known: str) -> None:
    if name != known:
        raise UsageError(f"There is nothing called {name!r}; there is: {known}.")
