"""The server process of a host."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gbterm.config import Serving
from gbterm.errors import UsageError
from gbterm.host import launch
from gbterm.host import spec as specs
from gbterm.server.admission import Rules
from gbterm.server.options import Options
from gbterm.server.run import serve


def _rules(serving: Serving) -> Rules:
    return Rules(
        allowed=serving.allow,
        loopback_needs_key=serving.loopback == "key",
        max_clients=serving.clients,
        max_message=serving.frame_mib << 20,
        rate=serving.calls_per_s,
    )


def _tls(serving: Serving) -> tuple[Path, Path] | None:
    if not serving.tls_cert:
        return None
    return Path(serving.tls_cert), Path(serving.tls_key or serving.tls_cert)


def run_server(arguments: list[str]) -> None:
    """Be the server: `NAME`. Starts the printer process where that is gone."""
    name, _ = launch.arguments_of(arguments)
    spec = specs.load(name)
    launch.log_to_standard_error()
    keeper = launch.Keeper(spec, "printer")
    host, _, port = spec.listen.rpartition(":")
    options = Options(
        spec.run_dir,
        spec.data,
        listen=(host.strip("[]"), int(port)) if spec.listen else None,
        listen_required=spec.listen_required,
        name=spec.profile.name,
        actions=spec.profile.actions,
        rules=_rules(spec.serving),
        tls=_tls(spec.serving),
        file_max=spec.serving.file_mib << 20,
        frontend=Path(spec.serving.frontend) if spec.serving.frontend else None,
    )
    failed = spec.run_dir / launch.SERVER_FAILED
    failed.unlink(missing_ok=True)
    try:
        asyncio.run(
            serve(options, on_printer_lost=(lambda: True) if spec.supervised else keeper.look)
        )
    except UsageError as error:
        failed.write_text(str(error))
        raise
