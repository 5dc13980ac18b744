"""Removal in mid-print, and a purge."""

from __future__ import annotations

from pathlib import Path

from place import wait_until
from printhost import Printhost, say

USER, USERS_BOARD = "alice", "/home/alice/board"


def refuse_removal(host: Printhost) -> None:
    """Where nobody is there to ask."""
    printer = host.place.pid("printer")
    done = host.place.run("dpkg", "--remove", "gbterm")
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "gbterm is not removed. box.gcode is being printed on ender." in said, said
    assert host.place.pid("printer") == printer
    status = host.place.run("dpkg-query", "-W", "-f=${db:Status-Abbrev}", "gbterm").stdout
    assert status[1] == "i", status
    sentence = next(line for line in said.splitlines() if line.startswith("gbterm is not removed"))
    say("removal in mid-print is refused", sentence)


class OwnPrint:
    """A print of a user with a board and a host of their own."""

    def __init__(self, host: Printhost, file: Path) -> None:
        self._place = host.place
        self._place.run("useradd", "--create-home", USER)
        self._log = self._place.root / f"home/{USER}/executed.jsonl"
        host.begin_board(USERS_BOARD, f"/home/{USER}/executed.jsonl", USER)
        words = ("gbterm", "--port", USERS_BOARD)
        home = {"user": USER, "HOME": f"/home/{USER}"}
        serve = self._place.begin(*words, "serve", "--listen", "127.0.0.1:0", **home)
        assert serve.stdout is not None
        assert "READY" in serve.stdout.readline()
        done = self._place.run(*words, "runfile", f"/srv/{file.name}", "--yes", **home)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: self.line() > 100, "a user's own print under way", 120)

    def line(self) -> int:
        """How much the board has executed."""
        return self._log.read_bytes().count(b"\n")

    def goes_on(self) -> None:
        """Wait until it has gone on by some lines."""
        before = self.line()
        wait_until(lambda: self.line() > before + 100, "a user's own print that goes on", 120)
        say("a user's own print goes on", f"{self.line() - before} lines more")


def remove_by_force(host: Printhost) -> None:
    """In mid-print, where debconf was told that this is meant."""
    host.answer("stop-print")
    host.dpkg("--remove", "gbterm")
    assert not host.place.pid("printer")
    assert not host.place.pid("server")
    log = (host.root / "executed.jsonl").read_text()
    last = [line for line in log.splitlines() if '"M104' in line or '"M140' in line][-2:]
    assert all(" S0" in line for line in last), last
    say("removed in mid-print, where debconf was told so", "the heaters were turned off")


def purge(host: Printhost, package: Path) -> None:
    """With nobody to ask, and told to take all."""
    data, config = host.place.root / "var/lib/gbterm", host.place.root / "etc/gbterm/config.toml"
    assert list(data.iterdir())
    assert config.exists()
    host.dpkg("--purge", "gbterm")
    assert list(data.iterdir())
    assert not config.exists()
    folders = len(list(data.iterdir()))
    say("purged, nobody asked", f"the configuration is gone, {folders} folders stay")
    host.dpkg("--install", f"/srv/{package.name}")
    host.answer("purge-data")
    host.dpkg("--purge", "gbterm")
    assert not data.exists()
    found = host.place.run("find", "/", "-xdev", "-name", "*gbterm*", "-not", "-path", "/srv/*")
    elsewhere = ("/proc", "/sys", "/home", "/etc/systemd/system/gbterm-printer@.service.d", "/opt")
    left = [path for path in found.stdout.split() if not path.startswith(elsewhere)]
    assert not left, left
    say("purged with the data", "nothing is left but what was put there by hand")
