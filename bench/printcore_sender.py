"""Streams a file with printcore, as its own users do; run by the interpreter that has it."""

import json
import sys
import time
from pathlib import Path

from printrun import gcoder
from printrun.printcore import printcore


def main() -> None:
    port, baud, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    gcode = gcoder.LightGCode(path.read_text().splitlines())
    printer = printcore(port, baud)
    while not printer.online:
        time.sleep(0.05)
    cpu = time.process_time()
    printer.startprint(gcode)
    while printer.printing:
        time.sleep(0.05)
    print(json.dumps({"cpu_seconds": time.process_time() - cpu}))
    printer.disconnect()


main()
