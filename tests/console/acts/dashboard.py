"""What the Dashboard screen does."""

from __future__ import annotations

from tests.console.acts.act import Act

ACTS = (Act("details", "Hours of use"),)
