"""Everything that may happen to a host in mid-print, each once, in one print."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.endtoend.bounds import assert_bounded
from tests.endtoend.chaos import Chaos
from tests.endtoend.deeds import one_of_each
from tests.endtoend.house import House

SPEED = 30.0


def test_a_print_outlives_all_but_its_own_process(house: House, sliced: dict[str, Path]) -> None:
    seed = Random().randrange(1 << 30)
    print(f"seed {seed}")
    chance = Random(seed)
    house.start_print(sliced["box.gcode"], 20, "--baud", "250000", speed=SPEED)
    house.live(SPEED)
    chaos = Chaos(house, chance)
    try:
        chaos.torment(one_of_each(chance, SPEED))
    finally:
        chaos.close()
    chaos.assert_printed(sliced["box.gcode"])
    assert_bounded(house)
