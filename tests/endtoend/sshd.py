"""A real sshd on loopback, for one user with one key, everything of it in a folder."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.endtoend.house import GENEROUS_S, wait_until
from tests.ports import free_port

SSHD = "/usr/sbin/sshd"
PRIVILEGED = Path("/run/sshd")
"""Which a server that root runs must have."""


class Sshd:
    """Runs until it is closed."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.port = free_port()
        for name in ("host_key", "key"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(root / name)]
            subprocess.run(command, check=True, timeout=GENEROUS_S)
        (root / "authorized_keys").write_text((root / "key.pub").read_text())
        (root / "config").write_text(self._config(environment))
        if os.getuid() == 0:
            PRIVILEGED.mkdir(mode=0o755, exist_ok=True)
        command = [SSHD, "-D", "-e", "-f", str(root / "config")]
        with (root / "log").open("w") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        wait_until(self._listens, f"sshd: {(root / 'log').read_text()}")

    def _config(self, environment: dict[str, str]) -> str:
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.root / 'host_key'}",
            f"AuthorizedKeysFile {self.root / 'authorized_keys'}",
            f"PidFile {self.root / 'pid'}",
            "PasswordAuthentication no",
            "PermitRootLogin prohibit-password",
            "StrictModes no",
            "UsePAM no",
            "PrintMotd no",
            "SetEnv " + " ".join(f'{name}="{value}"' for name, value in environment.items()),
        ]
        return "\n".join(lines) + "\n"

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def command(self, *words: str) -> tuple[str, ...]:
        """What runs `words` over there, on a terminal of its own."""
        options = ("IdentitiesOnly=yes", "StrictHostKeyChecking=no", "LogLevel=ERROR")
        known = f"UserKnownHostsFile={self.root / 'known_hosts'}"
        return (
            *("ssh", "-tt", "-F", "none", "-p", str(self.port), "-i", str(self.root / "key")),
            *(part for option in (*options, known) for part in ("-o", option)),
            *(f"{getpass.getuser()}@127.0.0.1", *words),
        )

    def sessions(self) -> list[int]:
        """The process numbers of its connections."""
        task = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(number) for number in task.read_text().split()]

    def close(self) -> None:
        """End it, with its connections."""
        for number in [*self.sessions(), self._process.pid]:
            with suppress(ProcessLookupError):  # a connection that ended by itself meanwhile
                os.kill(number, signal.SIGTERM)
        self._process.wait(GENEROUS_S)
