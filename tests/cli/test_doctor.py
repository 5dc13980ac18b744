"""`gbterm doctor`: every finding on machines of files, and the command as a user runs it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.cli.doctor import machine as of_machine
from gbterm.cli.doctor import ports, settings
from gbterm.cli.doctor.check import Check, Scene, Verdict
from gbterm.cli.doctor.command import found
from gbterm.config import Config, PrinterProfile, Serving
from gbterm.discovery.ports import serial_ports
from gbterm.host.hosts import RunningHost
from tests.cli.conftest import Shell
from tests.discovery.machine import Machine, machine_at

OK, WARNING, WRONG = Verdict.OK, Verdict.WARNING, Verdict.WRONG


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """One with nothing in it."""
    with machine_at(tmp_path / "machine") as machine:
        yield machine


def told(machine: Machine, *checks: Check, config: Config | None = None) -> list[tuple[str, str]]:
    """The verdicts and sentences of these checks."""
    system = machine.system
    scene = Scene(system, config or Config(), "", tuple(serial_ports(system)))
    return [(one.verdict, f"{one.about}: {one.says}") for one in found(scene, checks)]


def test_without_a_printers_port_it_says_what_to_look_at(machine: Machine) -> None:
    ((verdict, says),) = told(machine, ports.usable)
    assert verdict == WARNING
    assert says.startswith("Ports: No printer is plugged in by USB: is it switched on")
    machine.on_board("ttyAMA0")
    machine.login("ttyAMA0")
    assert [one[0] for one in told(machine, ports.usable)] == [WARNING, OK]
    far = Config({"far": PrinterProfile("far", url="http://octopi.local")})
    assert [one[0] for one in told(machine, ports.usable, config=far)] == [OK]


def test_ports_that_work_and_that_do_not(machine: Machine) -> None:
    machine.port("ttyACM0", "1-2")
    busy = machine.port("ttyUSB0")
    machine.process(4711, "octoprint", has_open=busy)
    (works, does_not) = told(machine, ports.usable)
    assert works[0] == OK
    assert "CH340 adapter" in works[1]
    assert does_not[0] == WRONG
    assert does_not[1].endswith(f"octoprint (process 4711) has {busy} open: end it first.")


def test_what_is_no_printer_as_far_as_one_can_tell_is_not_wrong(machine: Machine) -> None:
    stick = machine.port("ttyUSB0", "1-1", ("12d1", "1001", "HUAWEI", "Mobile"))
    machine.process(4711, "pppd", has_open=stick)
    ((_, nobody), (verdict, says)) = told(machine, ports.usable)
    assert nobody.startswith("Ports: ")
    assert verdict == OK
    assert "HUAWEI Mobile. Left alone. If a printer is wired to it: " in says
    assert f"pppd (process 4711) has {stick} open" in says
    meant = Config({"ender": PrinterProfile("ender", stick)})
    assert told(machine, ports.usable, config=meant)[0][0] == WRONG


def test_an_adapter_beside_the_ports_of_all_printers_may_be_anybodys(machine: Machine) -> None:
    machine.port("ttyACM0", "1-2")
    other = machine.port("ttyUSB0")
    machine.process(4711, "upsd", has_open=other)
    assert told(machine, ports.usable)[1][0] == WRONG
    meant = Config({"ender": PrinterProfile("ender", str(machine.root / "dev/ttyACM0"))})
    assert [verdict for verdict, _ in told(machine, ports.usable, config=meant)] == [OK, OK]


def test_a_login_on_the_machines_own_port_is_no_fault_unless_a_printer_is_meant_to_be_there(
    machine: Machine,
) -> None:
    device = machine.on_board("ttyAMA0")
    machine.login("ttyAMA0")
    *_, (verdict, says) = told(machine, ports.usable)
    assert verdict == OK
    assert f"Left alone. If a printer is wired to it: {device} is a terminal to log in at" in says
    meant = Config({"ender": PrinterProfile("ender", device)})
    ((verdict, says),) = told(machine, ports.usable, config=meant)
    assert verdict == WRONG
    assert f"{device} is a terminal to log in at" in says


def test_brltty_is_warned_of_by_its_rules_and_by_its_process(machine: Machine) -> None:
    assert told(machine, ports.brltty) == []
    rule = 'ENV{PRODUCT}=="1a86/7523/*", ENV{BRLTTY_BRAILLE_DRIVER}="bm"\n'
    machine.write("usr/lib/udev/rules.d/85-brltty.rules", f"# {rule}")
    assert told(machine, ports.brltty) == []
    machine.write("usr/lib/udev/rules.d/85-brltty.rules", rule)
    ((verdict, says),) = told(machine, ports.brltty)
    assert verdict == WARNING
    assert "takes USB adapters that printers have: run sudo apt remove brltty" in says


def test_modem_manager_is_warned_of_unless_udev_keeps_it_off(machine: Machine) -> None:
    device = machine.port("ttyUSB0")
    assert told(machine, ports.modem_manager) == []
    machine.process(500, "ModemManager")
    ((verdict, says),) = told(machine, ports.modem_manager)
    assert verdict == WARNING
    assert "may ask ttyUSB0 whether it is a modem" in says
    number = Path(device).stat().st_rdev
    known = f"udev/c{os.major(number)}:{os.minor(number)}"
    machine.write(known, "I:1\nE:ID_MM_DEVICE_IGNORE=1\n")
    assert told(machine, ports.modem_manager)[0][0] == OK


def test_usb_power_saving_is_warned_of(machine: Machine) -> None:
    machine.port("ttyUSB0")
    assert told(machine, ports.suspended) == []
    machine.write("sys/devices/usb1/1-1/power/control", "auto\n")
    ((verdict, says),) = told(machine, ports.suspended)
    assert verdict == WARNING
    assert "echo on | sudo tee" in says


@pytest.mark.parametrize(
    ("bits", "verdict", "says"),
    [
        ("0", OK, "has enough voltage"),
        ("50005", WRONG, "has too little voltage now"),
        ("50000", WARNING, "had too little voltage since it was started"),
        ("8", WARNING, "is too hot"),
    ],
)
def test_a_pi_tells_of_its_power(machine: Machine, bits: str, verdict: Verdict, says: str) -> None:
    machine.write(of_machine.THROTTLED, f"{bits}\n")
    ((found_verdict, found_says),) = told(machine, of_machine.power)
    assert found_verdict == verdict
    assert says in found_says


def test_a_clock_that_nobody_has_set_is_warned_of(machine: Machine) -> None:
    assert told(machine, of_machine.clock)[0][0] == OK
    (machine.root / "run/systemd/timesync").mkdir(parents=True)
    assert "no time server has set it yet" in told(machine, of_machine.clock)[0][1]
    machine.write("run/systemd/timesync/synchronized", "")
    assert told(machine, of_machine.clock)[0][0] == OK


def test_services_are_looked_at_only_where_there_are_some(machine: Machine) -> None:
    assert told(machine, of_machine.services) == []
    unit = "etc-units/multi-user.target.wants/gbterm-server@ender.service"
    machine.write(unit, "")
    assert "systemd does not run" in told(machine, of_machine.services)[0][1]
    (machine.root / "run/systemd/system").mkdir(parents=True)
    ((verdict, says),) = told(machine, of_machine.services)
    assert verdict == WRONG
    assert "journalctl -u gbterm-server@ender.service says what went wrong" in says


def test_a_key_that_others_may_read_is_wrong(machine: Machine) -> None:
    machine.write("key", "secret\n")
    key = machine.root / "key"
    far = Config({"far": PrinterProfile("far", url="ws://127.0.0.1:1/ws", key_file=str(key))})
    key.chmod(0o644)
    assert (WRONG, f"Keys: Others may read or change {key}: run chmod 600 {key}.") in told(
        machine, settings.secrets, config=far
    )
    key.chmod(0o600)
    assert (OK, f"Keys: {key} is its owner's alone.") in told(machine, settings.secrets, config=far)
    key.unlink()
    ((verdict, says),) = [
        one for one in told(machine, settings.secrets, config=far) if str(key) in one[1]
    ]
    assert verdict == WRONG
    assert "can't be read, which a printer's key_file names" in says


def test_a_certificate_that_is_none_is_wrong(machine: Machine) -> None:
    machine.write("pem", "nothing")
    pem = str(machine.root / "pem")
    config = Config(serving=Serving(tls_cert=pem))
    ((verdict, says),) = told(machine, settings.certificate, config=config)
    assert verdict == WRONG
    assert "are no certificate and its key" in says


def test_a_server_on_the_network_without_tls_is_warned_of(machine: Machine) -> None:
    hosts = (
        RunningHost("a", machine.root, "attic", "/dev/a", listen="192.168.1.5:8000"),
        RunningHost("b", machine.root, "bench", "/dev/b", listen="127.0.0.1:8000"),
        RunningHost("c", machine.root, "cellar", "/dev/c", listen="0.0.0.0:8000", tls=True),
        RunningHost("d", machine.root, "den", "/dev/d"),
        RunningHost("e", machine.root, "eaves", "/dev/e", octoprint="192.168.1.5:5000"),
    )
    scene = Scene(machine.system, running=hosts)
    verdicts = [one.verdict for one in found(scene, (settings.doors,))]
    assert verdicts == [WARNING, OK, OK, OK, WARNING]


def test_a_healthy_host_makes_it_end_with_nothing_wrong(gbterm: Shell, board: str) -> None:
    assert gbterm("status").returncode == 4
    before = json.loads(gbterm("doctor", "--json").stdout)
    about = {one["about"]: one for one in before["findings"]}
    assert about["Printer ender"]["says"] == f"{board} is there, and free."
    assert about["Configuration"]["verdict"] == "ok"
    from tests.cli.service import start

    service, _ = start(gbterm)
    after = gbterm("doctor")
    assert f"ok       Printer ender: Its host runs on {board}.\n" in after.stdout
    assert "ok       Host ender: It runs, and its printer is READY.\n" in after.stdout
    assert "ok       Server: ender is reached at ws://127.0.0.1:" in after.stdout
    service.end()


def test_what_is_wrong_is_said_and_ends_it_with_8(gbterm: Shell) -> None:
    gbterm.config.write_text(
        '[printer.ender]\nport = "/dev/ttyNOPE"\n[printer.far]\nurl = "ws://127.0.0.1:1/ws"\n'
    )
    done = gbterm("doctor")
    assert done.returncode == 8
    assert "wrong    Printer ender: There is no port /dev/ttyNOPE: plug" in done.stdout
    assert "wrong    Printer far: No server answers at ws://127.0.0.1:1/ws." in done.stdout
    assert "things are wrong" in done.stdout
    findings = json.loads(gbterm("doctor", "--json").stdout)["findings"]
    assert {"ok", "wrong"} <= {one["verdict"] for one in findings}


def test_a_mistake_in_the_configuration_is_wrong_and_hides_nothing(gbterm: Shell) -> None:
    gbterm.config.write_text("[printer.ender]\nbaud = 115200\n")
    done = gbterm("doctor")
    assert done.returncode == 8
    assert f"wrong    Configuration: {gbterm.config}" in done.stdout
    assert "Python: 3." in done.stdout
    assert "Disk: " in done.stdout
