"""Jobs of an OctoPrint: idempotent, and believed only once they are seen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gbterm import octoprint_requests as requests
from gbterm.backends.capability import Capability
from gbterm.backends.given import mapping
from gbterm.backends.octoprint.cooling import Cooling
from gbterm.backends.octoprint.doing import doing
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.polling import becomes
from gbterm.errors import CommandTimeout, PrinterError, WrongState
from gbterm.events import Event, JobChanged
from gbterm.model import PrinterState
from gbterm.octoprint_requests import IDLE, JOB, LOST

PAUSED_S = 60.0
"""A board first finishes what it holds."""
CANCELLED_S = 60.0
STARTED_S = 20.0


class JobControl(Cooling):
    """Asks for them over `_http`; what the server is doing is asked for as well, for what it pushes
    comes half a second late."""

    _http: Http

    async def pause(self) -> None:
        self.require(Capability.JOB, "pause a print")
        await self._command(requests.pause("pause"), "pause")

    async def resume(self) -> None:
        """Once it is paused: OctoPrint ignores what comes while it still pauses."""
        self.require(Capability.JOB, "resume a print")
        if not await becomes(self._has_paused, PAUSED_S):
            raise CommandTimeout(
                f"{self.name} is still pausing: it first finishes the moves that it holds. Resume"
                " it then."
            )
        await self._command(requests.pause("resume"), "resume")

    async def cancel(self) -> None:
        """OctoPrint then sends its own script, which its user may have changed: the heaters go off
        whatever it does, where the key may do that. One that is cancelled while it still starts
        may go on cancelling for ever, so that it is let start first, where that doesn't take long.
        """
        self.require(Capability.JOB, "cancel a print")
        await becomes(self._has_started, STARTED_S)
        if await self._doing() != "Cancelling":
            await self._command((JOB, {"command": "cancel"}), "cancel")
        if not await becomes(self._has_cancelled, CANCELLED_S):
            raise CommandTimeout(
                f"{self.name} is still cancelling: see that its heaters go off once it has."
            )
        now = await self._doing()
        if now.startswith(LOST):
            raise PrinterError(
                f"The printer of {self.name} was lost while it cancelled, so its heaters may be on:"
                " look at it."
            )
        # Somebody may have started the next print by now.
        if Capability.TEMPERATURE in self.capabilities and now == "Operational":
            await self.turn_heaters_off()

    async def start_selected(self, *, confirmed: bool = False) -> None:  # noqa: ARG002
        self.require(Capability.SELECT | Capability.JOB, "start what is selected")
        job = mapping(await self._http.get(JOB))
        if not mapping(mapping(job.get("job")).get("file")).get("path"):
            raise WrongState("No file is selected: select one first.")
        now = str(job.get("state"))
        if now != "Operational":
            raise WrongState(f"{self.name} can't start a print: OctoPrint says {now!r}.")
        await self.begin_print(*requests.start())

    async def restart(self) -> None:
        self.require(Capability.SELECT | Capability.JOB, "begin a print anew")
        now = await self._doing()
        if now != "Paused":
            raise WrongState(
                f"Only a paused print can be begun anew: OctoPrint says {now!r}. Pause it first."
            )
        await self.begin_print(JOB, {"command": "restart"})

    async def begin_print(self, path: str, body: Mapping[str, Any]) -> None:
        """Post what starts a print, and wait until it did: an answer alone means nothing.

        Raises `CommandTimeout` where none was seen to start, and what the server says.
        """
        begun = asyncio.Event()
        before = self.state.job.started_at if self.state.job else None

        def listen(event: Event, _: PrinterState) -> None:
            if isinstance(event, JobChanged) and event.job and event.job.started_at != before:
                begun.set()

        stop = self.subscribe(listen)
        try:
            await self._http.post(path, body)
            async with asyncio.timeout(STARTED_S):
                await begun.wait()
        except TimeoutError as error:
            raise CommandTimeout(
                f"{self.name} took the print, but was not seen to start it: look at OctoPrint."
            ) from error
        finally:
            stop()

    async def _command(self, request: requests.Request, word: str) -> None:
        try:
            await self._http.post(*request)
        except WrongState as error:
            now = await self._doing()
            what = "nothing is printed" if now.startswith(IDLE) else f"it says {now!r}"
            raise WrongState(f"{self.name} has nothing to {word}: {what}.") from error

    async def _has_started(self) -> bool:
        return await self._doing() != "Starting"

    async def _has_paused(self) -> bool:
        return await self._doing() != "Pausing"

    async def _has_cancelled(self) -> bool:
        return await self._doing() != "Cancelling"

    async def _doing(self) -> str:
        return await doing(self._http)
