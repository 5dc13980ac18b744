"""A house as another machine, which a user here reaches by ssh."""

from __future__ import annotations

import os
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.endtoend.house import GBTERM, House
from tests.endtoend.sshd import Sshd

HERE = Path(__file__).parents[2]


class Far:
    """The house as another machine: a user here has an ssh that knows it as `pi`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.folder = house.root / "ssh"
        self.programs, self.tools = house.root / "far-bin", house.root / "bin"
        for folder in (self.folder, self.programs, self.tools):
            folder.mkdir()
        self.install("exec " + shlex.join(GBTERM) + ' "$@"')
        passed = {
            name: value for name, value in house.environment.items() if name.startswith("XDG_")
        } | {"PYTHONPATH": str(HERE), "LC_ALL": "C.UTF-8", "HOME": str(house.root)}
        self.sshd = Sshd(self.folder, passed | {"PATH": f"{self.programs}:/usr/bin:/bin"})
        self.known_hosts = self.folder / "known_hosts"
        host_key = (self.folder / "host_key.pub").read_text()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.sshd.port} {host_key}")
        self.configure()
        ssh = self.tools / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {self.folder / "client"} "$@"\n')
        ssh.chmod(0o755)
        self.path = f"{self.tools}:{os.environ['PATH']}"
        house.environment["PATH"] = self.path

    def install(self, script: str) -> None:
        """What `gbterm` is over there."""
        program = self.programs / "gbterm"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def configure(self, *lines: str, port: int | None = None) -> None:
        """The ssh configuration of the user here; the first word for something counts."""
        (self.folder / "client").write_text(
            "\n".join(
                (
                    "Host pi nobody@pi",
                    *lines,
                    "HostName 127.0.0.1",
                    f"Port {port or self.sshd.port}",
                    f"IdentityFile {self.folder / 'key'}",
                    "IdentitiesOnly yes",
                    f"UserKnownHostsFile {self.known_hosts}",
                    "RemoteCommand uname",
                    "RequestTTY force",
                )
            )
        )

    def carriers(self) -> list[int]:
        """The processes of ssh here, and what they run over there."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (process / "cmdline").read_bytes()
                ours = str(self.house.root).encode() in (process / "environ").read_bytes()
                if ours and (b"host pipe" in words or b"host\0pipe" in words):
                    found.append(int(process.name))
        return found

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A one-shot command on the printer over there."""
        return self.house.plain("--url", "ssh://pi", *words)
