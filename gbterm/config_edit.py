"""Changing the user's own configuration file: whole, with its comments and in its order. Blocks.

Whatever is asked for is checked by the rules of `config_file` before anything is written, and an
error leaves the file as it was. What it held before is kept beside it, as `config.toml~`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from gbterm import config_file, paths, whole_file
from gbterm.config import Config, ConfigFile
from gbterm.errors import ConfigError

Members = MutableMapping[str, Any]
Change = Callable[[Members], None]


def put_printer(name: str, members: Mapping[str, Any], *, is_default: bool = False) -> Config:
    """Add `[printer.NAME]`, or give it these members in place of its own of the same name.

    A member that is None goes. One that `is_default` is meant where none is named from now on.
    Returns the configuration as it is then. Raises `ConfigError`.
    """

    def change(file: Members) -> None:
        if is_default:
            file["default"] = name
        _put(file.setdefault("printer", {}).setdefault(name, {}), members)

    return _edit(change)


def drop_printer(name: str) -> Config:
    """Take `[printer.NAME]` out, and `default` where it names it. Raises `ConfigError`."""

    def change(file: Members) -> None:
        printers = file["printer"]
        del printers[name]
        if not printers:
            del file["printer"]
        if file.get("default") == name:
            del file["default"]

    refuse_others(name)
    return _edit(change)


def refuse_others(name: str) -> None:
    """Raise `ConfigError` where the printer isn't in the file that can be changed."""
    if not is_users_own(name):
        raise ConfigError(
            f"{name} isn't in {user_file()} but in {paths.SYSTEM_CONFIG}: change it there."
        )


def is_users_own(name: str) -> bool:
    """Whether the printer is in the file that can be changed. Raises `ConfigError`."""
    config_file.load()
    return name in tomllib.loads(config_file.text_of(user_file())).get("printer", {})


def put(table: str, members: Mapping[str, Any]) -> Config:
    """Give the table these members, the file itself where `table` is empty; None takes one out.

    Raises `ConfigError`.
    """

    def change(file: Members) -> None:
        _put(file.setdefault(table, {}) if table else file, members)

    return _edit(change)


def user_file() -> Path:
    """The file that is changed."""
    return paths.user_config()


def _put(table: Members, members: Mapping[str, Any]) -> None:
    for name, value in members.items():
        if isinstance(value, Mapping):
            if name in table or any(inner is not None for inner in value.values()):
                _put(table.setdefault(name, {}), value)
        elif value is not None:
            table[name] = value
        elif name in table:
            del table[name]


def _edit(change: Change) -> Config:
    # Only where somebody changes something: one-shot commands are to start quickly.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = user_file()
    text = config_file.text_of(path)
    config_file.load()  # a file that is wrong already is left to who wrote it
    wanted = tomllib.loads(text)
    change(wanted)
    try:
        document = tomlkit.parse(text)
        change(document)
        new = tomlkit.dumps(document)
        as_wanted = tomllib.loads(new) == wanted
    except (TOMLKitError, ValueError, KeyError) as error:
        raise _by_hand(path) from error
    if not as_wanted:
        raise _by_hand(path)
    config = config_file.read(
        ConfigFile(other, new, is_written=new == text)
        if other == path
        else ConfigFile(other, config_file.text_of(other))
        for other in paths.config_files()
    )
    if new != text:
        _write(path, new, text)
    return config


def _write(path: Path, text: str, old: str) -> None:
    real = path.resolve()  # a link to where its owner keeps such files stays one
    try:
        mode = real.stat().st_mode & 0o777 if real.exists() else 0o666
        if old:
            whole_file.write(real.with_name(f"{real.name}~"), old, mode=mode)
        whole_file.write(real, text, mode=mode)
    except OSError as error:
        raise ConfigError(
            f"{path} can't be written ({error.strerror}): mend its permissions."
        ) from error


def _by_hand(path: Path) -> ConfigError:
    return ConfigError(f"{path} is written in a way that can't be changed here: edit it by hand.")
