"""`gbterm config show`: each value that counts, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gbterm import config_file, environment, keymap, paths
from gbterm.cli.bug_report.machine import public
from gbterm.config import ConfigFile
from gbterm.config.origins import Origins
from gbterm.config.values import Value, values
from gbterm.credentials import HIDDEN
from gbterm.text import scrub

WIDE = 48
"""Columns for a key and its value, before where it comes from."""
ANYWAY = "default"

Row = tuple[str, Any, str]
"""A key, its value as JSON has it, and where that comes from."""


def show(*, as_json: bool) -> None:
    """Print them all. Raises `ConfigError`."""
    rows = [*_of_the_environment(), *_of_the_files()]
    if as_json:
        members = [{"key": key, "value": value, "from": source} for key, value, source in rows]
        print(json.dumps(members, indent=2))
        return
    for key, value, source in rows:
        text = "(left out)" if value is None else f"= {json.dumps(value, ensure_ascii=False)}"
        print(f"{scrub(f'{key} {text}'):<{WIDE}}  {scrub(source)}")


def _of_the_environment() -> Iterator[Row]:
    for option in environment.OF_OPTIONS:
        if given := environment.value(option):
            value = HIDDEN if option == "key" else public(given, address=True)
            yield environment.variable(option), value, "environment"


def _of_the_files() -> Iterator[Row]:
    files = [ConfigFile(path, config_file.text_of(path)) for path in paths.config_files()]
    config = config_file.read(files)
    keymap.judge(config)
    origins = Origins(files)
    for one in values(config):
        yield ".".join(one.key), _shown(one), origins.told(one.key) or ANYWAY


def _shown(one: Value) -> Any:
    """The value as JSON has it, without what may be a secret."""
    value, name = one.value, one.key[-1]
    if one.is_secret and value:
        return HIDDEN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if one.key[0] == "printer" and name in ("url", "port"):
        return public(value, address=True)
    return public({name: list(value) if isinstance(value, tuple) else value})[name]
