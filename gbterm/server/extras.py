"""Packages that only some need: how they are put beside gbterm."""

from __future__ import annotations

import sys


def how_to_get(extra: str) -> str:
    """The command. By gbterm's own Python, whose pip finds gbterm there.

    Another one would ask a package index for it, which has none, or somebody else's.
    """
    return f'{sys.executable} -m pip install "gbterm[{extra}]"'
