"""The port by which an OctoPrint drives its printer."""

from __future__ import annotations

from typing import Any

from gbterm.backends.capability import Capability
from gbterm.backends.given import mapping, records
from gbterm.backends.octoprint.cooling import Cooling
from gbterm.backends.octoprint.doing import CHANGING, CLOSED, prints
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.polling import becomes
from gbterm.connection import AUTO_BAUD, AUTO_PORT, ConnectionChoice, ConnectionOptions
from gbterm.errors import LinkError, NeedsConfirmation, UsageError, WrongState
from gbterm.model import Temperature
from gbterm.octoprint_requests import JOB, LOST

CONNECTION = "/api/connection"
OPENED_S = 30.0
"""A port whose printer doesn't answer stays `Connecting` for ever."""
CLOSED_S = 10.0
HEATERS_OFF_S = 10.0
"""OctoPrint asks for temperatures every 5 s."""


class Port(Cooling):
    """Asks for it over `_http`: `connect` is answered before anything was opened, and ignored
    where something is."""

    _http: Http

    async def connection_options(self) -> ConnectionOptions:
        self.require(Capability.CONNECTION, "tell how its printer is connected")
        told = mapping(await self._http.get(CONNECTION))
        options, current = mapping(told.get("options")), mapping(told.get("current"))
        rates = [rate for rate in _listed(options, "baudrates") if isinstance(rate, int)]
        return ConnectionOptions(
            (AUTO_PORT, *(str(port) for port in _listed(options, "ports"))),
            (AUTO_BAUD, *rates),
            {
                str(profile.get("id")): str(profile.get("name"))
                for profile in records(options.get("printerProfiles"))
            },
            ConnectionChoice(
                _first(current.get("port"), options.get("portPreference")),
                _first(current.get("baudrate"), options.get("baudratePreference")),
                _first(current.get("printerProfile"), options.get("printerProfilePreference")),
            ),
        )

    async def connect_printer_by(self, choice: ConnectionChoice) -> None:
        self.require(Capability.CONNECTION, "choose how its printer is connected")
        options = await self.connection_options()
        _check(choice, options)
        if _is_same(choice, options.present):
            await self._open(choice)
        else:
            await self._open_anew(choice)

    async def connect_printer(self) -> None:
        self.require(Capability.RECONNECT, "connect to its printer on request")
        self._require_reach()
        await self._open(ConnectionChoice())

    async def reconnect(self) -> None:
        self.require(Capability.RECONNECT, "reconnect to its printer on request")
        self._require_reach()
        await self._open_anew(ConnectionChoice())

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        self.require(Capability.RECONNECT, "disconnect from its printer on request")
        await self._require_no_print()
        if await self._is_closed():
            return
        is_safe = not await self._is_decided() or await self._turned_off()
        if not is_safe and not confirmed:
            raise NeedsConfirmation(
                f"{self.name} does not confirm that its heaters are off, and nobody would look"
                " after them: disconnect all the same?"
            )
        await self._require_no_print()
        await self._close_port()

    async def _open_anew(self, choice: ConnectionChoice) -> None:
        await self._require_no_print()
        if not await self._is_closed():
            await self._close_port()
        await self._open(choice)

    async def _open(self, choice: ConnectionChoice) -> None:
        told = mapping(await self._http.get(CONNECTION))
        if mapping(told.get("current")).get("state") == CLOSED:
            # Without a name it would take a profile of its own, of a bed and one nozzle.
            preferred = mapping(told.get("options")).get("printerProfilePreference")
            given = {
                "port": choice.port,
                "baudrate": choice.baud,
                "printerProfile": choice.profile or preferred,
            }
            chosen = {name: value for name, value in given.items() if value is not None}
            await self._http.post(CONNECTION, {"command": "connect"} | chosen)
        if not await becomes(self._is_decided, OPENED_S):
            raise LinkError(
                f"The printer of {self.name} did not answer in {OPENED_S:.0f} s: is it on, and are"
                " port and baud rate right?"
            )
        if (await self._link()).startswith(LOST):
            raise LinkError(f"OctoPrint could not connect to its printer: {await self._why()}")

    async def _close_port(self) -> None:
        await self._http.post(CONNECTION, {"command": "disconnect"})
        if not await becomes(self._is_closed, CLOSED_S):
            raise LinkError("OctoPrint did not close the port of its printer.")

    async def _is_decided(self) -> bool:
        return not (await self._link()).startswith(CHANGING)

    async def _is_closed(self) -> bool:
        return await self._link() == CLOSED

    async def _link(self) -> str:
        told = mapping(await self._http.get(CONNECTION))
        return str(mapping(told.get("current")).get("state", ""))

    async def _why(self) -> str:
        # The connection itself says only that it is closed.
        job = mapping(await self._http.get(JOB))
        return str(job.get("error") or "it doesn't say why.")

    def _require_reach(self) -> None:
        """A server that is mute would be waited for."""
        if self.retry is not None:
            raise LinkError(f"{self._http.who} is out of reach: it is tried again by itself.")

    async def _require_no_print(self) -> None:
        """Asked of the server, for closing the port would end the print."""
        if await prints(self._http):
            raise WrongState(f"{self.name} is printing: cancel that first.")

    async def _turned_off(self) -> bool:
        """Whether no heater has a target any more."""
        sent_at = self.clock()
        await self.turn_heaters_off()

        async def is_cold() -> bool:
            # What was read before may be of before somebody else heated it.
            is_news = self.heard_at is not None and self.heard_at > sent_at
            return is_news and not self._has_target()

        return await becomes(is_cold, HEATERS_OFF_S)

    def _has_target(self) -> bool:
        heaters = [*self.state.nozzles, self.state.bed, self.state.chamber or Temperature()]
        # None at all is told right after connecting.
        return any(heater.target for heater in heaters) or heaters[0].target is None


def _check(choice: ConnectionChoice, options: ConnectionOptions) -> None:
    for what, wanted, offered in (
        ("port", choice.port, options.ports),
        ("baud rate", choice.baud, options.baud_rates),
        ("profile", choice.profile, tuple(options.profiles or ())),
    ):
        if wanted is not None and wanted not in offered:
            there = ", ".join(map(str, offered)) or "none"
            raise UsageError(f"OctoPrint has no {what} {wanted}; there is: {there}.")


def _is_same(choice: ConnectionChoice, present: ConnectionChoice) -> bool:
    return (
        choice.port in (None, AUTO_PORT, present.port)
        and choice.baud in (None, AUTO_BAUD, present.baud)
        and choice.profile in (None, present.profile)
    )


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _listed(options: dict[str, Any], name: str) -> list[Any]:
    found = options.get(name)
    return found if isinstance(found, list) else []
