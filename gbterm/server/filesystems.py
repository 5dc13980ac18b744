"""How full the disks are, as OpenGB tells it."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def utilization(proc: Path = PROC) -> dict[str, dict[str, float]]:
    """Every disk by where it is mounted, and the root whatever it is. Blocks."""
    found = {}
    for point in sorted({"/", *_disks(proc)}):
        try:
            disk = os.statvfs(point)
        except OSError:
            continue  # not for this user to see
        total = disk.f_blocks * disk.f_frsize
        utilized = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        found[point] = {
            "free_bytes": disk.f_bavail * disk.f_frsize,
            "total_bytes": total,
            "utilized_bytes": utilized,
            "utilized_percent": round(100 * utilized / total, 1) if total else 0.0,
        }
    return found


def _disks(proc: Path) -> list[str]:
    """Where file systems with a device are mounted: one of a network might never answer."""
    try:
        kinds = (proc / "filesystems").read_text().splitlines()
        mounts = (proc / "self" / "mounts").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    on_disks = {kind.strip() for kind in kinds if not kind.startswith("nodev")}
    # The kernel writes a blank as \040.
    fields = [line.split(" ") for line in mounts]
    points = [field[1] for field in fields if len(field) > 2 and field[2] in on_disks]
    return [point.replace("\\040", " ") for point in points if Path(point).is_dir()]
