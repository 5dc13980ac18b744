"""What is looked at twice a second for as long as a printer process lives."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gbterm.backends.marlin import reports
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.host import hosts
from gbterm.host.company import Company
from gbterm.host.journal import Journal
from gbterm.host.noting import Noting
from gbterm.host.rpc import RpcServer
from gbterm.host.spec import Spec
from gbterm.host.traffic import Traffic
from gbterm.host.usage import Usage
from gbterm.lock import Lock
from gbterm.model import Phase

LOOK_EVERY_S = 0.5
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watch:
    """Keeps the run directory and the server there, counts, and says what a disk refuses."""

    spec: Spec
    run_dir: Path
    held: Lock
    start_server: Callable[[], object]
    backend: MarlinBackend
    rpc: RpcServer
    company: Company
    usage: Usage
    traffic: Traffic
    journal: Journal
    noting: Noting
    _journal_failure: str = field(default="", init=False)
    _dir_failure: str = field(default="", init=False)

    async def run(self) -> None:
        """Look until cancelled."""
        looks = (
            *(self._guard, self._count, self._keep_reachable),
            *(self._look_at_server, self._look_at_disk),
        )
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for look in looks:
                try:
                    await look()
                except Exception:
                    # A mistake in one of them must not end the others for the rest of a print.
                    log.exception("a look at the host failed")

    async def _guard(self) -> None:
        now = self.backend.port.now()
        self.company.see(now, somebody=self.rpc.people > 0)
        self.backend.guarding.look_away(now)

    async def _count(self) -> None:
        self.usage.charge(self.backend.state, time.monotonic())
        self.traffic.take(is_faulty=self.backend.state.phase is Phase.ERROR)

    async def _keep_reachable(self) -> None:
        failure = ""
        try:
            self._keep_run_dir()
            if self.held.keep():
                await self.rpc.listen()
        except OSError as error:
            failure = f"The run directory can't be kept: {error}."
        if failure not in ("", self._dir_failure):
            log.warning("%s", failure)
        self._dir_failure = failure

    def _keep_run_dir(self) -> None:
        """Make it anew where somebody's clean-up removed it."""
        if not self.run_dir.is_dir():
            log.warning("%s was removed: it is made anew", self.run_dir)
            self.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.journal.write_anew()
        if not (self.run_dir / hosts.SPEC).exists():
            self.spec.save()

    async def _look_at_server(self) -> None:
        if not self.spec.supervised:
            self.start_server()

    async def _look_at_disk(self) -> None:
        if self.journal.failure != self._journal_failure:
            self._journal_failure = self.journal.failure
            if self._journal_failure:
                self.backend.report(reports.announce(self._journal_failure, "warning"))
        if self._journal_failure:
            self.noting.give_up()
