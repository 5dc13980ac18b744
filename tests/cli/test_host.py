"""The command line with a real host on the virtual board: serve, print, stop, demo."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from gbterm import lock, paths
from gbterm.cli.exits import ExitCode
from gbterm.host import hosts
from gbterm.simulator.link import lock_of
from tests.cli.conftest import Shell, assert_refused
from tests.cli.service import Screen, start
from tests.endtoend.house import host_processes, wait_until

SAMPLE = Path(__file__).parents[2] / "gbterm" / "data" / "box.gcode"
SHORT = "M140 S50\nG28\n" + "".join(f"G1 X{x} Y{x} F6000\n" for x in range(10, 60)) + "M84\n"
LONG = "M140 S50\nG28\n" + "G1 X10 F600\nG1 X100\n" * 1000


def lives(gbterm: Shell, name: str = "ender") -> bool:
    return hosts.is_alive(gbterm.run_dir(name))


def print_file(gbterm: Shell, text: str) -> None:
    file = gbterm.home / "part.gcode"
    file.write_text(text)
    done = gbterm("runfile", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().isdigit()


def test_serve_print_and_wait(gbterm: Shell, board: str) -> None:
    service, ready = start(gbterm)
    assert board in ready
    address = ready.split()[3]
    assert gbterm("status").stdout.startswith("READY\n")
    assert gbterm("status", "--url", address).stdout.startswith("READY\n")
    print_file(gbterm, SHORT)
    assert gbterm("waitend").returncode == ExitCode.DONE
    done = gbterm("status")
    assert "job: part.gcode\noutcome: finished\n" in done.stdout
    assert service.end() == (0, "")
    assert not lives(gbterm)


def test_a_print_goes_on_without_serve(gbterm: Shell, board: str) -> None:
    service, _ = start(gbterm)
    print_file(gbterm, LONG)
    code, said = service.end()
    assert (code, said) == (0, "The print on ender goes on without gbterm serve.\n")
    assert gbterm("status").stdout.startswith("EXECUTING\n")
    assert_refused(gbterm("stop"), ExitCode.WRONG_STATE, "part.gcode")
    assert gbterm("pause").returncode == 0
    wait_until(lambda: gbterm("status").stdout.startswith("PAUSED\n"), "it pauses")
    assert gbterm("pause").returncode == 0
    assert gbterm("resume").returncode == 0
    assert gbterm("cancel").returncode == 0
    assert_refused(gbterm("waitend"), ExitCode.WRONG_STATE, "cancelled")
    assert gbterm("stop").returncode == 0
    assert not lives(gbterm)


def test_a_forced_stop_ends_a_print(gbterm: Shell, board: str) -> None:
    service, _ = start(gbterm)
    print_file(gbterm, LONG)
    done = gbterm("host", "stop", "--force")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not lives(gbterm)
    assert service.wait() == (0, "The host of ender was ended.\n")


def test_serve_adopts_a_host_and_leaves_it(gbterm: Shell, board: str) -> None:
    first, one = start(gbterm)
    second, other = start(gbterm, "--port", board)
    assert one == other
    assert second.end(signal.SIGINT) == (0, "")
    assert gbterm("status").stdout.startswith("READY\n")
    assert first.end() == (0, "")
    assert not lives(gbterm)


def test_the_only_host_is_meant_where_nothing_is_configured(gbterm: Shell, board: str) -> None:
    service, _ = start(gbterm)
    gbterm.config.unlink()
    assert gbterm("status").stdout.startswith("READY\n")
    assert '"printer": "ender"' in gbterm("status", "--json").stdout
    assert service.end() == (0, "")


def test_an_emergency_stop_halts_the_board(gbterm: Shell, board: str) -> None:
    service, _ = start(gbterm)
    print_file(gbterm, LONG)
    done = gbterm("estop")
    assert (done.returncode, done.stderr) == (0, "")
    assert gbterm("status").stdout.startswith("ERROR\n")
    assert_refused(gbterm("waitend"), ExitCode.PRINTER_ERROR)
    service.end()


def test_a_port_that_is_not_there(gbterm: Shell) -> None:
    done = gbterm("--port", "/dev/ttyX9", "serve")
    assert_refused(done, ExitCode.UNREACHABLE, "/dev/ttyX9")
    assert gbterm("status").returncode == ExitCode.WRONG_USAGE


def test_an_address_that_is_taken(gbterm: Shell, board: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = gbterm("serve", "--listen", address)
    assert done.returncode != 0
    assert (address in done.stderr, "--listen" in done.stderr) == (True, True), done.stderr
    assert not lives(gbterm)
    service, _ = start(gbterm)
    assert service.end() == (0, "")


def test_people_read_the_port_of_a_host_that_nobody_named(gbterm: Shell, board: str) -> None:
    gbterm.config.unlink()
    service, ready = start(gbterm, "--port", board)
    hidden = paths.host_name(board)
    assert ready.startswith(f"READY {board} {board} ws://")
    assert_refused(gbterm("pause"), ExitCode.WRONG_STATE, f"{board} can't pause a print now")
    assert_refused(gbterm("--printer", "x", "status"), ExitCode.WRONG_USAGE, f"known: {board}")
    said = [gbterm("--port", board, "pause"), gbterm("--printer", "x", "status"), gbterm("pause")]
    said.append(gbterm("pause", "--url", ready.split()[3]))
    assert not [done.stderr for done in said if hidden in done.stderr]
    assert f'"printer": "{board}"' in gbterm("--printer", board, "status", "--json").stdout
    assert service.end() == (0, "")


def test_a_host_is_known_by_its_port_after_the_port_got_a_name(gbterm: Shell, board: str) -> None:
    named = gbterm.config.read_text()
    gbterm.config.unlink()
    service, _ = start(gbterm, "--port", board)
    gbterm.config.write_text(named)
    assert gbterm("status").stdout.startswith("READY\n")
    assert gbterm("--printer", "ender", "status").stdout.startswith("READY\n")
    assert gbterm("--port", board, "status").stdout.startswith("READY\n")
    second, _ = start(gbterm)
    assert second.end() == (0, "")
    assert gbterm("stop").returncode == 0
    assert service.wait()[0] == 0


def test_a_host_on_another_port_is_not_taken_for_this_one(gbterm: Shell, board: str) -> None:
    service, _ = start(gbterm)
    gbterm.config.write_text('[printer.ender]\nport = "/dev/ttyX7"\n')
    done = gbterm("--port", "/dev/ttyX7", "status")
    assert_refused(done, ExitCode.WRONG_USAGE, f"started on {board}", "--printer ender stop")
    assert gbterm("--printer", "ender", "stop").returncode == 0
    assert service.wait()[0] == 0


def test_the_demo_from_start_to_end(gbterm: Shell) -> None:
    screen = Screen(gbterm, "demo")
    screen.wait_for(b"READY")
    assert gbterm("status").stdout.startswith("READY\n")
    screen.press(b"\x1bOR")
    screen.wait_for(b"box.gcode")
    screen.press(b"\x11")
    assert screen.leave() == 0
    assert not lives(gbterm, "demo")
    assert not (gbterm.run_dir("demo") / "tty").is_symlink()


def assert_nothing_is_left(gbterm: Shell) -> None:
    assert not lives(gbterm, "demo")
    run_dir = gbterm.run_dir("demo")
    assert not (run_dir / "tty").is_symlink()
    assert not lock.is_held(lock_of(run_dir / "tty"))


def test_a_demo_that_can_not_begin_leaves_nothing_behind(gbterm: Shell) -> None:
    library = gbterm.home / "state" / "gbterm" / "demo"
    library.parent.mkdir(parents=True)
    library.write_text("in the way")
    screen = Screen(gbterm, "demo")
    assert screen.leave() == ExitCode.WRONG_USAGE
    assert str(library).encode() in screen.seen
    assert_nothing_is_left(gbterm)


def test_a_demo_that_is_interrupted_leaves_nothing_behind(gbterm: Shell) -> None:
    screen = Screen(gbterm, "demo")
    wait_until(lambda: lives(gbterm, "demo"), "its host")
    (printer,) = host_processes(gbterm.home, "printer")
    os.kill(printer, signal.SIGSTOP)  # else the console may begin first
    screen.press(b"\x03")
    os.kill(printer, signal.SIGCONT)
    assert screen.leave() == ExitCode.INTERRUPTED
    assert_nothing_is_left(gbterm)


def test_a_demo_whose_host_died_ends_its_board(gbterm: Shell) -> None:
    screen = Screen(gbterm, "demo")
    screen.wait_for(b"READY")
    (server,) = host_processes(gbterm.home, "server")
    (printer,) = host_processes(gbterm.home, "printer")
    os.kill(server, signal.SIGSTOP)  # else it would start the printer process anew
    os.kill(printer, signal.SIGKILL)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not lives(gbterm, "demo"), "the end of the host")
    screen.press(b"\x11")
    screen.leave()
    assert_nothing_is_left(gbterm)


def test_the_demo_goes_on_printing(gbterm: Shell) -> None:
    screen = Screen(gbterm, "demo")
    screen.wait_for(b"READY")
    done = gbterm("--printer", "demo", "runfile", str(SAMPLE))
    assert (done.returncode, done.stderr) == (0, "")
    screen.wait_for(b"EXECUTING")
    screen.press(b"\x11")
    screen.wait_for(b"goes on without the console")
    screen.press(b"\x11")
    assert screen.leave() == 0
    assert gbterm("status").stdout.startswith("EXECUTING\n")
    again = Screen(gbterm, "demo")
    again.wait_for(b"EXECUTING")
    assert gbterm("stop", "--force").returncode == 0
    assert not lives(gbterm, "demo")
    assert not (gbterm.run_dir("demo") / "tty").is_symlink()
    again.press(b"\x11")
    assert again.leave() == 0
