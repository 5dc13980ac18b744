"""Whatever a client sends: an answer in a sentence, a server that goes on, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosedError
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection, connect

from tests.endtoend.house import GENEROUS_S, House, built, wait_until
from tests.server.test_jsonrpc import outcome

# The thread of a client that pings takes its numbers from `random`, at whatever moment.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)

INTERNAL = -32603
ENDINGS = ("emergency_stop", "reconnect", "disconnect", "shutdown", "authenticate")
"""What takes a simulated board seconds to come back from, or ends the connection by a wrong key."""
NASTY = (
    *("", "../../x", "/etc/passwd", "a\0b", "\x1b[2J", "\ud800", "é" * 300, "x" * 70000, "NaN"),
    *("-1", "1e999", "0x10", "９", "M112", "G28\nM112", "G1 X" + "9" * 400, "true", "null"),
)
WORDS = (
    *("x", "y", "z", "rate", "bed", "nozzle1", "nozzle2", "chamber", "percent", "nozzle", "fan"),
    *("head", "length", "payload", "name", "id", "content", "commands", "confirmed", "choice"),
    *("layers", "layer", "most", "upload", "offset", "data", "size", "sha256", "since", "key"),
    *("version", "role", "print_time_sec", "thumbnail_png_base64", "before", "search", "hide"),
)

USUAL: dict[str, Any] = {
    **dict.fromkeys(("x", "y", "z", "rate", "bed", "nozzle1", "percent", "nozzle", "length"), 1),
    **dict.fromkeys(("fan", "head", "choice", "id", "layer", "most", "first", "since", "line"), 1),
    **dict.fromkeys(("offset", "size", "before", "backlog", "print_time_sec"), 1),
    **dict.fromkeys(("search", "contains", "upload", "sha256", "data", "version", "role"), ""),
    **dict.fromkeys(("print_material", "print_quality", "thumbnail_png_base64"), ""),
    **{"name": "a.gcode", "payload": "G28\n", "commands": "M105", "layers": [1], "hide": []},
}
"""Values that most methods take, by the names of parameters."""


def one_of_texts(texts: Sequence[str]) -> st.SearchStrategy[str]:
    """One of `texts`, which are too long for hypothesis to name its strategy by them."""
    return st.integers(0, len(texts) - 1).map(lambda index: texts[index])


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 300),
    st.integers(),
    st.floats(),
    one_of_texts(NASTY),
    st.text(max_size=30),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=8,
)
junk = st.one_of(
    st.text(max_size=50),
    st.binary(max_size=50),
    one_of_texts(["[" * 100_000, '{"a":' * 100_000, "[1," * 1000, '"\\ud800"', "9" * 5000]),
    values.map(json.dumps),
)


class Fuzzed:
    """A host, what it serves, and a client of it that knows which files were there before."""

    def __init__(self, house: House, connection: ClientConnection) -> None:
        self.house, self.connection, self.before = house, connection, files_of(house)
        listed = self.ask("get_capabilities", None)["result"]["methods"]
        self.methods = [name for name in listed if name not in ENDINGS]
        self.server = house.pid("server")

    def ask(self, method: str, params: Any) -> dict[str, Any]:
        call = {"jsonrpc": "2.0", "id": "asked", "method": method, "params": params}
        self.connection.send(json.dumps(call))
        while True:
            answer: dict[str, Any] = answer_of(self.connection)
            if answer["id"] == "asked":
                return answer


def answer_of(connection: ClientConnection) -> Any:
    """The next message that is no event."""
    while True:
        message = json.loads(connection.recv(GENEROUS_S))
        if isinstance(message, list) or "event" not in message:
            return message


def client_of(house: House) -> AbstractContextManager[ClientConnection]:
    return connect(f"ws://{house.listen()}/ws", proxy=None, compression=None)


def files_of(house: House) -> set[Path]:
    """All files outside of where the host itself writes."""
    own = (house.root / "data/gbterm", house.run_dir)
    files = {path for path in house.root.rglob("*") if path.is_file()}
    return {path for path in files if not any(folder in path.parents for folder in own)}


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    with built() as house:
        house.board(speed=2000)
        house.serve()
        with client_of(house) as connection:
            fuzzed = Fuzzed(house, connection)
            for _ in range(3):
                fuzzed.ask("put_gcode_file", {"name": "part.gcode", "payload": "G28\nG1 X9\n"})
            yield fuzzed


def assert_sound(answer: Any) -> None:
    assert "Traceback" not in json.dumps(answer)
    for one in answer if isinstance(answer, list) else [answer]:
        _, came = outcome(one)
        assert came != INTERNAL, one


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_call_with_any_parameters_is_answered(fuzzed: Fuzzed, data: st.DataObject) -> None:
    method = data.draw(st.sampled_from(fuzzed.methods))
    params = data.draw(
        st.one_of(
            st.lists(scalars, max_size=5),
            st.dictionaries(st.sampled_from(WORDS), values, max_size=4),
            values,
        )
    )
    call = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    fuzzed.connection.send(json.dumps(call))
    assert_sound(answer_of(fuzzed.connection))


def test_every_parameter_may_be_whatever_it_is(fuzzed: Fuzzed) -> None:
    def call(method: str, params: dict[str, Any]) -> str:
        answer = fuzzed.ask(method, params)
        assert_sound(answer)
        return json.dumps(answer.get("error"))

    for method in fuzzed.methods:
        usual = {
            word: value
            for word, value in USUAL.items()
            if "knows no parameter" not in call(method, {word: value})
        }
        for name in usual:
            for value in NASTY:
                call(method, usual | {name: value})


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=junk)
def test_whatever_is_no_call_is_answered_or_ends_the_connection(
    fuzzed: Fuzzed, text: str | bytes
) -> None:
    with client_of(fuzzed.house) as connection:
        connection.send(text)
        try:
            assert_sound(answer_of(connection))
        except ConnectionClosedError as error:
            closed = error.rcvd
        else:
            closed = None
    assert closed is None or (isinstance(text, bytes) and closed.code == CloseCode.INVALID_DATA)
    assert "result" in fuzzed.ask("get_status", None)


def test_nothing_is_left_behind(fuzzed: Fuzzed) -> None:
    house = fuzzed.house
    fuzzed.ask("cancel_print", None)
    house.wait_for_state("READY")
    assert house.pid("server") == fuzzed.server
    for log in house.run_dir.glob("*.log"):
        assert "Traceback" not in log.read_text()
    assert files_of(house) - fuzzed.before == set()

    # What was begun and never finished goes with the server that took it.
    listed = fuzzed.ask("get_gcode_files", None)["result"]["gcode_files"]
    house.kill("server")
    wait_until(lambda: house.pids("server") not in ([], [fuzzed.server]), "another server")
    house.wait_for_state("READY")
    payloads = house.root / "data/gbterm/gcode"
    wait_until(lambda: len(list(payloads.iterdir())) == len(listed), f"the payloads of {listed}")
