"""The launchers as a user calls them, and a server that says what it is told to."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.cli.conftest import Shell
from tests.endtoend.house import GENEROUS_S

ROOT = Path(__file__).parents[2]
WHOLE = 99
"""How the whole program ends where it is replaced, so that it shows."""
IMPORTED = {
    *("__future__", "_json", "_socket"),
    *("gbterm", "gbterm.orders", "gbterm.quick", "gbterm.quick.profile", "gbterm.quick.words"),
    "gbterm.quick.json_text",
}
"""Beside what is of a host or of a server."""


class Launcher:
    """One launcher, with the configuration of a shell."""

    def __init__(self, gbterm: Shell) -> None:
        self._gbterm = gbterm
        self.cache = gbterm.home / "cache" / "gbterm" / "quick"
        self.env = gbterm.env | {"XDG_CACHE_HOME": str(gbterm.home / "cache")}
        self._poison = gbterm.home / "poison"
        (self._poison / "gbterm").mkdir(parents=True)
        (self._poison / "gbterm" / "__init__.py").touch()
        (self._poison / "gbterm" / "__main__.py").write_text(f"raise SystemExit({WHOLE})\n")
        assert gbterm("links", "bin").returncode == 0

    def __call__(self, name: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """As a user calls it."""
        return subprocess.run(
            [self._gbterm.home / "bin" / name, *words],
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def quick(self, name: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """The same, which ends with `WHOLE` where the whole program would be called."""
        return self(name, *words, PYTHONPATH=str(self._poison), **env)

    def whole(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same by the whole program."""
        return self._gbterm(*words)

    def imported(self, name: str, *words: str) -> set[str]:
        """The modules that doing it quickly takes, beyond those of an interpreter."""
        code = (
            f"import sys; before = set(sys.modules); sys.path.insert(0, {str(ROOT)!r})\n"
            f"import gbterm.quick; gbterm.quick.answer({name!r}, {list(words)!r})\n"
            "print(*(set(sys.modules) - before))"
        )
        program = [sys.executable, "-IS", "-c", code]
        done = subprocess.run(program, env=self.env, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    def remember(self) -> None:
        """Have the whole program write the printer down."""
        deadline = time.monotonic() + GENEROUS_S
        while not self.cache.exists():
            assert time.monotonic() < deadline, "nothing was written down"
            self("8pause")

    def limit(self, old: str, new: str) -> None:
        """Change for how many seconds it waits, as it is written down."""
        held = self.cache.read_text()
        assert f"\t{old}\t" in held
        self.cache.write_text(held.replace(f"\t{old}\t", f"\t{new}\t"))


class Impostor:
    """Answers the requests of each connection with `replies` in turn, whatever they are.

    Then it closes the connection; or it `is_endless`, or `is_silent` and does neither.
    """

    def __init__(self) -> None:
        self.replies = [b""]
        self.is_endless = self.is_silent = False
        self.asked: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(one,), daemon=True).start()

    def _answer(self, one: socket.socket) -> None:
        with one, suppress(OSError):
            for reply in self.replies:
                if not (request := one.recv(65536)):
                    return
                self.asked.append(request)
                one.sendall(reply)
            while self.is_endless:
                one.sendall(b"x" * 65536)
            while self.is_silent and one.recv(65536):
                pass

    def requests(self) -> list[str]:
        """The method and the path of each."""
        return [" ".join(one.decode().split(" ", 2)[:2]) for one in self.asked]

    def close(self) -> None:
        # Whoever waits for the next one would take that.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


NO_CONTENT = b"HTTP/1.1 204 NO CONTENT\r\n\r\n"


def told(body: bytes, more: bytes = b"") -> bytes:
    """An answer, as a server of the kind gives it."""
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n%s\r\n%s" % (len(body), more, body)


def refusal(status: int) -> bytes:
    """A status, and nothing else."""
    return b"HTTP/1.1 %d NO\r\nContent-Length: 0\r\nLocation: http://evil/\r\n\r\n" % status
