"""`gbterm host pipe`: a client's connection, carried to the server of a host that runs here.

It is what an `ssh://` address runs, and quick: stdlib only.
"""

from __future__ import annotations

import argparse
import os
import socket
import threading
from collections.abc import Callable

from gbterm.cli.exits import ExitCode
from gbterm.cli.target import Target, resolve
from gbterm.errors import LinkError, UsageError

CONNECT_S = 5.0
AT_ONCE = 1 << 16
HOW_TO_SAY = "name one at the end of the address, as in ssh://HOST/NAME"


def run(args: argparse.Namespace) -> ExitCode:
    """Carry bytes both ways until either side ends. Starts no host: that would move a printer."""
    target = resolve(args, HOW_TO_SAY)
    if target.url:
        raise UsageError(f"{target.name} is a server elsewhere; give its own address instead.")
    with _connected(target) as server:
        ended = threading.Event()
        reads = (
            lambda: _carry(lambda: os.read(0, AT_ONCE), server.sendall, ended),
            lambda: _carry(lambda: server.recv(AT_ONCE), _write, ended),
        )
        for read in reads:
            threading.Thread(target=read, daemon=True).start()
        ended.wait()
    return ExitCode.DONE


def _connected(target: Target) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.settimeout(CONNECT_S)
    try:
        server.connect(str(target.server_socket))
    except PermissionError as error:
        server.close()
        raise target.unreachable(error) from error
    except OSError as error:
        server.close()
        raise LinkError(
            f"No host runs for {target.name}; start it there with gbterm --printer {target.name}."
        ) from error
    server.settimeout(None)
    return server


def _carry(
    read: Callable[[], bytes], write: Callable[[bytes], object], ended: threading.Event
) -> None:
    try:
        while data := read():
            write(data)
    except OSError:
        pass  # whoever was to read it has left
    finally:
        ended.set()


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]
