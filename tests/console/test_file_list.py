"""Which files are listed, and in what order."""

from __future__ import annotations

from collections.abc import Iterable

from gbterm.files import FileDetails, GcodeFile
from gbterm.widgets.file_list import Entry, Folder, Order, listed


def file(
    id: int, name: str, *, size: int = 0, uploaded: str = "2024", time: int = 0, folder: str = ""
) -> GcodeFile:
    return GcodeFile(id, name, size, uploaded, print_time_sec=time, folder=folder)


BOX = file(1, "box.gcode", size=300, uploaded="2024-05-02", time=60)
CONE = file(2, "Cone tall.gcode", size=100, uploaded="2024-05-03", time=7200)
GEAR = file(3, "gear.gcode", size=200, uploaded="2024-05-01", folder="gears")
PINION = file(4, "pinion.gcode", folder="gears/small")
BRIDGE = file(5, "bridge.gcode", folder="tests")
ALL = (BOX, CONE, GEAR, PINION, BRIDGE)


def names(entries: Iterable[Entry]) -> list[str]:
    return [f"{e.path}/" if isinstance(e, Folder) else e.path for e in entries]


def test_each_order_has_its_first() -> None:
    flat = (BOX, CONE)
    assert [listed(flat, order)[0] for order in Order] == [CONE, BOX, BOX, CONE]
    order, seen = Order.NEWEST, []
    for _ in Order:
        seen.append(order)
        order = order.following()
    assert (set(seen), order) == (set(Order), Order.NEWEST)


def test_names_are_in_order_whatever_their_case_and_print_times_are_also_the_files_own() -> None:
    timed = GcodeFile(9, "a.gcode", 0, "2024", details=FileDetails(time_s=9000.0))
    assert names(listed((CONE, BOX, timed), Order.NAME)) == [
        *("a.gcode", "box.gcode", "Cone tall.gcode"),
    ]
    assert listed((CONE, BOX, timed), Order.TIME)[0] is timed


def test_folders_come_first_with_what_is_in_them() -> None:
    assert listed(ALL, Order.NAME) == (Folder("gears", 2), Folder("tests", 1), BOX, CONE)
    assert listed(ALL, Order.NAME, folder="gears") == (Folder("gears/small", 1), GEAR)
    assert listed(ALL, Order.NAME, folder="gears/small") == (PINION,)
    assert listed(ALL, Order.NAME, folder="gear") == ()
    assert Folder("gears/small", 1).name == "small"


def test_a_search_looks_everywhere_for_every_word_in_any_case() -> None:
    assert listed(ALL, Order.NAME, "GEAR", "tests") == (GEAR, PINION)
    assert listed(ALL, Order.NAME, "tall cone") == (CONE,)
    assert listed(ALL, Order.NAME, "small pin") == (PINION,)
    assert listed(ALL, Order.NAME, "nothing") == ()
    assert listed(ALL, Order.NAME, "  ") == listed(ALL, Order.NAME)
