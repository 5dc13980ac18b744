"""The example of a configuration: it has every key, and says the truth of each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from gbterm import config_file, keymap
from gbterm.actions import HostCommand, Macro, Preset
from gbterm.config import EXAMPLE, Actions, Config, ConfigFile, Hook, Program, actions
from gbterm.config.lines import lines_of
from gbterm.config.table import Table
from gbterm.errors import ConfigError, WrongKey

WRITTEN = EXAMPLE.read_text(encoding="utf-8")
WHOLE = re.sub(r"^#(?=\S)", "", WRITTEN, flags=re.MULTILINE)
"""With every key that is a comment there."""
MEMBERS = tomllib.loads(WHOLE)
NAMED = ("printer", *actions.TABLES)
"""Tables of tables to which users give names."""


def config(members: dict[str, Any]) -> Config:
    return config_file.assembled([Table(ConfigFile(Path("example.toml")), deepcopy(members))])


def tables(members: dict[str, Any], way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The ways to all tables in it."""
    yield way
    for name, value in members.items():
        if isinstance(value, dict):
            yield from tables(value, (*way, name))


def leaves(members: dict[str, Any], way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in members.items():
        if isinstance(value, dict):
            yield from leaves(value, (*way, name))
        else:
            yield (*way, name)


def at(members: dict[str, Any], way: tuple[str, ...]) -> dict[str, Any]:
    for name in way:
        members = members[name]
    return members


def kind(way: tuple[str, ...]) -> tuple[str, ...]:
    """The way without what users call their own: `printer.ender.pause` is `printer.pause`."""
    return tuple(name for at, name in enumerate(way) if not at or way[at - 1] not in NAMED)


def remark(way: tuple[str, ...]) -> str:
    """What the example says of a key: behind it, or above a text of several lines."""
    number = lines_of(WHOLE)[way] - 1
    before, line = WHOLE.splitlines()[number - 1 : number + 1]
    said = before.lower() if line.endswith("'''") else line.partition(" # ")[2]
    return said.lstrip("# ")


def test_as_it_is_it_changes_nothing() -> None:
    assert config_file.load([EXAMPLE]) == Config()


def test_it_is_a_configuration_with_every_key_that_it_has(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(WHOLE, encoding="utf-8")
    found = config_file.load([file])
    keymap.judge(found)
    assert list(found.printers) == ["ender", "mini", "workshop"]
    ender = found.default_printer()
    assert ender is not None
    assert ender.name == "ender"
    assert ender.cancel_gcode == ("G91", "G1 Z10 F600")
    gcode, asks, about = ("G28", "G1 E20 F200"), "Is the bed empty?", "home, then push 20 mm"
    lights = HostCommand("lights", description="the lamp over the printer")
    events = ("done", "failed", "paused")
    assert ender.actions == Actions(
        (Preset("PLA", 210.0, 60.0, 40.0),),
        (Macro("purge", gcode, asks, "ctrl+l", about),),
        (Program(lights, ("/usr/local/bin/lights", "on")),),
        (
            Hook("phone", events, ("/usr/local/bin/tell-my-phone",)),
            Hook("chat", ("error",), url="https://chat.example/hook", tls_ca="/etc/ssl/chat.pem"),
        ),
    )


def test_it_has_every_key_that_may_be_written_and_no_other() -> None:
    """By what the program answers to a key that it doesn't know, whoever reads the table."""
    known: dict[tuple[str, ...], set[str]] = {}
    written: dict[tuple[str, ...], set[str]] = {}
    for way in tables(MEMBERS):
        if way == ("keys",) or (way and way[-1] in NAMED):
            continue
        written.setdefault(kind(way), set()).update(at(MEMBERS, way))
        wrong = deepcopy(MEMBERS)
        at(wrong, way)["not_known"] = 1
        with pytest.raises(WrongKey, match="is not known; known are: ") as refused:
            config(wrong)
        listed = str(refused.value).partition("known are: ")[2].removesuffix(".")
        known[kind(way)] = set(listed.split(", "))
    for named in actions.TABLES:
        assert f"[printer.ender.{named}." in WRITTEN
        written["printer",].add(named)
    assert written == known


@pytest.mark.parametrize("way", list(leaves(MEMBERS)), ids=".".join)
def test_a_value_in_it_is_the_one_that_counts_anyway_or_it_says_so(way: tuple[str, ...]) -> None:
    without, said = deepcopy(MEMBERS), remark(way)
    del at(without, way[:-1])[way[-1]]
    if said.startswith("must"):
        with pytest.raises(ConfigError):
            config(without)
    elif "left out:" in said:
        with suppress(ConfigError):
            assert config(without) != config(MEMBERS)
    else:
        assert config(without) == config(MEMBERS)
