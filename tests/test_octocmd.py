"""octocmd's configuration: who is meant by it, and the sentence that a mistake gets."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from gbterm import octocmd
from gbterm.cli.target import resolve
from gbterm.errors import ConfigError

KEY = "0123456789ABCDEF"
URL = "http://192.168.1.4:5000"
SEVERAL_LINES = json.dumps({"OctoPrint_URL": URL, "OctoAPI_KEY": KEY}, indent=4)


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.delenv("GBTERM_KEY", raising=False)
    return tmp_path / ".octocmd.conf"


@pytest.mark.parametrize(
    "content", [SEVERAL_LINES, SEVERAL_LINES.replace("\n", " "), "\ufeff" + SEVERAL_LINES]
)
@pytest.mark.parametrize("options", [{}, {"printer": "octocmd"}])
def test_it_is_meant_where_nothing_else_is(
    conf: Path, content: str, options: dict[str, str]
) -> None:
    conf.write_text(content)
    target = resolve(argparse.Namespace(**options))
    assert (target.name, target.url) == ("octocmd", URL)
    assert target.credentials.key == KEY
    assert KEY not in repr(target)


def test_a_printer_of_config_toml_comes_first(conf: Path, tmp_path: Path) -> None:
    conf.write_text(SEVERAL_LINES)
    own = tmp_path / "CONFIG" / "gbterm" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[printer.ender]\nurl = "ws://127.0.0.1:1"\n')
    assert resolve(argparse.Namespace()).name == "ender"
    assert resolve(argparse.Namespace(printer="octocmd")).url == URL
    own.write_text('[printer.octocmd]\nurl = "ws://127.0.0.1:1"\n')
    assert resolve(argparse.Namespace(printer="octocmd")).url == "ws://127.0.0.1:1"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no JSON object"),
        (b"[" * 5000, "no JSON object"),
        (b"\xff\xfe", "no JSON object"),
        (b"[]", "no JSON object"),
        (b" " * octocmd.LONGEST_FILE + SEVERAL_LINES.encode(), "no JSON object"),
        (b'{"OctoAPI_KEY": "0123456789ABCDEF"}', "needs OctoPrint_URL"),
        (b'{"OctoPrint_URL": 5, "OctoAPI_KEY": "0123456789ABCDEF"}', "needs OctoPrint_URL"),
        (b'{"OctoPrint_URL": "http://me:0123456789ABCDEF@host"}', "needs OctoPrint_URL"),
        (b'{"OctoPrint_URL": "http://", "OctoAPI_KEY": "0123456789ABCDEF"}', "OctoPrint_URL"),
        (b'{"OctoPrint_URL": "http://h", "OctoAPI_KEY": ["0123456789ABCDEF"]}', "in quotes"),
        (b'{"OctoPrint_URL": "http://h", "OctoAPI_KEY": "0123456789ABCDEF\\n2"}', "a key"),
    ],
)
def test_a_mistake_gets_a_sentence_without_the_key(conf: Path, content: bytes, words: str) -> None:
    conf.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as refused:
        octocmd.load()
    assert str(conf) in str(refused.value)
    assert KEY not in str(refused.value)
