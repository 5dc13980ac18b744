"""What the commands for settings change, and M500 stores."""

from __future__ import annotations

from dataclasses import dataclass, field

from gbterm.simulator.planner import Limits
from gbterm.simulator.thermal import BED_PID, HOTEND_PID


@dataclass(slots=True)
class Settings:
    """As the firmware was built, until something is changed."""

    steps: list[float] = field(default_factory=lambda: [80.0, 80.0, 400.0, 500.0])
    limits: Limits = field(default_factory=Limits)
    home_offset: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    tool_offset: list[float] = field(default_factory=lambda: [20.0, 5.0, 0.0])
    min_feed: list[float] = field(default_factory=lambda: [0.0, 0.0])
    junction: float = 0.01
    fade_height: float = 10.0
    probe_offset: list[float] = field(default_factory=lambda: [-20.0, -5.0, -1.5])
    pid: list[float] = field(default_factory=lambda: list(HOTEND_PID))
    """P, I and D of all nozzles alike."""
    bed_pid: list[float] = field(default_factory=lambda: list(BED_PID))
