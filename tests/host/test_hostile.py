"""A host under whatever may happen to its processes, its files and its port."""

from __future__ import annotations

import os
import resource
import signal
import time

import pytest

from gbterm.host import hosts, journal
from gbterm.host.hosts import JOURNAL
from tests.endtoend.device import device
from tests.endtoend.house import House, wait_until

LONG = "M140 S50\nG28\n" + "G1 X10 F600\nG1 X100\n" * 1000
NEVER_AGAIN_S = 4.0
"""A server looks for its printer process at least every 2 s, and takes a while to start one."""


def assert_it_stays_ended(house: House) -> None:
    """No process of the host is left, and none comes back."""
    wait_until(lambda: not hosts.is_alive(house.run_dir), "the end of the host")
    wait_until(lambda: not house.pids("printer") + house.pids("server"), "the end of both")
    deadline = time.monotonic() + NEVER_AGAIN_S
    while time.monotonic() < deadline:
        back = house.pids("printer") + house.pids("server")
        assert not back, (house.run_dir / "printer.log").read_text()
        time.sleep(0.05)


def assert_a_stop_holds_without(house: House, server: int) -> None:
    """A stop that `server`, which begins or is between two connections, does not hear of."""
    os.kill(server, signal.SIGSTOP)
    try:
        stop = house.start_quietly("--port", str(house.tty), "stop")
        wait_until(lambda: not house.pids("printer"), "the end of the printer process")
    finally:
        os.kill(server, signal.SIGCONT)
    assert stop.wait(90) == 0
    assert_it_stays_ended(house)


def test_a_host_whose_server_is_being_started_stays_ended(house: House) -> None:
    house.board()
    house.serve()
    dead = house.kill("server")
    wait_until(lambda: house.pids("server") not in ([], [dead]), "another server")
    assert_a_stop_holds_without(house, house.pid("server"))


def test_a_host_whose_server_is_between_two_connections_stays_ended(house: House) -> None:
    house.board()
    house.serve()
    dead = house.kill("printer")
    wait_until(lambda: house.pids("printer") not in ([], [dead]), "another printer process")
    assert_a_stop_holds_without(house, house.pid("server"))


def test_a_host_that_was_ended_can_be_started_again(house: House) -> None:
    house.board()
    for _ in range(2):
        serve = house.serve()
        dead = house.kill("printer")
        wait_until(lambda: house.pids("printer") not in ([], [dead]), "another one")  # noqa: B023
        house.wait_for_state("READY")
        serve.terminate()
        assert serve.wait(90) == 0
        wait_until(lambda: not hosts.is_alive(house.run_dir), "the end of the host")


def test_a_stop_while_connecting_ends_both_with_a_sentence(house: House) -> None:
    with device(b"") as (port, heard):
        serve = house.start_quietly("serve", "--port", port, "--listen", "127.0.0.1:0")
        wait_until(lambda: b"M110" in heard(), "the greeting")
        done = house.plain("--port", port, "stop")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        _, said = serve.communicate(timeout=90)
        assert serve.returncode == 4
        assert said == f"gbterm: The host of {port} was ended while it was connecting.\n"
        assert_it_stays_ended(house)


def test_a_hot_printer_that_nobody_reaches_is_not_left_in_silence(house: House) -> None:
    house.board()
    serve = house.serve()
    house.ask("set_temp", {"bed": 50})
    wait_until(lambda: "target 50.0" in house.status(), "the bed's target")
    house.fault("unplug")
    house.wait_for_state("DISCONNECTED")
    done = house.run("stop")
    assert done.returncode == 7
    assert f"Nobody turned the heaters of {house.tty} off" in done.stderr
    assert "Its host ended." in done.stderr
    serve.wait(90)
    assert_it_stays_ended(house)


def test_a_port_that_vanishes_and_comes_back(house: House) -> None:
    house.board()
    house.serve()
    before = house.tty.readlink()
    house.fault("unplug")
    house.wait_for_state("DISCONNECTED")
    status = house.status()
    assert f"reason: {house.tty} went away" in status
    assert f"waiting for: {house.tty} to come back" in status
    house.fault("unplug 0")
    house.wait_for_state("READY")
    assert house.tty.readlink() != before
    assert house.run("stop").returncode == 0


def test_a_port_that_vanishes_while_connecting(house: House) -> None:
    house.board()
    house.fault("mute")
    serve = house.start_quietly("serve", "--port", str(house.tty), "--listen", "127.0.0.1:0")
    wait_until(lambda: house.pids("printer"), "the printer process")
    house.wait_for_state("DISCONNECTED")
    house.fault("unplug")
    _, said = serve.communicate(timeout=90)
    assert serve.returncode == 4
    assert len(said.splitlines()) == 1, said
    assert_it_stays_ended(house)


def test_a_disk_that_is_full_for_a_while_ends_no_print_and_is_said(house: House) -> None:
    house.board(speed=60)
    house.serve()
    file = house.root / "part.gcode"
    file.write_text(LONG)
    house.print_file(file)
    printer, path = house.pid("printer"), house.run_dir / JOURNAL

    def kept_line() -> int:
        """How far the print is, as the journal has it."""
        kept = journal.read(path).job
        return kept.line if kept is not None else 0

    wait_until(lambda: kept_line() > 0, "the journal of the print")
    # Within the first slot, so that a write begins and then comes to no end.
    resource.prlimit(printer, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    said = "The journal can't be written"
    wait_until(lambda: said in house.run("status", "--json").stdout, "the message")
    line = house.line()
    house.wait_for_line(line + 20)
    assert house.state() == "EXECUTING"
    assert 0 < kept_line() <= line
    resource.prlimit(printer, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    wait_until(lambda: kept_line() > line, "the journal is written again")
    assert house.run("stop", "--force").returncode == 0


@pytest.mark.parametrize("name", ["printer.sock", "server.sock", "printer.lock", "server.lock"])
def test_a_file_of_the_host_that_was_removed_comes_back_by_itself(house: House, name: str) -> None:
    house.board()
    house.serve()
    before = {role: house.pid(role) for role in ("printer", "server")}
    (house.run_dir / name).unlink()
    wait_until((house.run_dir / name).exists, name)
    assert house.run("status").stdout.startswith("READY")
    assert house.plain("--url", f"unix:{house.run_dir}/server.sock", "status").returncode == 0
    time.sleep(1.0)  # what would start a second one looks twice a second
    assert {role: house.pid(role) for role in ("printer", "server")} == before


def test_two_that_start_at_the_moment_the_lock_file_goes_leave_the_print_alone(
    house: House,
) -> None:
    house.board(speed=60)
    house.serve()
    file = house.root / "part.gcode"
    file.write_text(LONG)
    house.print_file(file)
    house.wait_for_line(20)
    printer = house.pid("printer")
    (house.run_dir / hosts.PRINTER_LOCK).unlink()
    others = [house.start_quietly("serve", "--port", str(house.tty)) for _ in range(2)]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline().startswith("READY")
    house.wait_for_line(house.line() + 10)
    assert house.pids("printer") == [printer]
    assert house.state() == "EXECUTING"
    assert house.run("waitend", "--timeout", "0").returncode == 6
    for other in others:
        other.terminate()
        other.communicate(timeout=90)
    assert house.pids("printer") == [printer]
    assert house.state() == "EXECUTING"
    assert house.run("stop", "--force").returncode == 0
