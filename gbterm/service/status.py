"""What systemd says of the services of each printer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gbterm.cli.exits import ExitCode
from gbterm.service import systemd
from gbterm.service.units import ROLES, unit

EACH = "gbterm-*@*.service"
HINT = "No printer is served as a service; see gbterm service --help."


def show(manager: tuple[str, ...]) -> ExitCode:
    """Print a line for each process of each printer; whether all of them run.

    `manager` are the options of systemctl that say whose service is meant.
    """
    systemd.require_running()
    told = list(_told(manager))
    for name, role, state, starts in told:
        print(f"{name}  {role}  {state}  {starts}")
    if not told:
        print(HINT)
    is_well = bool(told) and all(state == "active" for _, _, state, _ in told)
    return ExitCode.DONE if is_well else ExitCode.WRONG_STATE


def _told(manager: tuple[str, ...]) -> Iterator[tuple[str, str, str, str]]:
    """The printer, the process, its state, and whether it starts with the machine."""
    listed = systemd.ask(*manager, "list-units", "--all", "--plain", "--no-legend", EACH)
    names = set(re.findall(r"@(\S+)\.service", listed))
    for name in sorted(names):
        for role in ROLES:
            state = systemd.ask(*manager, "is-active", unit(role, name)).strip() or "unknown"
            enabled = systemd.ask(*manager, "is-enabled", unit(role, name)).strip() == "enabled"
            starts = "starts with the machine" if enabled else "does not start with the machine"
            yield name, role, state, starts
