"""What the documentation shows can be typed, configured and sent as it stands there."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gbterm import config_file, keymap, wire
from gbterm.cli import options
from gbterm.cli.verbs.table import BY_EIGHT
from gbterm.plain.table import find
from tests.docs.pages import PAGES, Block, blocks, named, spans
from tests.server.api import is_like
from tests.server.api_extensions import BY_ITS_OWN, EXTENSIONS, OF_THIS_MACHINE
from tests.server.api_opengb import OPENGB
from tests.server.test_wire_document import rows

TRIED = OPENGB | EXTENSIONS | OF_THIS_MACHINE
MEANT = {"C": "200", "N": "1", "S": "60", "T": "50", "X": "1", "Y": "1", "Z": "1", "t|b": "t"}
"""What may stand for a placeholder that has to be a number."""
SHELLS = ("", "sh", "sh run")
ENDS = {"&&", "||", ";", "|", "&", "(", ")", ";;"}
REDIRECTIONS = {">", ">>", "<", ">&", "2>"}


def commands(script: str) -> Iterator[list[str]]:
    """The calls of gbterm in a script, without what a shell does about them."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            continue  # no shell's line
        call: list[str] = []
        for word in (*words, ";"):
            if word not in ENDS:
                call.append(word)
                continue
            yield from _of_gbterm(call)
            call = []


def _of_gbterm(words: list[str]) -> Iterator[list[str]]:
    if words[:1] == ["python3"] or words[:2] in (["sudo", "python3"], ["sudo", "ln"]):
        return  # gbterm is a folder or a file there
    for at, word in enumerate(words):
        if word in REDIRECTIONS:
            words = words[:at]
            break
    for at, word in enumerate(words):
        name = Path(word).name
        if name == "gbterm" or name in BY_EIGHT:
            yield words[at + 1 :] if name == "gbterm" else [name, *words[at + 1 :]]
            return


CALLS = [(block, call) for block in blocks(*SHELLS) for call in commands(block.text)]


@pytest.mark.parametrize(
    ("block", "call"), CALLS, ids=[f"{block} {' '.join(call)}" for block, call in CALLS]
)
def test_what_is_typed_is_understood(
    block: Block, call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("box.gcode", "~/box.gcode"):
        if name in call:
            (tmp_path / "box.gcode").touch()
    argv = [MEANT.get(word, word.replace("~/", "")) for word in call]
    assert callable(options.parse(argv).run)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_and_options_that_are_named_are_there(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return  # what was there once
    for span in spans(page):
        words = span.partition(" | ")[0].split()
        if words[0] != "gbterm" or len(words) == 1:
            continue
        top, known = options.declared(words)
        name = next((word for word in words[1:] if re.fullmatch(r"[a-z]\w*", word)), "")
        assert not name or name in known or words[1].startswith("-"), span
        parser = known.get(name, top)
        given = re.findall(r"--[a-z][a-z-]+", " ".join(words))
        inner = {option for each in (top, parser) for option in _options(each)}
        assert set(given) <= inner, span


def _options(parser: Any) -> Iterator[str]:
    for action in parser._actions:
        yield from action.option_strings
        for choice in getattr(action, "choices", None) or ():
            if isinstance(action.choices, dict):
                yield from _options(action.choices[choice])


@pytest.mark.parametrize("block", blocks("plain"), ids=str)
def test_lines_of_the_plain_mode_are_its_commands(block: Block) -> None:
    for line in block.text.splitlines():
        assert find(line.split()[0])


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_a_configuration_is_read_without_a_complaint(block: Block, tmp_path: Path) -> None:
    tables = tomllib.loads(block.text)
    if "project" in tables:
        return  # of another kind
    file = tmp_path / "config.toml"
    ports = [
        f'[printer.{name}]\nport = "/dev/ttyUSB0"\n'
        for name, table in tables.get("printer", {}).items()
        if not {"port", "url"} & table.keys() and f"[printer.{name}]\n" not in block.text
    ]
    file.write_text("".join((block.text, "\n", *ports)))
    keymap.judge(config_file.load([file]))


def values(text: str) -> Iterator[Any]:
    """The JSON values in a text, one behind the other."""
    decoder, at = json.JSONDecoder(), 0
    while (rest := text[at:].lstrip()) != "":
        value, length = decoder.raw_decode(rest)
        at = len(text) - len(rest) + length
        yield value


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_messages_are_those_of_the_api(block: Block) -> None:
    asked: dict[Any, str] = {}
    for value in values(block.text):
        if "method" in value:
            name, given = value["method"], value.get("params", {})
            asked[value.get("id")] = name
            assert name in TRIED or name in BY_ITS_OWN
            if name in TRIED and isinstance(given, dict):
                assert given.keys() <= TRIED[name].params.keys()
                assert {*list(TRIED[name].params)[: TRIED[name].required]} <= given.keys()
        if "result" in value and (name := asked.get(value["id"], "")) in TRIED:
            assert is_like(value["result"], TRIED[name].result), name
        if "event" in value and "jsonrpc" in value:
            name, params = value["event"], value["params"].keys()
            ours = wire.EVENTS.get(name)
            assert params == ours.__annotations__.keys() if ours else name in _of_opengb()


def _of_opengb() -> set[str]:
    return {*rows("OpenGB's events")}
