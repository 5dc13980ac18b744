"""Writes down the default printer for the launchers' quick path."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from gbterm import config_file, credentials, octocmd, paths, whole_file
from gbterm.cli.quick import ANSWER_WITHIN_S
from gbterm.cli.target import OPTIONS
from gbterm.errors import GbtermError
from gbterm.octoprint_requests import ANSWER_S, CONNECT_S
from gbterm.quick import Beyond, profile

SETTLED_NS = 100_000_000
"""A file may change once more within one tick of its clock, and look as before."""


def remember(options: argparse.Namespace) -> None:
    """Keep what the configuration says of its default printer; what can't be kept, isn't."""
    if any(getattr(options, name, None) is not None for name in OPTIONS):
        return
    with suppress(Beyond):
        profile.read()
        return  # it is still true
    with suppress(GbtermError, Beyond, OSError, ValueError):
        file = Path(profile.path())
        text = _text()
        whole_file.write(file, text, mode=0o600, is_lasting=False)


def _text() -> str:
    """Raises ValueError where no printer is determined, or none that the quick path drives."""
    if profile.is_told():
        raise ValueError(profile.OTHERS)
    # Stamped before it is read: a later change shows.
    files = (*paths.config_files(), *octocmd.files())
    stamped = {file: profile.stamp(str(file)) for file in files}
    configured = config_file.load()
    printer = configured.default_printer()
    if printer is None:
        known = None if configured.printers else octocmd.load()
        if known is None:
            raise ValueError(octocmd.NAME)
        last = _octoprint(known[0], known[1].key)
    elif printer.url:
        key_file = Path(printer.key_file).expanduser()
        if not key_file.is_absolute():
            raise ValueError(key_file)
        stamped[key_file] = profile.stamp(str(key_file))
        last = _octoprint(printer.url, credentials.read(str(key_file), "").key)
    else:
        service = paths.SERVICE_RUN / printer.name
        if not service.exists():
            stamped[service] = []
        socket = str(paths.run_dir(printer.name) / "printer.sock")
        last = ["direct", printer.port, str(ANSWER_WITHIN_S), socket]
    _require_settled(stamped.values())
    lines = [[profile.FIRST]]
    for name in profile.VARIABLES:
        value = profile.variable(name)
        lines.append(["env", name] if value is None else ["env", name, value])
    lines += [["file", str(path), *stamp] for path, stamp in stamped.items()]
    suite = configured.suite
    lines.append(["suite", *map(str, (suite.beep_ms, suite.beep_hz, suite.fan2_pin))])
    lines.append(last)
    if not all(field.isprintable() for line in lines for field in line):
        raise ValueError("a field that would be two")
    return "".join("\t".join(line) + "\n" for line in lines)


def _octoprint(url: str, key: str) -> list[str]:
    parts = urlsplit(url)
    host, prefix = parts.hostname or "", parts.path.rstrip("/")
    plain = parts.scheme == "http" and not parts.username and not set(url) & set("?# ")
    if not plain or not key or not host or ":" in host or not url.isascii():
        raise ValueError(url)
    waits = (str(CONNECT_S), str(ANSWER_S))
    return ["octoprint", url, *waits, host, str(parts.port or 80), prefix, key]


def _require_settled(stamps: Iterable[list[str]]) -> None:
    now = time.time_ns()
    if any(abs(now - int(changed)) < SETTLED_NS for stamp in stamps for changed in stamp[:2]):
        raise ValueError(now)
