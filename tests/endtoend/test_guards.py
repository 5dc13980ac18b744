"""A heater that is stuck on, on a whole host."""

from __future__ import annotations

import tarfile

from gbterm.host import hosts, traffic
from tests.endtoend.house import House, wait_until


def test_a_heater_that_is_stuck_on_halts_the_board_and_costs_the_printer_its_power(
    house: House,
) -> None:
    folder, cut = house.root / "config/gbterm", house.root / "cut"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[printer.p]\nport = "{house.tty}"\n[printer.p.limits]\nnozzle_max = 60\n'
        '[printer.p.guards]\nover_cap = "power_off"\nnot_following = "warn"\n'
        f'power_off = ["/usr/bin/touch", "{cut}"]\n'
    )
    house.board("--heat-speed", "10", speed=1)
    house.serve()
    house.fault("unprotected")
    house.fault("heater-stuck E0")
    wait_until(cut.exists, "the power to be cut")
    wait_until(lambda: "Its power was cut." in house.status(), "the reason")
    assert house.state() == "ERROR"
    assert "Nozzle 1 is at " in house.status()
    assert "must not be over 60 °C. " in house.status()
    assert "M112" in house.executed_log.read_text()
    kept = traffic.of_fault(house.run_dir / hosts.TRAFFIC)
    wait_until(kept.exists, "the lines of the fault to be kept")
    assert house.run("report", "fault.tar.gz").returncode == 0
    with tarfile.open(house.root / "fault.tar.gz") as report:
        member = report.extractfile("fault/fault.log")
        assert member is not None
        lines = member.read().decode().splitlines()
    assert any(line.endswith("> M112") for line in lines), lines
    assert any(line.endswith("< Error:Printer halted. kill() called!") for line in lines), lines
    assert any(" T0:" in line for line in lines), lines
