"""What the Settings screen does."""

from __future__ import annotations

from tests.console.acts.act import Act

ACTS: tuple[Act, ...] = ()
