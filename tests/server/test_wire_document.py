"""docs/wire.md names what is served: no method and no event more, and none less."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from websockets.asyncio.client import unix_connect

from gbterm import errors, jsonrpc, wire
from gbterm.server.keys import Scope
from gbterm.server.scopes import SCOPES
from tests.server.api import Table
from tests.server.api_extensions import BY_ITS_OWN, EXTENSIONS, OF_THIS_MACHINE
from tests.server.api_opengb import FIELDS, OPENGB
from tests.server.live import Live
from tests.server.running import Caller

DOCUMENT = (Path(__file__).parents[2] / "docs/wire.md").read_text()
OF_OPENGB, OF_EXTENSIONS = DOCUMENT.split("## Extensions")
TRIED: Table = OPENGB | EXTENSIONS | OF_THIS_MACHINE


def rows(text: str, of: str) -> dict[str, list[str]]:
    """The rows of the tables whose first column is headed `of`: the other cells by each name."""
    found: dict[str, list[str]] = {}
    for table in re.findall(rf"^\| {of} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE):
        for line in table.splitlines():
            first, *others = line.strip("| ").split(" | ")
            found |= dict.fromkeys(names(first), others)
    return found


def names(text: str) -> list[str]:
    return re.findall(r"`([a-z_0-9]+)`", text)


def test_the_tables_of_these_tests_have_each_documented_method_and_no_other() -> None:
    assert list(rows(OF_OPENGB, "method").keys() ^ OPENGB.keys()) == []
    extensions = {*EXTENSIONS, *OF_THIS_MACHINE, *BY_ITS_OWN}
    assert list(rows(OF_EXTENSIONS, "method").keys() ^ extensions) == []


@pytest.mark.parametrize("name", TRIED)
def test_the_parameters_of_a_method_are_documented(name: str) -> None:
    text = rows(DOCUMENT, "method")[name][0]
    params = set(TRIED[name].params) - {f"nozzle{number}" for number in range(4, 17)}
    if "seven optional print fields" in text:
        params -= FIELDS.keys()
    assert params <= set(names(text)), text
    assert params or text.startswith("none"), text


async def test_the_documented_methods_are_those_that_are_served(live: Live) -> None:
    extensions = {*EXTENSIONS, *BY_ITS_OWN}
    async with await live.client() as client:
        served = (await client.result("get_capabilities"))["methods"]
    assert served == sorted({*OPENGB, *extensions})
    both = {name for name, (_, where) in rows(OF_OPENGB, "method").items() if where == "both"}
    listed = re.search(r"Of these `printer.sock` serves (.*?);", OF_EXTENSIONS, re.DOTALL)
    assert listed is not None
    served = live.house.ask("get_capabilities")["result"]["methods"]
    assert served == sorted({*both, *names(listed[1])})


async def test_a_unix_socket_serves_more(live: Live) -> None:
    socket = live.house.run_dir / "server.sock"
    async with Caller(await unix_connect(str(socket), "ws://localhost/ws")) as client:
        served = (await client.result("get_capabilities"))["methods"]
    more = OF_THIS_MACHINE.keys() - {"get_usage"}
    assert served == sorted({*OPENGB, *EXTENSIONS, *BY_ITS_OWN, *more})


def test_each_method_has_its_scope_and_no_other_has() -> None:
    assert SCOPES.keys() == {*TRIED, *BY_ITS_OWN} - {"get_usage"}
    tried = {*TRIED, *BY_ITS_OWN}
    assert {name for name in tried if name.startswith("get_") and name != "get_upload"} == {
        *(name for name, scope in SCOPES.items() if scope is Scope.WATCH and "get_" in name),
        "get_usage",
    }


def test_the_documented_events_are_those_that_there_are() -> None:
    documented = rows(OF_EXTENSIONS, "event")
    beyond = {"state_replaced", "shutdown", "console_lines"}
    assert documented.keys() == wire.EVENTS.keys() | beyond
    for name, kind in wire.EVENTS.items():
        assert names(documented[name][0]) == list(kind.__annotations__), name


async def test_the_documented_events_of_opengb_come_with_their_parameters(
    live: Live, client: Caller
) -> None:
    documented = rows(OF_OPENGB, "event")
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
    for code, kinds in re.findall(r"^\| (-3.*?) \| .* \| (.*) \|$", DOCUMENT, re.MULTILINE):
        for kind in re.findall(r"\w+", kinds):
            answer = json.loads(jsonrpc.error(1, getattr(errors, kind)("It failed.")))
            assert str(answer["error"]["code"]) in code
