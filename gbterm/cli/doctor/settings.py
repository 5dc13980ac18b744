"""The configuration, and who may read what is secret in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from gbterm import paths
from gbterm.cli.doctor.check import Check, Finding, Scene, ok, others_may, shown, warning, wrong
from gbterm.config import Config
from gbterm.errors import UsageError

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def configuration(scene: Scene) -> Iterable[Finding]:
    """Whether its files can be read, and what they name."""
    there = [str(path) for path in paths.config_files() if path.exists()]
    if scene.trouble:
        yield wrong("Configuration", scene.trouble)
    elif not there:
        yield ok("Configuration", "There is none yet: gbterm writes it once you keep a printer.")
    else:
        yield ok("Configuration", f"{' and '.join(there)}; {_named(scene.config)}.")


def _named(config: Config) -> str:
    names = ", ".join(sorted(config.printers)) or "none"
    default = f"; the default is {config.default}" if config.default else ""
    return f"printers: {names}{default}"


def secrets(scene: Scene) -> Iterable[Finding]:
    """Whether keys are there, and nobody's but their owner's."""
    files = {Path(one.key_file).expanduser() for one in scene.config.printers.values()}
    named = sorted(files - {Path()})
    for path in named:
        if not os.access(path, os.R_OK):
            yield wrong("Keys", f"{path} can't be read, which a printer's key_file names: mend it.")
    kept = [path for path in (*named, paths.keys_file()) if path.exists()]
    for path in kept:
        if others_may(path, OTHERS):
            yield wrong("Keys", f"Others may read or change {path}: run chmod 600 {path}.")
        elif os.access(path, os.R_OK):
            yield ok("Keys", f"{path} is its owner's alone.")


def certificate(scene: Scene) -> Iterable[Finding]:
    """Whether the server can speak TLS where it is to."""
    serving = scene.config.serving
    if not serving.tls_cert:
        return
    from gbterm.server import tls

    try:
        tls.context(Path(serving.tls_cert), Path(serving.tls_key or serving.tls_cert))
    except UsageError as error:
        yield wrong("Certificate", str(error))
    else:
        yield ok("Certificate", f"{serving.tls_cert} and its key belong together.")


def doors(scene: Scene) -> Iterable[Finding]:
    """Where hosts that run can be reached on the network."""
    for host in scene.running:
        who = shown(host.called)
        if not (host.listen or host.octoprint):
            yield ok("Server", f"{who} is reached on this machine alone.")
        for listen, url in ((host.listen, host.url), (host.octoprint, host.octoprint_url)):
            if listen:
                yield _door(who, listen, url, is_tls=host.tls)


def _door(who: str, listen: str, url: str, *, is_tls: bool) -> Finding:
    if listen.rpartition(":")[0] in ("127.0.0.1", "[::1]", "localhost"):
        return ok("Server", f"{who} is reached at {url}, from this machine alone.")
    if is_tls:
        return ok("Server", f"{who} is reached at {url}, with TLS and a key.")
    return warning(
        "Server",
        f"{who} is reached at {url} without TLS, so who listens on the network"
        " can read its keys: serve with --tls-cert, or connect by ssh:// instead.",
    )


CHECKS: tuple[Check, ...] = (configuration, secrets, certificate, doors)
