"""The system's own `ssh`, which carries a connection to a unix socket of another machine.

Nothing is ever asked on the terminal: what ssh would ask for, it fails for, in a sentence. Its
options are those of ssh_config(5).
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress

from gbterm import credentials
from gbterm.errors import AuthenticationRefused, LinkError
from gbterm.ssh_address import SshAddress
from gbterm.text import scrub

CONNECT_S = 8
"""For the network alone; there is more to come."""
SAID_MAX = 4096
END_S = 1.0
NOT_FOUND, SSH_FAILED = 127, 255
USAGE = 2
"""The exit code of a gbterm that doesn't understand, or doesn't know which printer is meant."""

_OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": str(CONNECT_S),
    # In case that nobody is left here who would notice.
    "ServerAliveInterval": "10",
    "ServerAliveCountMax": "3",
    "ClearAllForwardings": "yes",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "PermitLocalCommand": "no",
    "RemoteCommand": "none",
    # A connection that is shared is used, but none is left behind.
    "ControlMaster": "no",
    # Without the banner of the machine.
    "LogLevel": "ERROR",
}

_REASONS: tuple[tuple[str, type[LinkError], str], ...] = (
    (
        "HOST IDENTIFICATION HAS CHANGED",
        LinkError,
        "The host key of {place} is not the one that is known here: find out why before you log in;"
        " if all is well, forget the old one with ssh-keygen -R.",
    ),
    (
        "Host key verification failed|host key is known for",
        LinkError,
        "The host key of {place} is not known here: log in once with {ssh} and look whether it is"
        " the right one.",
    ),
    (
        "Permission denied|Too many authentication failures",
        AuthenticationRefused,
        "{place} does not let you in by ssh without asking: give it your key with ssh-copy-id, or"
        " load the key with ssh-add.",
    ),
    (
        "Could not resolve hostname",
        LinkError,
        "No machine called {host} is known here: look whether its name is right.",
    ),
    (
        "Connection refused",
        LinkError,
        "{place} refuses connections by ssh: look whether its ssh server runs, and on which port.",
    ),
    (
        "No route to host|[Uu]nreachable",
        LinkError,
        "There is no way to {place}: look whether it is switched on, and the network.",
    ),
    (
        "timed out|not responding",
        LinkError,
        "{place} does not answer by ssh: look whether it is switched on, and the network.",
    ),
)


class Ssh:
    """One process of ssh from its start to `end`; `socket` is our end of what it carries."""

    def __init__(self, address: SshAddress) -> None:
        """Start it. Raises `LinkError` where this machine has none."""
        self._address = address
        self._said = b""
        self.socket, theirs = socket.socketpair()
        try:
            # A session of its own has no terminal, and can be ended with all that it started.
            self._process = subprocess.Popen(
                command(address),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            self.socket.close()
            raise LinkError(
                f"ssh can't be started ({error.strerror}): install it, as with apt install"
                " openssh-client."
            ) from error
        finally:
            theirs.close()
        assert self._process.stderr is not None
        self._errors = self._process.stderr.fileno()
        os.set_blocking(self._errors, False)
        asyncio.get_running_loop().add_reader(self._errors, self._hear)

    def end(self) -> None:
        """End it now, with all that it started; done already is no error."""
        errors = self._process.stderr
        assert errors is not None
        if errors.closed:
            return
        asyncio.get_running_loop().remove_reader(self._errors)
        errors.close()
        if self._process.poll() is None:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_S)

    async def reason(self) -> LinkError | None:
        """Why it failed; None where it goes on, or ended because the connection did."""
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, END_S)
        code = self._process.poll()
        if not code:
            return None
        self._hear()
        return explained(self._address, code, self._said.decode("utf-8", "replace"))

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            while said := os.read(self._errors, SAID_MAX):
                self._said = (self._said + said)[-SAID_MAX:]
            asyncio.get_running_loop().remove_reader(self._errors)


def command(address: SshAddress) -> list[str]:
    """What is run: ssh, and over there `gbterm host pipe`, by whatever shell its user has."""
    printer = f" {address.printer}" if address.printer else ""
    # A shell that is no login shell knows little of where programs are.
    there = (
        'exec sh -c \'PATH="$PATH:$HOME/.local/bin:/usr/local/bin";'
        f" exec gbterm host pipe{printer}'"
    )
    options = [part for pair in _OPTIONS.items() for part in ("-o", "=".join(pair))]
    user = ["-l", address.user] if address.user else []
    port = ["-p", str(address.port)] if address.port else []
    return ["ssh", "-T", *options, *user, *port, "--", address.host, there]


def _environment() -> dict[str, str]:
    known = os.environ | {"SSH_ASKPASS_REQUIRE": "never"}
    return {name: value for name, value in known.items() if name != credentials.VARIABLE}


def explained(address: SshAddress, code: int, said: str) -> LinkError:
    """Why ssh ended, which `said` so much on its standard error before."""
    lines = list(_lines(said))
    last = lines[-1] if lines else ""
    port = f"-p {address.port} " if address.port else ""
    words = {"place": address.place, "host": address.host, "ssh": f"ssh {port}{address.place}"}
    if code == SSH_FAILED:
        for pattern, kind, sentence in _REASONS:
            if re.search(pattern, said):
                return kind(sentence.format(**words))
        return LinkError(f"The ssh connection to {address.place} ended: {last or 'no reason'}.")
    if code == NOT_FOUND:
        return LinkError(
            f"{address.place} has no gbterm where its shell finds it: install it there, as with"
            " pipx install gbterm."
        )
    if code == USAGE and "invalid choice" in last:
        return LinkError(f"The gbterm of {address.place} is too old for ssh: upgrade it there.")
    return LinkError(f"{address.place} says: {last or f'exit code {code}'}")


def _lines(said: str) -> Iterator[str]:
    for line in said.splitlines():
        if text := scrub(line.strip(), 300).removeprefix("gbterm: "):
            yield text
