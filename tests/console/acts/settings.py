"""What the Settings screen does."""

from __future__ import annotations

import re

from tests.console.acts.act import Act
from tests.console.conftest import Console, configure


async def themed(console: Console) -> None:
    """A theme in the configuration, seen and selected."""
    configure('[console]\ntheme = "light"')
    await console.press("f9")
    await console.shows("Theme light /")


ACTS: tuple[Act, ...] = (
    Act("change_setting", "Theme none /", ("enter", "3"), themed),
    Act("reset_setting", lambda c: re.search(r"Theme \w+ found out", c.words), before=themed),
)
