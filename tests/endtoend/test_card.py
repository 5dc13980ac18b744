"""A printer process that is really killed while the board prints from its own card."""

from __future__ import annotations

import json

from tests.endtoend.house import AT_A_GREETING, OF_THE_HOST, House, wait_until

LINES = ["M140 S60", "M104 S200", "G28", *(f"G1 X{x % 100} Y{x % 70} F3000" for x in range(1500))]
OF_THE_DISPLAY = ["M23 BENCHY.GCO", "M24"]


def test_it_goes_on_undisturbed_and_is_found_again(house: House) -> None:
    (card := house.root / "card").mkdir()
    (card / "benchy.gco").write_text("\n".join(LINES))
    house.board("--sd", str(card), speed=1)
    for command in OF_THE_DISPLAY:
        house.fault(f"display {command}")
    house.serve()
    house.wait_for_state("EXECUTING")
    assert "reason: It prints from its own card.\njob: benchy.gco" in _without_heaters(house)
    before = house.kill("printer")
    wait_until(lambda: house.pids("printer") not in ([], [before]), "another printer process")
    house.wait_for_state("EXECUTING")
    refused = house.run("settemp", "0")
    assert refused.returncode == 5
    assert "it prints from its own card. Wait for the end of that" in refused.stderr
    house.finish()
    log = house.executed_log.read_text()
    executed = [str(json.loads(line)["line"]) for line in log.splitlines()]
    own = [line for line in executed if line.split()[0] not in (*OF_THE_HOST, *AT_A_GREETING)]
    assert own == [*OF_THE_DISPLAY, *LINES, "M1001"]


def _without_heaters(house: House) -> str:
    """What `gbterm status` says of the printer and its print."""
    lines = house.status().splitlines()
    return "\n".join(line for line in lines if not line.startswith(("nozzle", "bed")))
