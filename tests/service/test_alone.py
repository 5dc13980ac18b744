"""A service beside a user's own host: one printer process on a journal and on a port, and every
command to the one with the board."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm import lock
from gbterm.config import PrinterProfile
from gbterm.errors import WrongState
from gbterm.host import alone, hosts
from gbterm.host.spec import Spec
from tests.backends.marlin.servers import served
from tests.endtoend.house import wait_until
from tests.service.conftest import Machine


def owners(machine: Machine) -> list[str]:
    """The hosts below it that live, by their run directories."""
    folders = (machine.run_dir, machine.kept_dir, machine.root / "state/gbterm/run/bench")
    return [str(path.relative_to(machine.root)) for path in folders if hosts.is_alive(path)]


def test_a_service_waits_for_the_end_of_a_host_that_has_its_journal(machine: Machine) -> None:
    machine.configure('listen = "127.0.0.1:0"')
    machine.board()
    # The user gbterm, as whom the console at boot starts one, too.
    kinds = ("STATE", "DATA")
    machine.environment |= {f"XDG_{kind}_HOME": str(machine.root / "var/lib") for kind in kinds}
    machine.start("serve", "--printer", "bench")
    before = (machine.kept_dir / "host.json").read_text()
    machine.printer.start(is_good=False)
    said = "Another host already serves bench"
    wait_until(lambda: said in machine.printer.said(), "a word of who is there")
    assert (machine.kept_dir / "host.json").read_text() == before
    assert owners(machine) == ["var/lib/gbterm/run/bench"]
    assert machine.plain("status").stdout.startswith("READY\n")
    assert machine.printer.codes == []
    assert machine.printer.said().count(said) == 1

    assert machine.plain("--printer", "bench", "stop").returncode == 0
    machine.printer.await_ready()
    machine.server.start()
    machine.wait_for_state("READY")
    assert owners(machine) == ["run/gbterm/bench"]


def test_a_users_commands_reach_the_host_with_the_board_also_beside_a_service(
    machine: Machine,
) -> None:
    machine.configure('listen = "127.0.0.1:0"')
    machine.board()
    machine.start("serve", "--printer", "bench")
    machine.printer.start()
    machine.server.start()
    assert owners(machine) == ["run/gbterm/bench", "state/gbterm/run/bench"]
    wait_until(lambda: " drives " in machine.printer.said(), "who has it")
    assert machine.plain("--printer", "bench", "status").stdout.startswith("READY\n")
    assert machine.plain("--printer", "bench", "stop").returncode == 0
    assert owners(machine) == ["run/gbterm/bench"]
    machine.wait_for_state("READY")


def test_a_port_of_the_network_has_one_host_whoever_starts_the_other(machine: Machine) -> None:
    machine.board()
    with served(machine.tty, "socket") as (address, _):
        machine.tty = Path("unused")
        config = machine.root / "etc/gbterm/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[printer.bench]\nport = "{address}"\nlisten = "127.0.0.1:0"\n')
        machine.start("serve", "--port", address, "--listen", "127.0.0.1:0")
        machine.printer.start(is_good=False)
        said = f"{address} is served by another host"
        wait_until(lambda: said in machine.printer.said(), "a word of who is there")
        assert machine.plain("--port", address, "stop").returncode == 0
        machine.printer.await_ready()


def test_it_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(alone, "ALONE_WITHIN_S", 0.0)
    spec = Spec("p", PrinterProfile("p", "/dev/none"), tmp_path, supervised=True)
    spec.kept_dir.mkdir(parents=True)
    held = lock.take(spec.kept_dir / hosts.JOURNAL_LOCK)
    assert held is not None
    with contextlib.ExitStack() as locks:
        with pytest.raises(WrongState, match="Another host already serves p"):
            alone.alone(spec, locks)
        assert alone.alone(replace(spec, supervised=False), locks) == (None, "")
        held.release()
        assert alone.alone(spec, locks)[0] is not None
