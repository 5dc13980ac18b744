"""`gbterm config check`: what is wrong with the configuration, and what looks wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from gbterm import config_file, environment, keymap, paths
from gbterm.cli.exits import ExitCode
from gbterm.config import Actions, Config, ConfigFile
from gbterm.config.mistakes import mistakes
from gbterm.config.origins import Origins
from gbterm.config.values import only_of
from gbterm.errors import ConfigError
from gbterm.keymap import keys
from gbterm.text import scrub

Doubt = tuple[tuple[str, ...], str]
"""A key, and what is doubtful about it."""

SANE = {"nozzle_max": 350.0, "bed_max": 160.0, "chamber_max": 120.0, "feed_max_mm_s": 1000.0}
"""Limits beyond which nearly no printer is: °C and mm/s."""


def check() -> ExitCode:
    """Print all mistakes, then what is doubtful; `WRONG_USAGE` where there is a mistake."""
    files, errors = _files()
    config, wrong = mistakes(files, keymap.judge)
    errors += [str(error) for error in wrong]
    origins = Origins(file for file in files if _is_toml(file))
    warnings = [*_of_the_environment(), *(_told(origins, doubt) for doubt in doubts(config))]
    notes = [_told(origins, note) for note in (*_absent_ports(config), *_in_the_open(config))]
    for kind, sentences in (("error", errors), ("warning", warnings), ("note", notes)):
        for sentence in sentences:
            print(scrub(f"{kind}: {sentence}"))
    if not (errors or warnings):
        print(f"No mistakes in {' and '.join(str(file.path) for file in files) or 'no file'}.")
    return ExitCode.WRONG_USAGE if errors else ExitCode.DONE


def _files() -> tuple[list[ConfigFile], list[str]]:
    """Those that can be read, and what keeps the others from being read."""
    found, errors = [], []
    for path in filter(Path.exists, paths.config_files()):
        try:
            found.append(ConfigFile(path, config_file.text_of(path)))
        except ConfigError as error:
            errors.append(str(error))
    return found, errors


def _is_toml(file: ConfigFile) -> bool:
    try:
        config_file.parsed(file)
    except ConfigError:
        return False
    return True


def _told(origins: Origins, doubt: Doubt) -> str:
    key, what = doubt
    place = origins.of(key)
    where = f"{place[0]}, line {place[1]}: " if place else ""
    return f"{where}{'.'.join(key)} {what}."


def _of_the_environment() -> Iterator[str]:
    named = environment.full_path("config")
    if named and not named.exists():
        yield f"{environment.variable('config')} names {named}, which isn't there (yet)."
    known = [environment.variable(option) for option in environment.OF_OPTIONS]
    for name in sorted(os.environ):
        near = get_close_matches(name, known, 1, 0.85) if name.startswith("GBTERM_") else []
        if near and name not in known:
            yield f"The environment variable {name} is not known; is {near[0]} meant?"


def doubts(config: Config) -> Iterator[Doubt]:
    """What may be meant, and mostly is not."""
    on_port: dict[str, str] = {}
    for name, profile in config.printers.items():
        key = ("printer", name)
        yield from _secret_file((*key, "key_file"), profile.key_file)
        yield from _file((*key, "tls_ca"), profile.tls_ca)
        yield from _program((*key, "guards", "power_off"), profile.guards.power_off)
        yield from _program((*key, "filament_sensor", "command"), profile.filament_sensor.command)
        for limit, sane in SANE.items():
            if (most := getattr(profile.limits, limit)) > sane:
                what = f"is {most:g}, more than nearly any printer bears ({sane:g})"
                yield (*key, "limits", limit), what
        if profile.port:
            port = os.path.realpath(profile.port)
            if port in on_port:
                yield (*key, "port"), f"is the port of {on_port[port]}, too"
            on_port[port] = name
    for name in ("tls_cert", "tls_key"):
        yield from _file(("server", name), getattr(config.serving, name))
    if config.serving.frontend and not Path(config.serving.frontend).is_dir():
        yield ("server", "frontend"), f"names {config.serving.frontend}, which is no directory"
    yield from _secret_file(("mqtt", "password_file"), config.mqtt.password_file)
    yield from _file(("mqtt", "tls_ca"), config.mqtt.tls_ca)
    yield from _of_actions((), config.actions)
    for name, profile in config.printers.items():
        yield from _of_actions(("printer", name), only_of(profile, config.actions))


def _of_actions(table: tuple[str, ...], actions: Actions) -> Iterator[Doubt]:
    by_key: dict[str, str] = {}
    for macro in actions.macros:
        key, name = (*table, "macro", macro.name, "key"), keys.read(macro.key)
        if name in by_key:
            yield key, f"is the key of {by_key[name]}, too"
        elif name:
            by_key[name] = macro.name
    for program in actions.programs:
        yield from _program((*table, "command", program.about.name, "run"), program.run)
    for hook in actions.hooks:
        yield from _program((*table, "hook", hook.name, "run"), hook.run)
        yield from _file((*table, "hook", hook.name, "tls_ca"), hook.tls_ca)


def _file(key: tuple[str, ...], name: str) -> Iterator[Doubt]:
    if name and not os.access(Path(name).expanduser(), os.R_OK):
        yield key, f"names {name}, which isn't there or can't be read"


def _secret_file(key: tuple[str, ...], name: str) -> Iterator[Doubt]:
    yield from _file(key, name)
    path = Path(name).expanduser()
    if name and path.exists() and path.stat().st_mode & 0o077:
        yield key, f"names {name}, which others may read: chmod 600 {path}"


def _program(key: tuple[str, ...], words: tuple[str, ...]) -> Iterator[Doubt]:
    if words and not os.access(words[0], os.X_OK):
        yield key, f"names {words[0]}, which isn't there or can't be run"


def _absent_ports(config: Config) -> Iterator[Doubt]:
    for name, profile in config.printers.items():
        if profile.port.startswith("/") and not Path(profile.port).exists():
            yield ("printer", name, "port"), f"names {profile.port}, which isn't plugged in now"


def _in_the_open(config: Config) -> Iterator[Doubt]:
    """What others on the network can read."""
    from gbterm.server.access import is_loopback

    own = ((("printer", name), profile.metrics) for name, profile in config.printers.items())
    for key, metrics in (((), config.metrics), *own):
        if metrics.listen and not is_loopback(metrics.address[0]):
            what = "lets everybody on that network read the metrics, for which no key is asked"
            yield (*key, "metrics", "listen"), what
    mqtt = config.mqtt
    is_private = mqtt.is_encrypted or is_loopback(mqtt.host)
    if mqtt.host and mqtt.password_file and not is_private:
        what = "holds a password that goes over the network as it is: set mqtt.tls or mqtt.tls_ca"
        yield ("mqtt", "password_file"), what
