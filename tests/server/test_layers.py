"""The layers of a running print, and pauses before them, over a real WebSocket to a real host."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.server.live import Live
from tests.server.running import Caller

HEAD = "M302 P1\nG28\nM83\nM0 Wait\n"
LAYERS = [
    f";LAYER:{n}\nG1 Z{n + 1} F900\n" + f"G1 X{n} Y10 E.1 F6000\nG1 X100 E1\n" * 30
    for n in range(5)
]


def has_moved(times: int, sent: list[str]) -> bool:
    """Whether the board has made so many moves, and not one more."""
    # Those of a head that goes aside have a space.
    moves = [line for line in sent if line.startswith("G1") and line[2] != " "]
    assert len(moves) <= times
    return len(moves) == times


async def begin(live: Live, client: Caller) -> None:
    """Print up to where the file waits, before the first layer."""
    await live.print(client, HEAD + "".join(LAYERS))
    await live.reach(client, "PAUSED")


async def job(client: Caller) -> dict[str, Any]:
    found: dict[str, Any] = (await client.result("get_snapshot"))["state"]["job"]
    return found


async def test_a_print_pauses_before_the_layers_that_are_named(live: Live, client: Caller) -> None:
    before = live.count()
    await begin(live, client)
    async with await live.client() as other:
        await other.result("hello")
        assert await client.result("set_pause_layers", {"layers": ["4", 2]}) is True
        while (await other.event("job_changed"))["job"]["pause_layers"] != [2, 4]:
            pass
    await client.result("resume_print")
    for layer, left in ((2, [4]), (4, [])):
        await live.reach(client, "PAUSED")
        state = (await client.result("get_snapshot"))["state"]
        assert state["reason"] == f"Paused before layer {layer}, as asked."
        told = state["job"]
        assert (told["layer"], told["layers"], told["pause_layers"]) == (layer - 1, 5, left)
        await live.sent(before, partial(has_moved, 61 * (layer - 1)))
        error = await client.error("set_pause_layers", [[layer]])
        assert (error["code"], error["data"]["type"]) == (-32000, "WrongState")
        assert await client.result("resume_print") is True
    await live.reach(client, "READY")
    ended = await job(client)
    assert (ended["layer"], ended["outcome"]) == (5, "finished")
    assert (await client.error("set_pause_layers", [[5]]))["code"] == -32000


async def test_the_layer_that_is_printed_can_be_drawn(live: Live, client: Caller) -> None:
    await begin(live, client)
    await client.result("set_pause_layers", {"layers": [3]})
    await client.result("resume_print")
    await live.reach(client, "PAUSED")
    printing = await job(client)
    asked = {"id": printing["file_id"], "layer": printing["layer"]}
    drawn = await client.result("get_layer_geometry", asked)
    assert (drawn["layer"], drawn["z_mm"]) == (2, 2)
    (path,) = drawn["paths"][-1:]
    assert (path["kind"], path["points"][:4]) == ("extrude", [100, 10, 1, 10])
    layers = await client.result("get_layers", {"id": printing["file_id"]})
    assert layers["layers"] == printing["layers"] == 5


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (None, "needs the parameter layers"),
        (3, "layers must be a list of whole numbers from 0"),
        ([1.5], "layers must be a list of whole numbers from 0"),
        ([6], "The file has layers 1 to 5, and no layer 6"),
        ([0], "no layer 0"),
        (list(range(1, 200)), "100 layers at most"),
    ],
)
async def test_layers_that_make_no_sense(
    live: Live, client: Caller, layers: Any, words: str
) -> None:
    await begin(live, client)
    error = await client.error("set_pause_layers", {"layers": layers})
    assert error["code"] == -32602
    assert words in error["message"]
    assert (await job(client))["pause_layers"] == []
