"""Ports behind a URL, which no lock of a device keeps from being opened twice."""

from __future__ import annotations

import os
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.host import hosts
from tests.cli.conftest import Shell, assert_refused
from tests.cli.service import Service, start, wait_until


class SerialServer:
    """A port of this machine offered on TCP to whoever connects, as ser2net does."""

    def __init__(self, port: str) -> None:
        self.clients = 0
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.clients += 1
                device = os.open(self._port, os.O_RDWR | os.O_NOCTTY)
                tty.setraw(device)
                for source, sink in ((device, client.fileno()), (client.fileno(), device)):
                    keep = client  # its descriptor lives as long as the threads
                    copy = threading.Thread(target=_copy, args=(source, sink, keep), daemon=True)
                    copy.start()

    def close(self) -> None:
        self._listener.close()


def _copy(source: int, sink: int, _keep: socket.socket) -> None:
    with suppress(OSError):
        while data := os.read(source, 4096):
            os.write(sink, data)


@pytest.fixture
def url(board: str) -> Iterator[str]:
    server = SerialServer(board)
    yield f"socket://{server.address}"
    server.close()


def test_a_port_behind_a_url_has_one_host_however_it_is_spelt(gbterm: Shell, url: str) -> None:
    one, ready = start(gbterm, "--port", url)
    other, again = start(gbterm, "--port", url.replace("socket", "SOCKET") + "/")
    assert ready.split()[3:] == again.split()[3:]
    assert len(hosts_of(gbterm)) == 1
    assert other.end() == (0, "")
    assert one.end() == (0, "")


def test_two_names_of_one_url_that_start_at_once_are_one_host(gbterm: Shell, url: str) -> None:
    gbterm.config.write_text(f'[printer.a]\nport = "{url}"\n[printer.b]\nport = "{url}"\n')
    services = [
        Service(gbterm, "serve", "--printer", name, "--listen", "127.0.0.1:0") for name in "ab"
    ]
    ready = [service.ready() for service in services]
    assert ready[0].split()[4:] == ready[1].split()[4:]
    (host,) = hosts_of(gbterm)
    for name in "ab":
        assert gbterm("--printer", name, "status").stdout.startswith("READY\n")
    assert gbterm("--printer", "b", "stop").returncode == 0
    wait_until(lambda: not hosts_of(gbterm), "the host ends")
    assert {service.wait()[0] for service in services} == {0}
    assert_refused(gbterm("--printer", host, "status"), ExitCode.UNREACHABLE, "No host runs")


def hosts_of(gbterm: Shell) -> list[str]:
    """The names of the hosts that run."""
    folder = gbterm.home / "state" / "gbterm" / "run"
    return [path.name for path in folder.iterdir() if hosts.is_alive(path)]
