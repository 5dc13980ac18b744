"""`[history]`: how much of the past a host keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gbterm.config.table import Table


@dataclass(frozen=True, slots=True)
class History:
    """The newest `prints` and `actions` of all printers, and of these none older than `keep_days`.

    No days are for ever; without `actions`, nobody notes who did what.
    """

    prints: int = 10_000
    actions: int = 50_000
    keep_days: int = 365

    @classmethod
    def given(cls, table: Table) -> dict[str, Any]:
        """The members that the table gives. Raises `ConfigError`."""
        table.only(cls.__dataclass_fields__)
        for name in cls.__dataclass_fields__:
            table.at_least(name, 0)
        return dict(table.members)
