#!/usr/bin/env python3
"""Runs a command for each key of a USB panel: panel.py /dev/input/panel /etc/panel.conf

A line of the configuration is the number of a key (linux/input-event-codes.h, or what
this prints for keys that it does not know) and what it runs, without a shell:

    59 8pause
    61 gbterm estop
"""

import shlex
import struct
import subprocess
import sys
import threading
from pathlib import Path

EVENT = struct.Struct("llHHi")
"""struct input_event of linux/input.h: seconds, microseconds, type, code, value."""
EV_KEY, PRESSED = 1, 1


def read_commands(path):
    """What each key runs, by its number."""
    commands = {}
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            words = shlex.split(line, comments=True)
            if words:
                commands[int(words[0])] = words[1:]
    return commands


def pressed(device):
    """The numbers of the keys as they go down; a key that is held counts once."""
    while len(event := device.read(EVENT.size)) == EVENT.size:
        _, _, kind, code, value = EVENT.unpack(event)
        if (kind, value) == (EV_KEY, PRESSED):
            yield code


def run(code, command):
    """Run what a key is for, until it ends."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        say(f"key {code}: {error}")
        return
    if done.returncode:  # the command has said why
        say(f"key {code} ended with {done.returncode}")


def say(text):
    """For the journal, in one piece."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main():
    commands = read_commands(sys.argv[2])
    # Unbuffered: an event is a key that somebody presses now.
    with Path(sys.argv[1]).open("rb", buffering=0) as device:
        for code in pressed(device):
            if code not in commands:
                say(f"key {code} runs nothing")
                continue
            # Beside what others still run: an emergency stop waits for nothing.
            threading.Thread(target=run, args=(code, commands[code])).start()


if __name__ == "__main__":
    main()
