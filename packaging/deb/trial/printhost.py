"""A computer beside a printer: a place with the service of gbterm on a simulated board."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from place import Booted, Place, wait_until

from tests.endtoend.house import House

NAME, BOARD = "ender", "/srv/board"
PROFILE = f'\n[printer.{NAME}]\nport = "{BOARD}"\n'
# A pty is no serial port, and the only other thing that a printer process may open here.
DROP_IN = "[Service]\nDeviceAllow=char-pts rw\n"
SPEED = 3
SIMULATE = ("simulate", "--speed", str(SPEED), "--heat-speed", "4")
BEGAN = time.monotonic()


def say(step: str, seen: object = "") -> None:
    """A step that went well, and what of it is worth to be seen."""
    print(f"{time.monotonic() - BEGAN:6.1f} s  {step}{': ' if seen else ''}{seen}", flush=True)


class Printhost(House):
    """What is done to it, and asked of it, as root."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.root / "srv")
        self.place = place

    @property
    def run_dir(self) -> Path:
        return self.place.inside / "run/gbterm" / NAME

    def gbterm(self, *words: str) -> str:
        """What a one-shot command prints."""
        done = self.place.run("gbterm", *words)
        assert done.returncode == 0, f"gbterm {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def dpkg(self, *words: str) -> str:
        """dpkg, to its end, with all that it says."""
        done = self.place.run("dpkg", *words)
        assert done.returncode == 0, f"dpkg {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def answer(self, question: str) -> None:
        """Tell debconf beforehand to say yes."""
        words = f"echo gbterm gbterm/{question} boolean true | debconf-set-selections"
        assert self.place.run("sh", "-c", words).returncode == 0

    def begin_board(self, link: str, log: str, user: str = "gbterm") -> None:
        """Switch a simulated board on."""
        words = (*SIMULATE, "--link", link, "--log", log)
        process = self.place.begin("gbterm", *words, user=user)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("READY")

    def configure(self) -> None:
        """Name the board's port, which the units may open."""
        root = self.place.root
        with (root / "etc/gbterm/config.toml").open("a") as config:
            config.write(PROFILE)
        drop_in = root / "etc/systemd/system/gbterm-printer@.service.d/board.conf"
        drop_in.parent.mkdir(parents=True, exist_ok=True)
        drop_in.write_text(DROP_IN)
        if isinstance(self.place, Booted):
            self.place.run("systemctl", "daemon-reload")

    def version_of_the_printer_process(self) -> str:
        return str(self.ask("hello")["result"]["version"])

    def answers(self) -> bool:
        """Whether the printer process does, and the printer is there."""
        try:
            return self.ask("get_status")["result"]["status"]["state"] not in ("DISCONNECTED",)
        except (OSError, ValueError, KeyError):
            return False

    def is_served(self) -> bool:
        """Whether the server answers."""
        return self.place.run("gbterm", "status").returncode == 0

    def begin_print(self, file: Path) -> None:
        """Print `file`, and wait until it is well under way."""
        shutil.copy(file, self.root / file.name)
        # A server needs a moment to find a printer process that was started anew.
        runfile = ("gbterm", "runfile", f"/srv/{file.name}", "--yes")
        wait_until(lambda: self.place.run(*runfile).returncode == 0, "a print that begins")
        wait_until(lambda: self.line() > 20, "a print under way", 120)
        say("prints", self.gbterm("status").splitlines()[0])
