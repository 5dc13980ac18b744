"""The console in a real terminal: tmux, driven by keys and read from its screen."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.endtoend.house import GBTERM, GENEROUS_S, House, wait_until

AGAIN_AFTER_S = 15.0


class Screen:
    """`gbterm` in a tmux of its own, 80x24 unless said otherwise; `before` runs it."""

    def __init__(
        self,
        house: House,
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        before: Sequence[str] = (),
    ) -> None:
        self._house = house
        self._socket = str(house.root / f"tmux-{time.monotonic_ns()}")
        command = shlex.join([*before, *GBTERM, *arguments])
        columns, rows = size
        self._tmux(
            *("-f", "/dev/null", "new-session", "-d", "-s", "x"),
            *("-x", str(columns), "-y", str(rows)),
            f"{command}; echo EXIT $?; exec cat",
        )

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments],
            env=self._house.environment,
            capture_output=True,
            text=True,
            timeout=GENEROUS_S,
            check=True,
        )
        return done.stdout

    def text(self) -> str:
        """What the screen shows."""
        return self._tmux("capture-pane", "-p", "-t", "x")

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names."""
        self._tmux("send-keys", "-t", "x", *keys)

    def type(self, text: str) -> None:
        """Type `text` as it stands."""
        self._tmux("send-keys", "-t", "x", "-l", text)

    def wait_for(self, *texts: str, limit_s: float = GENEROUS_S) -> str:
        """Wait until the screen shows all of `texts`; returns the screen."""
        try:
            wait_until(lambda: all(text in self.text() for text in texts), "", limit_s)
        except AssertionError:
            raise AssertionError(f"{texts} not within {limit_s:g} s on:\n{self.text()}") from None
        return self.text()

    def wait_until_gone(self, text: str) -> None:
        """Wait until the screen shows `text` no more."""
        wait_until(lambda: text not in self.text(), f"{text!r} to go")

    def press_until(self, keys: Sequence[str], text: str) -> None:
        """Press `keys`, again where nothing came of it, until the screen shows `text`."""
        for _ in range(5):
            self.keys(*keys)
            deadline = time.monotonic() + AGAIN_AFTER_S
            while time.monotonic() < deadline:
                if text in self.text():
                    return
                time.sleep(0.05)
        raise AssertionError(f"{text!r} did not come of {keys} on:\n{self.text()}")

    def pid(self) -> int:
        """The console's process number."""
        pane = self._tmux("list-panes", "-t", "x", "-F", "#{pane_pid}").strip()
        return int(Path(f"/proc/{pane}/task/{pane}/children").read_text().split()[0])

    def close(self) -> None:
        """End the tmux server."""
        subprocess.run(
            ["tmux", "-S", self._socket, "kill-server"],
            capture_output=True,
            timeout=GENEROUS_S,
            check=False,
        )
