"""What survives a reset: the settings that M500 stored, and what may be wrong with them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from gbterm.simulator import texts
from gbterm.simulator.settings import Settings

if TYPE_CHECKING:
    from gbterm.simulator.machine import Machine


class Damage(Enum):
    """Why what is stored can't be read; the value is what the board says of it (settings.cpp)."""

    VERSION = "echo:EEPROM version mismatch (EEPROM= Marlin=V83)"
    CRC = "Error:EEPROM CRC mismatch - (stored) 4711 != 18714 (calculated)!"


@dataclass(slots=True)
class Eeprom:
    """The chip, or its absence: built without EEPROM_SETTINGS."""

    stored: Settings = field(default_factory=Settings)
    damage: Damage | None = Damage.VERSION
    """A new firmware finds that of another."""
    is_absent: bool = False
    is_worn: bool = False
    """It takes no write any more, which the firmware notices when it reads it back."""

    def load(self, machine: Machine) -> list[str]:
        """Take over what is stored, or else the defaults, which are stored then; what is said."""
        if self.is_absent:
            machine.take(Settings())
            return ["echo:Hardcoded Default Settings Loaded"]
        damage = self.damage
        if damage is None:
            machine.take(deepcopy(self.stored))
            return [texts.settings_retrieved(machine.variant)]
        machine.take(Settings())
        return [
            damage.value,
            "echo:Hardcoded Default Settings Loaded",
            *self.store(machine),
            "echo:EEPROM Initialized",
        ]

    def store(self, machine: Machine) -> list[str]:
        """M500; what is said."""
        if self.is_absent:
            return ["Error:EEPROM disabled"]
        if self.is_worn:
            return ["Error:Error writing to EEPROM!"]
        self.stored, self.damage = deepcopy(machine.settings), None
        return list(texts.settings_stored(machine.variant))
