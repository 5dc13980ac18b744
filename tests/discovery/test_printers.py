"""Every printer is listed once, by the name that its user knows."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from gbterm import paths
from gbterm.cli.elsewhere import Elsewhere
from gbterm.config import Config, PrinterProfile
from gbterm.discovery.ports import SerialPort
from gbterm.discovery.printers import Listed, listed
from gbterm.discovery.servers import OCTOPRINT, OPENGB, FoundServer
from gbterm.host.hosts import RunningHost

BY_ID = "/dev/serial/by-id/usb-1a86-if00"
ENDER = PrinterProfile("ender", BY_ID)
PI = PrinterProfile("pi", url="ws://10.0.0.1:8000/ws")


def test_a_configured_printer_stands_for_its_host_and_its_port() -> None:
    config = Config({"ender": ENDER, "pi": PI}, default="ender")
    host = RunningHost("usb-1a86-if00-12345678", Path(), BY_ID, BY_ID)
    ports = [SerialPort(BY_ID, "/dev/ttyUSB0"), SerialPort("/dev/ttyACM0", "/dev/ttyACM0", "Mini")]
    servers = [FoundServer(OPENGB, "pi", PI.url)]
    found = listed(config, [host], ports, servers)
    assert [(p.name, p.kind, p.option, p.value) for p in found] == [
        ("ender", "configured", "printer", "ender"),
        ("pi", "configured", "printer", "pi"),
        ("ttyACM0", "port", "port", "/dev/ttyACM0"),
    ]
    assert (found[0].host, found[0].is_default) == (host.name, True)
    assert found[2].about == "Mini"


def test_what_runs_here_and_is_not_configured_is_listed() -> None:
    host = RunningHost("demo", Path(), "demo", "/tmp/board", listen="127.0.0.1:8000")
    announced = FoundServer(OPENGB, "demo", "ws://127.0.0.1:8000/ws")
    assert listed(Config(), [host], [SerialPort("/tmp/board", "/dev/pts/5")], [announced]) == [
        Listed("demo", "running here", "/tmp/board", "printer", "demo", "demo")
    ]


def test_a_host_whose_name_became_that_of_another_printer_is_not_taken_for_it() -> None:
    host = RunningHost("pi", Path(), "pi", "/tmp/board")
    pi, here = listed(Config({"pi": PI}), [host], [])
    assert (pi.value, pi.server) == ("pi", PI.url)
    assert (here.option, here.value) == ("url", here.server) == ("url", paths.server_url("pi"))
    client = Elsewhere(Namespace()).backend_of(here)
    assert client is not None
    assert (client.address, client.name) == (here.server, "pi")


def test_servers_found_can_be_connected_to() -> None:
    servers = [
        FoundServer(OPENGB, "attic", "ws://10.0.0.2:8000/ws"),
        FoundServer(OCTOPRINT, "cellar", "http://10.0.0.3:80/"),
    ]
    attic, cellar = listed(Config(), [], [], servers)
    assert (attic.option, attic.value, attic.hindrance) == ("url", "ws://10.0.0.2:8000/ws", "")
    assert (cellar.option, cellar.value, cellar.hindrance) == ("url", "http://10.0.0.3:80/", "")
