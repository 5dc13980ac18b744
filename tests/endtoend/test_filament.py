"""Filament that runs out of a print, on a whole host with a program that notices."""

from __future__ import annotations

from tests.endtoend.house import LINGERING, House

LINES = "G28\n" + "".join(f"G1 X{10 + i % 50} Y{10 + i % 7} F6000\n" for i in range(4000))


def test_a_program_that_says_out_begins_a_change_and_the_print_goes_on_after_it(
    house: House,
) -> None:
    folder, out = house.root / "config/gbterm", house.root / "out"
    folder.mkdir(parents=True)
    script = f"echo in; while ! test -e {out}; do sleep 0.05; done; echo out; sleep 1000"
    (folder / "config.toml").write_text(
        f'[printer.p]\nport = "{house.tty}"\n[printer.p.filament_sensor]\n'
        f'command = ["/bin/sh", "-c", "{script}"]\n'
    )
    house.board("--variant", "single", speed=LINGERING)
    house.serve()
    file = house.root / "part.gcode"
    file.write_text(LINES)
    out.touch()
    house.print_file(file)
    house.wait_for_state("FILAMENT_SWAP")
    assert house.run("swap", "complete").returncode == 0
    house.wait_for_state("EXECUTING")
    house.finish()
    moves = [line["line"] for line in house.executed() if "F6000" in str(line["line"])]
    assert len(moves) == 4000
