"""`gbterm` on a machine whose /dev is another folder: on_machine.py FOLDER python -m gbterm …"""

from __future__ import annotations

import sys
from pathlib import Path

from gbterm.cli.main import main
from gbterm.discovery import ports
from gbterm.system import System

if __name__ == "__main__":
    ports.serial_ports.__defaults__ = (System(dev=Path(sys.argv[1])),)
    sys.exit(main(sys.argv[5:]))
