"""Large messages read piece by piece: the same as read at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbterm import jsonrpc
from gbterm.server.envelope import AROUND, call_id
from gbterm.server.lift import LONGEST, REST_MAX, Lifter

ODD = st.text(st.sampled_from('a"\\/\n\x1f\u00e9\u65e5\U0001f600\ud83d\ude00\udcff'), max_size=30)


def lifted(text: str, sizes: list[int]) -> tuple[Any, str]:
    """The message as read in parts of `sizes`, over and over, and the string that went out."""
    out: list[str] = []
    lifter, at, turn = Lifter(out.append), 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        lifter.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    string = "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return json.loads(lifter.end()), string


@settings(deadline=None, max_examples=10)
@given(ODD, st.lists(st.integers(50_000, 600_000), min_size=1, max_size=3), st.booleans())
def test_a_message_read_in_parts_is_the_same(odd: str, sizes: list[int], escaped: bool) -> None:
    long = (odd + "G1 X1\n") * (LONGEST // (len(odd) + 6) + 2)
    message = {"a": [odd, 1, None], "params": {"payload": long, "name": odd}, "id": 3}
    text = json.dumps(message, ensure_ascii=escaped)
    value, string = lifted(text, sizes)
    assert string == json.loads(json.dumps(long))
    assert value["params"].pop("payload") != long
    whole = json.loads(text)
    del whole["params"]["payload"]
    assert value == whole


@settings(max_examples=200)
@given(ODD, st.integers(1, 5))
def test_short_strings_stay(odd: str, size: int) -> None:
    message = {"payload": odd, odd: [odd, {"x": odd}]}
    assert lifted(json.dumps(message), [size]) == (json.loads(json.dumps(message)), "")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "x" * (LONGEST + 1),
        '{"a": "' + "x" * (LONGEST + 1) + '\\u12x4567890123456789"}',
        '{"a": "' + "x" * (LONGEST + 1) + "\n" + '"}',
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(jsonrpc.RpcError) as refused:
        lifted(text, [100_000])
    assert refused.value.code == jsonrpc.PARSE_ERROR


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(["x" * (LONGEST + 1)] * 2),
        json.dumps(["x" * LONGEST] * (REST_MAX // LONGEST + 1)),
        json.dumps(["x"] * (REST_MAX // 3)),
        "[" * (REST_MAX + 1),
    ],
)
def test_nothing_else_may_be_large(text: str) -> None:
    with pytest.raises(jsonrpc.RpcError) as refused:
        lifted(text, [1 << 20])
    assert refused.value.code == jsonrpc.INVALID_REQUEST


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ('{"jsonrpc": "2.0", "id": 7, "method": "put", "params": {"id": 9', 7),
        ('{"jsonrpc":"2.0","method":"put","params":{"id":9,"x":"%s"},"id":"a-b"}', "a-b"),
        ('{"params": {"id": 9, "x": "%s"}, "id": -3, "jsonrpc": "2.0", "method": "put"} \n', -3),
        ('{"method": "put", "params": {"x": "%s", "id": 9}}', None),
        ('[{"jsonrpc": "2.0", "method": "put", "id": 9}]', None),
        ('{"method": "put", "id": 1.5, "params": ["%s"]}', None),
        ('{"method": "put", "params": ["%s"], "id": "\\u0041"}', None),
        ("", None),
    ],
)
def test_the_id_of_a_call_is_found_at_either_end(text: str, id: Any) -> None:
    whole = text.replace("%s", "G1 X1\\n" * 1000).encode()
    assert call_id(whole[:AROUND], whole[-AROUND:]) == id
