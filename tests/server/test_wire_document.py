"""docs/api.md and docs/wire.md name what is served: no method and no event more, and none less."""

from __future__ import annotations

import json
import re
from pathlib import Path

from websockets.asyncio.client import unix_connect

from gbterm import errors, jsonrpc, wire
from gbterm.server.keys import Scope
from gbterm.server.scopes import SCOPES
from tests.server.api import Table
from tests.server.api_extensions import (
    BY_ITS_OWN,
    EXTENSIONS,
    OF_THE_PRINTER_PROCESS,
    OF_THIS_MACHINE,
)
from tests.server.api_opengb import OPENGB
from tests.server.live import Live
from tests.server.running import Caller

DOCS = Path(__file__).parents[2] / "docs"
API, WIRE = (DOCS / "api.md").read_text(), (DOCS / "wire.md").read_text()
OF_OPENGB, OF_EXTENSIONS = API.partition("## Extensions\n")[::2]
TRIED: Table = OPENGB | EXTENSIONS | OF_THIS_MACHINE


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the tables of events below a heading: the other cells by each name."""
    found: dict[str, list[str]] = {}
    section = re.split(r"^## ", API.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]
    for table in re.findall(r"^\| event \|.*\n\|[-|]+\n((?:\|.*\n)+)", section, re.MULTILINE):
        for line in table.splitlines():
            first, *others = line.strip("| ").split(" | ")
            found |= dict.fromkeys(names(first), others)
    return found


def names(text: str) -> list[str]:
    return re.findall(r"`([a-z_0-9]+)`", text)


def methods(text: str) -> list[str]:
    return re.findall(r"^### `(\w+)`$", text, re.MULTILINE)


def test_each_method_that_is_tried_is_documented_and_no_other() -> None:
    assert sorted(methods(OF_OPENGB)) == sorted(OPENGB)
    extensions = {*EXTENSIONS, *OF_THIS_MACHINE, *BY_ITS_OWN}
    assert sorted(methods(OF_EXTENSIONS)) == sorted(extensions)


def test_each_method_says_in_a_sentence_what_it_does() -> None:
    for name, text in re.findall(r"^### `(\w+)`\n\n(.*)", API, re.MULTILINE):
        assert re.match(r"[A-Z].*\w", text), name


async def test_the_documented_methods_are_those_that_are_served(live: Live) -> None:
    extensions = {*EXTENSIONS, *BY_ITS_OWN}
    async with await live.client() as client:
        served = (await client.result("get_capabilities"))["methods"]
    assert served == sorted({*OPENGB, *extensions})
    alone = re.search(r"which are the server's alone:(.*?)\.", WIRE, re.DOTALL)
    listed = re.search(r"Of the extensions it serves (.*?);", WIRE, re.DOTALL)
    assert alone is not None
    assert listed is not None
    served = live.house.ask("get_capabilities")["result"]["methods"]
    assert served == sorted({*OPENGB, *names(listed[1])} - {*names(alone[1])})


async def test_a_unix_socket_serves_more(live: Live) -> None:
    socket = live.house.run_dir / "server.sock"
    async with Caller(await unix_connect(str(socket), "ws://localhost/ws")) as client:
        served = (await client.result("get_capabilities"))["methods"]
    more = OF_THIS_MACHINE.keys() - {*OF_THE_PRINTER_PROCESS}
    assert served == sorted({*OPENGB, *EXTENSIONS, *BY_ITS_OWN, *more})


def test_each_method_has_its_scope_and_no_other_has() -> None:
    assert SCOPES.keys() == {*TRIED, *BY_ITS_OWN} - {*OF_THE_PRINTER_PROCESS}
    tried = {*TRIED, *BY_ITS_OWN}
    not_watched = {"get_upload", "get_audit"}
    assert {name for name in tried - not_watched if name.startswith("get_")} == {
        *(name for name, scope in SCOPES.items() if scope is Scope.WATCH and "get_" in name),
        *("get_measures", "get_usage"),
    }


def test_the_documented_events_are_those_that_there_are() -> None:
    documented = rows("Extension events")
    beyond = {"state_replaced", "shutdown", "console_lines"}
    assert documented.keys() == wire.EVENTS.keys() | beyond
    for name, kind in wire.EVENTS.items():
        assert names(documented[name][0]) == list(kind.__annotations__), name


async def test_the_documented_events_of_opengb_come_with_their_parameters(
    live: Live, client: Caller
) -> None:
    documented = rows("OpenGB's events")
    assert len(documented) == 8
    for method in ("set_extrude_override", "set_speed_override", "set_fan_speed"):
        await client.result(method, OPENGB[method].example)
    await client.result("enable_steppers")
    await live.print(client, "G28\nG1 X5 F6000\n")
    for name, (params, *_) in documented.items():
        assert set(await client.event(name)) == set(names(params)), name
    await live.reach(client, "READY")
    assert {message["event"] for message in client.events} <= documented.keys()


def test_the_documented_codes_are_those_of_the_errors() -> None:
    for code, kinds in re.findall(r"^\| (-3.*?) \| .* \| (.*) \|$", API, re.MULTILINE):
        for kind in re.findall(r"\w+", kinds):
            answer = json.loads(jsonrpc.error(1, getattr(errors, kind)("It failed.")))
            assert str(answer["error"]["code"]) in code
