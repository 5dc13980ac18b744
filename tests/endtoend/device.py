"""A port with something behind it that is no printer."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def device(answer: bytes) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A port whose other end answers everything with `answer`, and what it has heard."""
    master, slave = os.openpty()
    tty.setraw(master)
    ended = threading.Event()
    heard: list[bytes] = []

    def run() -> None:
        while not ended.is_set():
            try:
                heard.append(os.read(master, 1000))
            except OSError:
                return
            if answer:
                os.write(master, answer)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield os.ttyname(slave), lambda: b"".join(heard)
    finally:
        ended.set()
        os.write(slave, b"x")
        thread.join(90)
        os.close(slave)
        os.close(master)
