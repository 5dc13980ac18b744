"""The server process of a host."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from gbterm.config import Serving, Watching
from gbterm.errors import UsageError
from gbterm.host import hosts, launch, logs
from gbterm.host.spec import Spec
from gbterm.server.admission import Rules
from gbterm.server.options import Options
from gbterm.server.run import serve


def _address(listen: str) -> tuple[str, int] | None:
    host, _, port = listen.rpartition(":")
    return (host.strip("[]"), int(port)) if listen else None


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


def _watching(spec: Spec) -> Watching:
    """What the host tells; a printer's own address for metrics goes before that of all."""
    own = spec.profile.metrics
    return replace(spec.watching, metrics=own) if own.listen else spec.watching


def run_server(arguments: list[str]) -> bool:
    """Be the server: `NAME [--supervised]`; as `launch.is_ended`.

    Starts the printer process where that is gone and systemd doesn't.
    """
    spec, _ = launch.spec_of(arguments)
    logs.begin(logs.of(spec.run_dir, "server"), spec.watching.log.level)
    keeper = launch.Keeper(spec, "printer")
    options = Options(
        spec.run_dir,
        spec.data,
        listen=_address(spec.listen),
        listen_required=spec.listen_required,
        octoprint_listen=_address(spec.profile.octoprint_listen),
        octoprint_required=spec.octoprint_required,
        name=spec.profile.name,
        volume=spec.profile.volume,
        actions=spec.profile.actions,
        filament_sensor=spec.profile.filament_sensor,
        rules=_rules(spec.serving),
        watching=_watching(spec),
        history=spec.history,
        calls=spec.kept_dir / hosts.CALLS,
        tls=_tls(spec.serving),
        file_max=spec.serving.file_mib << 20,
        frontend=Path(spec.serving.frontend) if spec.serving.frontend else None,
        socket_mode=hosts.socket_mode(spec.run_dir),
    )
    failed = spec.run_dir / launch.SERVER_FAILED
    failed.unlink(missing_ok=True)

    def is_kept() -> bool:
        """Whether the printer process comes again."""
        return keeper.look() if not spec.supervised else not launch.is_ended(spec)

    try:
        asyncio.run(
            serve(options, on_printer_lost=is_kept, is_for_good=lambda: launch.is_ended(spec))
        )
    except UsageError as error:
        failed.write_text(str(error))
        raise
    return launch.is_ended(spec)
