"""Commands on the user's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from gbterm import config_edit, config_file
from gbterm.backends import kinds
from gbterm.beside import beside
from gbterm.config import Config, ConsoleSettings, Limits
from gbterm.errors import ConfigError, NeedsConfirmation
from gbterm.plain.command import Command, Desk, WrongWords, choice, name_of

_LIMITS = {member.name for member in fields(Limits)}
_SETTINGS = tuple(member.name for member in fields(ConsoleSettings))
_MEMBERS = "baud=115200, nozzle_max=260 or another key of the configuration"


async def _add(desk: Desk, text: str) -> Sequence[str]:
    """`add_printer ender /dev/ttyUSB0 baud=115200`."""
    del desk
    name, *words = text.split() or [""]
    if not words:
        raise WrongWords("A name and a port or address are needed.")
    if name in (await beside(config_file.load)).printers:
        raise ConfigError(f"There is a printer {name!r} already: choose another name.")
    where, *rest = words
    kind = "url" if kinds.is_address(where) else "port"
    return await _put(name, {kind: where} | _members(rest))


async def _edit(desk: Desk, text: str) -> Sequence[str]:
    """`edit_printer ender baud=250000`; nothing behind the sign takes the key out."""
    del desk
    name, *words = text.split() or [""]
    if not words:
        raise WrongWords("A name and what is to change are needed.")
    _known(name, await beside(config_file.load))
    await beside(partial(config_edit.refuse_others, name))
    return await _put(name, _members(words))


async def _put(name: str, members: dict[str, Any]) -> list[str]:
    await beside(partial(config_edit.put_printer, name, members))
    return [f"{name} is in {config_edit.user_file()}."]


def _members(words: Sequence[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise WrongWords(f"“{word}” is no {_MEMBERS}.")
        (limits if key in _LIMITS else members)[key] = _value(value)
    if limits and "limits" in members:
        raise WrongWords("limits takes all of them out, so it goes with none of them.")
    return members | ({"limits": limits} if limits else {})


def _value(text: str) -> float | int | str | None:
    if not text:
        return None
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return text


async def _default(desk: Desk, text: str) -> Sequence[str]:
    del desk
    name = name_of(text, "name of a printer")
    await beside(partial(config_edit.put, "", {"default": name}))
    return [f"{name} is the default."]


async def _remove(desk: Desk, text: str) -> Sequence[str]:
    name, config = name_of(text, "name of a printer"), await beside(config_file.load)
    _known(name, config)
    await beside(partial(config_edit.refuse_others, name))
    if not desk.confirmed:
        raise NeedsConfirmation(
            f"Take {name} out of {config_edit.user_file()}? Its limits and presets go, too; its"
            " files and what it prints stay."
        )
    await beside(partial(config_edit.drop_printer, name))
    return [f"{name} is out of {config_edit.user_file()}."]


def _known(name: str, config: Config) -> None:
    if name not in config.printers:
        raise ConfigError(f"No printer {name!r} is configured; printers lists them.")


async def _change_setting(desk: Desk, text: str) -> Sequence[str]:
    """`change_setting theme light`."""
    del desk
    name, _, value = text.partition(" ")
    switch = {"yes": True, "no": False}.get(value, value)
    await beside(partial(config_edit.put, "console", {choice(name, *_SETTINGS): switch}))
    return [f"{name} is {value}, from the next console on."]


async def _reset_setting(desk: Desk, text: str) -> Sequence[str]:
    del desk
    await beside(partial(config_edit.put, "console", {choice(text, *_SETTINGS): None}))
    return [f"{text} is found out again, from the next console on."]


COMMANDS = (
    Command("add_printer", _add, "add a printer", "NAME PORT|ADDRESS [KEY=VALUE ...]"),
    Command("edit_printer", _edit, "change a printer", "NAME KEY=VALUE ..."),
    Command("default_printer", _default, "choose which one is meant where none is named", "NAME"),
    Command("remove_printer", _remove, "take a printer out, after a question", "NAME"),
    Command("change_setting", _change_setting, "set how a console is drawn", "NAME VALUE"),
    Command("reset_setting", _reset_setting, "let the terminal decide that again", "NAME"),
)
