"""The program that cuts a printer's power, and what is said where it doesn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.config import Guards
from gbterm.host import power


async def test_it_runs_with_its_arguments(tmp_path: Path) -> None:
    mark = tmp_path / "off"
    assert await power.cut(Guards(power_off=("/usr/bin/touch", str(mark)))) == ""
    assert mark.exists()


@pytest.mark.parametrize(
    ("script", "timeout_s", "said"),
    [
        ("echo no such plug; exit 3", 30.0, "failed with code 3: no such plug."),
        ("sleep 100", 0.05, "took longer than 0.05 s."),
    ],
)
async def test_one_that_fails_is_said_to(script: str, timeout_s: float, said: str) -> None:
    guards = Guards(power_off=("/bin/sh", "-c", script), power_off_timeout_s=timeout_s)
    assert await power.cut(guards) == f"/bin/sh, which is to cut the power, {said}"


async def test_one_that_is_not_there_is_said_to_be_missing() -> None:
    why = "/no/plug, which is to cut the power, can't be run: No such file or directory."
    assert await power.cut(Guards(power_off=("/no/plug",))) == why
