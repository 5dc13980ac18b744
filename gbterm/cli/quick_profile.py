"""Writes down the default printer for the launchers' quick path."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from gbterm import config_file, credentials, paths, whole_file
from gbterm.config import PrinterProfile
from gbterm.errors import GbtermError
from gbterm.quick import Beyond, profile

OPTIONS = ("port", "url", "printer", "baud", "key_file", "tls_ca")
SETTLED_NS = 100_000_000
"""A file may change once more within one tick of its clock, and look as before."""


def remember(options: argparse.Namespace) -> None:
    """Keep what the configuration says of its default printer; what can't be kept, isn't."""
    if any(getattr(options, name, None) is not None for name in OPTIONS):
        return
    with suppress(GbtermError, Beyond, OSError, ValueError):
        file = Path(profile.path())
        text = _text()
        whole_file.write(file, text, mode=0o600, is_lasting=False)


def _text() -> str:
    """Raises ValueError where no printer is determined, or none that the quick path drives."""
    configured = list(paths.config_files())
    stamped = {path: profile.stamp(str(path)) for path in configured}
    printer = config_file.load().default_printer()
    if printer is None or profile.variable(profile.KEY) is not None:
        raise ValueError(profile.KEY)
    if printer.key_file:
        key_file = Path(printer.key_file).expanduser()
        if not key_file.is_absolute():
            raise ValueError(key_file)
        stamped[key_file] = profile.stamp(str(key_file))
    last = _octoprint(printer) if printer.url else _direct(printer)
    service = paths.SERVICE_RUN / printer.name
    if printer.port and not service.exists():
        stamped[service] = []
    _require_settled(stamped.values())
    lines = [[profile.FIRST]]
    for name in profile.VARIABLES:
        value = profile.variable(name)
        lines.append(["env", name] if value is None else ["env", name, value])
    lines += [["file", str(path), *stamp] for path, stamp in stamped.items()]
    lines.append(last)
    if not all(field.isprintable() for line in lines for field in line):
        raise ValueError("a field that would be two")
    return "".join("\t".join(line) + "\n" for line in lines)


def _octoprint(printer: PrinterProfile) -> list[str]:
    parts = urlsplit(printer.url)
    key = credentials.read(printer.key_file, "", unasked=True).key
    host = parts.hostname or ""
    plain = parts.scheme == "http" and not parts.username and not parts.query
    if not plain or not key or not host.isascii() or ":" in host:
        raise ValueError(printer.url)
    prefix = parts.path.rstrip("/")
    if not prefix.isascii() or " " in prefix or "#" in printer.url:
        raise ValueError(prefix)
    return ["octoprint", printer.url, host, str(parts.port or 80), prefix, key]


def _direct(printer: PrinterProfile) -> list[str]:
    return ["direct", printer.port, str(paths.run_dir(printer.name) / "printer.sock")]


def _require_settled(stamps: Iterable[list[str]]) -> None:
    now = time.time_ns()
    if any(abs(now - int(changed)) < SETTLED_NS for stamp in stamps for changed in stamp[:2]):
        raise ValueError(now)
