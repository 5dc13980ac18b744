"""Which devices the printer process of one printer may open, in a drop-in of its unit.

systemd takes a device by its path, which it looks up when the process starts, or all of a driver by
its number: systemd.resource-control(5). A board on USB may come back as another device of its
driver, /dev/ttyUSB1, so its driver is allowed; a line of the computer itself stays what it is.
"""

from __future__ import annotations

import re
from pathlib import Path

DROP_IN = "00-port.conf"
"""Before those of the admin, whose devices are added."""
OF_USB = {"ttyUSB": "char-188", "ttyACM": "char-166"}
"""By number: a name counts only once the kernel has loaded the driver, which it does when the first
board is plugged in."""


def drop_in(port: str, root: Path) -> str:
    """That of the printer on `port` of the system below `root`."""
    rules = "".join(f"DeviceAllow={device} rw\n" for device in allowed(port, root))
    about = "# The port of this printer alone; gbterm service install writes it anew."
    return f"{about}\n[Service]\nDeviceAllow=\n{rules}"


def allowed(port: str, root: Path) -> tuple[str, ...]:
    """What systemd is told; nothing for a port of the network."""
    if "://" in port:
        return ()
    device = (root / port.lstrip("/")).resolve()
    driver = re.sub(r"\d+$", "", device.name)
    if driver in OF_USB:
        return (OF_USB[driver],)
    # systemd takes none elsewhere, so what a link of the user's leads to now.
    node = port if port.startswith("/dev/") else str(device)
    path = node.replace("%", "%%")
    if device.is_char_device() or driver.startswith("tty"):
        return (path,)
    # A stable name of a board that isn't plugged in.
    return (*OF_USB.values(), path)
