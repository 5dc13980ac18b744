"""What is hidden in a report."""

from __future__ import annotations

import base64
import json
import resource
import secrets
import tarfile
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from gbterm.cli.bug_report.archive import MEMBER_MAX, Archive
from gbterm.cli.bug_report.machine import public
from gbterm.cli.bug_report.secrets import Secrets
from gbterm.errors import UsageError

KEY = 'k9+/Qe"r7 Zw=31xY'
SECRETS = Secrets(["", KEY, "short"])


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
def test_a_key_is_hidden_in_every_form(before: str) -> None:
    data = KEY.encode()
    for form in (KEY, json.dumps(KEY)[1:-1], quote(KEY, safe=""), quote_plus(KEY), data.hex()):
        assert SECRETS.hide(f"a {form} b") == "a [hidden] b"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(before.encode() + data + b"tail").decode()
        told = SECRETS.hide(whole)
        assert "[hidden]" in told
        assert len(told) < len(whole) - len(KEY) + len("[hidden]")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("X-Api-Key: abcdef", "X-Api-Key: [hidden]"),
        ("Authorization: Bearer abc.def", "Authorization: [hidden]"),
        ("GET /x?apikey=abc&y=1", "GET /x?apikey=[hidden]&y=1"),
        ('{"token": "abc", "y": 1}', '{"token": "[hidden]", "y": 1}'),
        ("password='abc'", "password='[hidden]'"),
        ("http://me:abc@host/x", "http://[hidden]@host/x"),
        ("made gbterm_0123456789abcdefXYZ", "made [hidden]"),
        ('> N5 M587 S"home" P"abc"*8', '> N5 M587 S"home" P***'),
        ("the key is in /home/me/key", "the key is in /home/me/key"),
        ("T:21.0 /0.0 @:0", "T:21.0 /0.0 @:0"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(line: str, told: str) -> None:
    assert SECRETS.hide(line) == told


def test_what_a_configuration_may_hold() -> None:
    table = {
        "printer": {"far": {"url": "http://h:80/octo?k=abc", "port": "socket://u:abc@h:1"}},
        "command": {"lamp": {"run": ["/bin/curl", "abc"], "timeout_s": 3}},
        "hook": {"chat": {"url": "https://u:abc@h.example:8/abc/def", "run": ["/bin/x", "abc"]}},
        "sensor": {"command": ["/bin/x", "abc"], "power_off": "/bin/x abc", "run": 7},
        "mistyped": [{"url": "https://h/abc"}, 7],
    }
    told = public(table)
    assert "abc" not in json.dumps(told)
    assert told["printer"]["far"]["url"] == "http://h:80/octo?[hidden]"
    assert told["command"]["lamp"]["run"] == ["/bin/curl", "[hidden]"]
    assert told["hook"]["chat"]["url"] == "https://[hidden]@h.example:8/[hidden]"
    assert told["sensor"]["power_off"] == ["/bin/x", "[hidden]"]
    assert told["mistyped"][1] == 7


def test_a_disk_that_is_full_gets_a_sentence_and_no_half_report(tmp_path: Path) -> None:
    archive = Archive(SECRETS, "gbterm 1, ender")
    archive.put_lines("a.log", "noise", (secrets.token_hex() for _ in range(200)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(UsageError, match=r"r\.tar\.gz can't be written .*another disk"):
            archive.write(tmp_path / "r.tar.gz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_no_member_is_long_and_nothing_in_it_acts_on_a_terminal(tmp_path: Path) -> None:
    archive = Archive(SECRETS, "gbterm 1, ender")
    archive.put_lines("a.log", "long", (f"{n} \x1b[2J\u202e{KEY}" for n in range(30_000)))
    archive.put_json("b.json", "longer", ["\u202e" + KEY] * 40_000)
    archive.lacks("c\x07.txt", f"{KEY} " * 1000)
    path = tmp_path / "r.tar.gz"
    archive.write(path)
    with tarfile.open(path) as tar:
        found = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}  # type: ignore[union-attr]
    assert sorted(found) == ["r/README.txt", "r/a.log", "r/b.json"]
    assert all(len(text) <= MEMBER_MAX for text in found.values())
    assert found["r/a.log"].endswith(b"\n29999 ?[2J?[hidden]\n")
    told = b"".join(found.values()).decode()
    assert set(told) - {"\n"} == {char for char in told if char.isprintable()}
    assert KEY not in told
    assert len(found["r/README.txt"]) < 2000
