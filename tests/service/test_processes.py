"""The two processes as systemd starts them, by the lines of their units, and clients of users."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.endtoend.house import GBTERM, wait_until
from tests.service.conftest import Machine

HEAD = "M140 S60\nM104 S210\nG28\n"
OFF = {"M104 S0", "M104 T0 S0"}


def part(machine: Machine, lines: int) -> Path:
    """A file that heats and moves for a while."""
    file = machine.root / "part.gcode"
    file.write_text(HEAD + "G1 X10 F3000\nG1 X60\n" * (lines // 2))
    return file


def printing(machine: Machine) -> Path:
    """In the middle of a long print."""
    machine.start_units(speed=30)
    file = part(machine, 20000)
    machine.print_file(file)
    machine.wait_for_line(50)
    return file


def test_a_print_goes_on_while_its_server_is_killed_and_its_printer_process_asked_to_end(
    machine: Machine,
) -> None:
    machine.start_units(speed=20)
    file = part(machine, 2000)
    machine.print_file(file)
    machine.wait_for_line(100)
    machine.server.signal(signal.SIGKILL)
    machine.printer.reload()
    machine.server.await_ready()
    assert machine.plain("pause").returncode == 0
    machine.wait_for_state("PAUSED")
    assert machine.plain("resume").returncode == 0
    machine.live(300)
    assert machine.plain("waitend").returncode == 0
    assert machine.printer.codes == []
    machine.assert_printed(file)


def test_a_printer_process_that_is_killed_in_mid_print_comes_again_and_knows_of_it(
    machine: Machine,
) -> None:
    printing(machine)
    killed_at = time.monotonic()
    # Somebody is just writing there: no reason to leave a hot board alone.
    (machine.root / "etc/gbterm/config.toml").write_text("[printer.bench]\nport = ")
    machine.printer.signal(signal.SIGKILL)
    machine.printer.await_ready()
    print(f"\nthere again after {time.monotonic() - killed_at:.2f} s", end="")
    machine.configure()
    machine.wait_for_state("ERROR")
    assert "part.gcode stopped at about line" in machine.status()
    assert machine.server.codes == []
    assert machine.printer.codes == [-signal.SIGKILL]


def test_a_service_that_is_stopped_ends_the_print_with_the_heaters_off_and_it_can_go_on(
    machine: Machine,
) -> None:
    printing(machine)
    machine.printer.stop()
    wait_until(lambda: OFF & set(machine.heard()) and "M140 S0" in machine.heard(), "heaters off")
    machine.server.wait()
    assert (machine.printer.codes, machine.server.codes) == ([0], [0])
    refused = machine.plain("--printer", "bench", "serve")
    assert refused.returncode == 4
    assert "sudo systemctl start gbterm-server@bench" in refused.stderr
    machine.printer.start()
    machine.server.start()
    wait_until(lambda: "lost print: part.gcode" in machine.status(), "a print that can go on")


def test_a_service_that_is_stopped_while_it_connects_leaves_a_hot_board_cold(
    machine: Machine,
) -> None:
    machine.start_units("--heat-speed", "0.1")
    file = machine.root / "part.gcode"
    file.write_text("M140 S60\nM109 S210\nG1 X10 F3000\n")
    machine.print_file(file)
    wait_until(lambda: "M109 S210" in machine.heard(), "a board that waits for its heater")
    machine.printer.signal(signal.SIGKILL)
    machine.printer.await_ready()
    assert not OFF & set(machine.heard())
    machine.printer.stop()
    wait_until(lambda: OFF & set(machine.heard()) and "M140 S0" in machine.heard(), "heaters off")


def test_an_idle_printer_process_starts_anew_where_that_is_asked_for(machine: Machine) -> None:
    machine.start_units()
    before = machine.printer.process
    machine.printer.reload()
    machine.printer.await_ready()
    assert before is not machine.printer.process
    assert machine.printer.codes == [128 + signal.SIGTERM]
    machine.wait_for_state("READY")
    assert machine.server.codes == []
    assert machine.plain("stop").returncode == 0
    machine.printer.wait()
    machine.server.wait()
    assert machine.printer.codes[1:] == machine.server.codes == [0]


def test_a_mistake_in_the_configuration_is_said_once(machine: Machine) -> None:
    machine.configure("bauds = 9600")
    machine.printer.start(is_good=False)
    machine.printer.wait()
    assert machine.printer.codes == [2]
    said = machine.printer.log.read_text()
    assert said.count("\n") == 1
    assert "bauds" in said


def test_the_group_may_use_the_sockets_and_nobody_else(machine: Machine) -> None:
    machine.start_units()
    wanted = {"printer.sock": 0o660, "server.sock": 0o660, "server.json": 0o640}
    wanted |= {"host.json": 0o640, "printer.lock": 0o640, ".": 0o750}
    modes = {name: (machine.run_dir / name).stat().st_mode & 0o777 for name in wanted}
    assert modes == wanted
    assert str(machine.tty) not in (machine.run_dir / "server.json").read_text()
    kept = machine.kept_dir / "host.json"
    assert kept.stat().st_mode & 0o777 == 0o600

    machine.root.chmod(0o755)
    machine.run_dir.chmod(0o700)
    nobody: list[str] = []
    if os.geteuid() == 0:
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    else:
        machine.run_dir.chmod(0)
    try:
        for command in ("status", "serve"):
            done = subprocess.run(
                [*nobody, *GBTERM, "--printer", "bench", command],
                env=machine.environment,
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 4, done.stderr
            assert "join its group (sudo usermod -aG gbterm $USER)" in done.stderr
    finally:
        machine.run_dir.chmod(0o750)
