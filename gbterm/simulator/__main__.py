"""`python -m gbterm.simulator`."""

from __future__ import annotations

import argparse
import sys

from gbterm.simulator.command import add_arguments, run

parser = argparse.ArgumentParser(prog="gbterm simulate", description="A Marlin board on a pty.")
add_arguments(parser)
sys.exit(run(parser.parse_args()))
