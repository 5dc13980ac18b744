"""Ports behind a URL, which no lock of a device keeps from being opened twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.host import hosts
from tests.backends.marlin.servers import served
from tests.cli.conftest import Shell, assert_refused
from tests.cli.service import Service, start
from tests.endtoend.house import wait_until


@pytest.fixture
def url(board: str) -> Iterator[str]:
    with served(Path(board), "socket") as (address, _):
        yield address


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
