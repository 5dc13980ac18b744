"""What the Job screen does."""

from __future__ import annotations

from gbterm.model import Phase
from tests.console.acts.act import Act, a_file, a_paused_print, a_print
from tests.console.conftest import Console
from tests.memory_backend import MemoryBackend

LAYERED = b"M104 S190\nG28\nM83\n" + b"".join(
    b";LAYER:%d\nG1 Z%d F600\n" % (layer, layer + 1)
    + b"G1 X10 Y10 E1 F600\nG1 X90 Y10 E1\n" * (3000 if layer == 0 else 3)
    for layer in range(3)
)
"""It is in its first layer for longer than anybody looks at it."""


async def a_selected_file(console: Console) -> None:
    """A file that would be printed by a start at the printer."""
    file_id = await a_file(console)
    await console.app.backend.select_file(file_id)
    await console.until(lambda: console.app.state.selected)


async def a_layered_print(console: Console) -> None:
    """A print in its first layer, after which two more come."""
    file_id = await a_file(console, LAYERED, "layers.gcode")
    await console.app.backend.print_file(file_id)
    if isinstance(console.app.backend, MemoryBackend):
        console.backend.enter_layer(1, 3)
    await console.until(lambda: console.app.state.job and console.app.state.job.layer == 1)


async def a_print_without_babysteps(console: Console) -> None:
    """The same, on a nozzle that stands where Z says."""
    await a_layered_print(console)
    if mm := console.app.state.babystep_mm:
        await console.app.backend.babystep(-mm)
    await console.until(lambda: console.app.state.babystep_mm == 0)


async def a_swap(console: Console) -> None:
    """A print that waits for another filament; what it asks is put off."""
    await a_layered_print(console)
    await console.app.backend.begin_swap()
    await console.until(lambda: console.app.state.phase is Phase.FILAMENT_SWAP)
    if not isinstance(console.app.backend, MemoryBackend):
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("escape")


async def a_lost_print(console: Console) -> None:
    """A print that a reset of the board ended, and that somebody has looked after."""
    await a_layered_print(console)
    if isinstance(console.app.backend, MemoryBackend):
        console.backend.lose_print()
    else:
        await console.behind.power_up()
        await console.until(lambda: console.app.state.phase is Phase.ERROR)
        await console.app.backend.reconnect()
    await console.until(lambda: console.app.state.phase is Phase.READY)


async def an_old_print(console: Console) -> None:
    """A print that was cancelled."""
    await a_print(console)
    await console.app.backend.cancel()
    await console.until(lambda: console.app.state.phase is Phase.READY)


def fan(console: Console) -> float | None:
    """What the fan does."""
    return console.app.state.fans.get(0)


async def a_print_with_a_fan(console: Console) -> None:
    """A print whose fan runs."""
    await a_print(console)
    await console.app.backend.set_fan(0, 60)
    await console.until(lambda: round(fan(console) or 0) == 60)


ACTS = (
    Act("pause", lambda c: c.app.state.phase is Phase.PAUSED, before=a_print),
    Act("resume", lambda c: c.app.state.phase is Phase.EXECUTING, before=a_paused_print),
    Act("cancel", "Cancelled after", ("c", "right", "enter"), a_print),
    Act("start_selected", "EXECUTING", ("t", "right", "enter"), a_selected_file),
    Act(
        "restart",
        lambda c: c.app.state.phase is Phase.EXECUTING,
        ("R", "right", "enter"),
        a_paused_print,
    ),
    Act("speed_up", "Speed 105 %", before=a_print),
    Act("speed_down", "Speed 95 %", before=a_print),
    Act("set_speed", "Speed 80 %", ("e", "8", "0", "enter"), a_print),
    Act("flow_up", "Flow 101 %", before=a_print),
    Act("flow_down", "Flow 99 %", before=a_print),
    Act("set_flow", "Flow 97 %", ("f", "9", "7", "enter"), a_print),
    Act("job_fan", "Fan 40 %", ("b", "4", "0", "enter"), a_print),
    Act("job_fan_off", lambda c: fan(c) == 0, before=a_print_with_a_fan),
    Act("babystep_up", "Babystep +0.02 mm", before=a_print_without_babysteps),
    Act("babystep_down", "Babystep -0.02 mm", before=a_print_without_babysteps),
    Act("babystep_size", "d u 0.05 mm", before=a_layered_print),
    Act("pause_layers", "Pauses before 2, 3", ("l", *"2 3", "enter"), a_layered_print),
    Act(
        "begin_swap",
        lambda c: c.app.state.phase is Phase.FILAMENT_SWAP,
        ("w", "right", "enter"),
        a_layered_print,
    ),
    Act(
        "complete_swap",
        lambda c: c.app.state.phase in (Phase.EXECUTING, Phase.RESUMING),
        ("n", "right", "enter"),
        a_swap,
    ),
    Act("layer_view", "Layer 1 of 3 Z", before=a_layered_print),
    Act("statistics", "lines sent again"),
    Act("history", "cancelled box.gcode", before=an_old_print),
    Act("resume_job", "Go on with layers.gcode?", before=a_lost_print),
    Act(
        "forget_lost",
        lambda c: not c.app.state.lost_print,
        ("x", "right", "enter"),
        a_lost_print,
    ),
)
