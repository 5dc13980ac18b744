"""What can be set in the console, how it is set now, and which file says so."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from gbterm import config_file, paths
from gbterm.config import CONSOLE_GLYPHS, CONSOLE_THEMES, Config, Limits
from gbterm.errors import ConfigError
from gbterm.keymap import ACTIONS, BY_NAME
from gbterm.keymap.keys import shown
from gbterm.terminal import Terminal

SWITCH = ("yes", "no")
HERE = "found out"
LIMITS = {
    "nozzle_max": ("Nozzle at most", "°C"),
    "bed_max": ("Bed at most", "°C"),
    "chamber_max": ("Chamber at most", "°C"),
    "feed_max_mm_s": ("Moves at most", "mm/s"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them; `table` and `name` are its place in the configuration.

    `choices` are what it may be, none where it is not changed by choosing; `source` is the file
    that says so, or how else it came about. `about` says what it does, and when a change counts.
    """

    title: str
    value: str
    source: str
    about: str
    table: str = ""
    name: str = ""
    choices: tuple[str, ...] = ()


def settings(
    config: Config, terminal: Terminal, printer: str, limits: Limits | None
) -> tuple[Setting, ...]:
    """All of them, for the console on `terminal` and the printer on show. Blocks.

    Raises `ConfigError`.
    """
    return (
        *_of_the_console(config, terminal),
        Setting(
            "Default printer",
            config.default or "none",
            source("", "default"),
            "The printer that is meant where none is named; d on the Printers screen sets it, too.",
            "",
            "default",
            tuple(config.printers),
        ),
        *_of_the_printer(printer, limits),
        *_of_the_keys(config),
    )


def _of_the_console(config: Config, terminal: Terminal) -> Iterator[Setting]:
    later = "A change counts when the console is started again."
    for name, title, now, choices, about in (
        ("theme", "Theme", terminal.theme, CONSOLE_THEMES, f"Dark or light ground. {later}"),
        ("glyphs", "Characters", terminal.glyphs.value, CONSOLE_GLYPHS, f"What is drawn. {later}"),
        ("slow", "Slow line", _word(terminal.slow), SWITCH, f"Draws seldom and little. {later}"),
        ("mouse", "Mouse", _word(terminal.mouse), SWITCH, f"Clicks reach the console. {later}"),
        ("bell", "Bell", _word(terminal.bell), SWITCH, f"Rings when somebody is needed. {later}"),
    ):
        chosen = getattr(config.console, name)
        value = now if chosen in ("", None) else _word(chosen)
        yield Setting(title, value, source("console", name), about, "console", name, choices)


def _of_the_printer(printer: str, limits: Limits | None) -> Iterator[Setting]:
    about = "What nobody may exceed; a change counts once its host was ended and started again."
    for member in fields(Limits) if limits is not None else ():
        title, unit = LIMITS[member.name]
        yield Setting(title, f"{getattr(limits, member.name):g} {unit}", printer, about)


def _of_the_keys(config: Config) -> Iterator[Setting]:
    chosen = {choice.action: str(choice.file.path) for choice in config.keys}
    for action in ACTIONS:
        names = " ".join(shown(key) for key in BY_NAME[action.name].keys.split(",") if key)
        title = f"Key: {action.name}"
        said = chosen.get(action.name, "built in")
        yield Setting(title, names, said, f"{action.help}.", "keys", action.name)


def source(table: str, name: str) -> str:
    """The file that gives this member, the last one that does. Blocks. Raises `ConfigError`."""
    for path in reversed(paths.config_files()):
        file = _members(path)
        members = file.get(table, {}) if table else file
        if name in members:
            return str(path)
    return HERE if table else "nobody"


def _members(path: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(config_file.text_of(path))
    except ValueError as error:
        raise ConfigError(f"{path} is no valid TOML: {error}; correct it.") from error


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def as_written(choices: Iterable[str], chosen: str) -> str | bool:
    """The choice as the configuration has it."""
    return chosen == "yes" if tuple(choices) == SWITCH else chosen
