"""Hosts that run, and printers that are configured: whether they can be reached."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

import gbterm
from gbterm import paths
from gbterm.backends.base import Backend
from gbterm.cli import remote
from gbterm.cli.doctor.check import Check, Finding, Scene, ok, others_may, shown, warning, wrong
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.config import PrinterProfile
from gbterm.credentials import read
from gbterm.errors import AuthenticationRefused, GbtermError
from gbterm.host import hosts
from gbterm.model import Phase, PrinterState
from gbterm.system import entries

ANSWER_S = 10.0


def run_folders(_: Scene) -> Iterable[Finding]:
    """Whether sockets are open to those alone who may use them."""
    for folder in entries(paths.state_dir() / "run"):
        if others_may(folder, stat.S_IRWXG | stat.S_IRWXO):
            yield wrong("Hosts", f"Others may enter {folder}: run chmod 700 {folder}.")
    for folder in entries(paths.SERVICE_RUN):
        if not os.access(folder, os.R_OK | os.X_OK):
            yield warning(
                "Hosts",
                f"The service's host {folder.name} is closed to you: run sudo usermod -aG gbterm"
                " $USER, then log out and in again.",
            )


def running(scene: Scene) -> Iterable[Finding]:
    """Whether they answer, and are of this version."""
    for host in scene.running:
        about = f"Host {shown(host.called)}"
        try:
            with PrinterSocket(Target(host.called, host=host.name), ANSWER_S) as printer:
                told = printer.call("hello", version=gbterm.__version__, role="doctor")
                phase = printer.look().state.phase.value
        except GbtermError as error:
            yield wrong(about, str(error))
            continue
        version = told.get("version")
        if version != gbterm.__version__:
            yield warning(
                about,
                f"It is {phase}, and of version {version}: once nothing is printed, gbterm"
                f" --printer {host.name} stop ends it, and this version starts it again.",
            )
        elif not hosts.answers(host.server_socket):
            yield wrong(
                about, f"It is {phase}, but its server does not answer; see {host.run_dir}."
            )
        else:
            yield ok(about, f"It runs, and its printer is {phase}.")


def reachable(scene: Scene) -> Iterable[Finding]:
    """Each printer of the configuration. A port is looked at, never opened."""
    for profile in scene.config.printers.values():
        about = f"Printer {profile.name}"
        yield _of_port(scene, about, profile) if profile.port else _of_server(about, profile)


def _of_port(scene: Scene, about: str, profile: PrinterProfile) -> Finding:
    if hosts.find(profile.name) or hosts.on_port(profile.port):
        return ok(about, f"Its host runs on {shown(profile.port)}.")
    if "://" in profile.port:
        return ok(about, f"Nobody drives it now, so {shown(profile.port)} was not tried.")
    if not Path(profile.port).exists():
        return wrong(
            about,
            f"There is no port {profile.port}: plug the printer in and switch it on, or give it"
            " another port with e on the Printers screen (F8).",
        )
    known = {paths.host_name(port.device): port for port in scene.ports}
    port = known.get(paths.host_name(profile.port))
    if port is not None and port.hindrance:
        return wrong(about, port.hindrance)
    return ok(about, f"{profile.port} is there, and free.")


def _of_server(about: str, profile: PrinterProfile) -> Finding:
    async def how(backend: Backend) -> PrinterState:
        return backend.state

    try:
        key = read(profile.key_file, profile.tls_ca, unasked=True)
        target = Target(profile.name, url=profile.url, profile=profile, credentials=key)
        state = remote.ask(target, how, ANSWER_S)
    except AuthenticationRefused as error:
        # GBTERM_KEY names no server, so it is shown to none of these.
        return (wrong if profile.key_file else warning)(about, str(error))
    except GbtermError as error:
        return wrong(about, str(error))
    if state.phase is Phase.DISCONNECTED:
        return warning(about, f"{shown(profile.url)} answers, but its printer is disconnected.")
    return ok(about, f"{shown(profile.url)} answers, and the printer is {state.phase.value}.")


CHECKS: tuple[Check, ...] = (run_folders, running, reachable)
