"""How a print comes to rest, and how it goes on from there."""

from __future__ import annotations

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.course import Course
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.parking import COMES_BACK, HEATS, NOTED_BELOW_S
from gbterm.backends.marlin.wayback import WayBack
from gbterm.model import Phase, Prompt

STAYS = "The head stays where it is: nothing says for certain where that is."
STILL_SHIFTED = (
    "The printer's coordinates were shifted while it was paused, and it does not take that back:"
    " home X and Y, then resume, or cancel."
)


class Resting(Course):
    """The stops of a job."""

    _held: Outgoing | None = None
    """The command that is never sent, at which it waits for the user."""
    _stop_wanted: str | None = None
    """Why it stops once what is under way is over; None where it goes on."""
    _is_place_sure = True
    """Whether the head is where the file leads, as far as anybody knows."""

    def _stop(self, reason: str) -> None:
        """Send no more of the file, and come to rest."""
        self._core.streaming = False
        self._standing.enter("pause", reason)
        self._port.pump()
        self.advance()

    def _stop_before_layer(self) -> None:
        layers = self._standing.layers
        layer = layers.reach()
        self._core.stop_job_before = layers.pause_before
        self._stop(f"Paused before layer {layer}, as asked.")

    def _hold(self, held: Outgoing) -> None:
        text = held.text.decode("utf-8", "replace")
        self._held = held
        self._stop(f"The file asks for you: {text}")
        self._printer.report(events.PromptShown(Prompt(text, ("Continue",))))

    async def _come_to_rest(self) -> None:
        """The board makes the moves that it has, then the head goes aside."""
        await self._empty_planner()
        await self._leave(goes_aside=self._parks)
        if self._parks and self._parking.rest is None:
            self._printer.report(reports.announce(STAYS))
        if self.phase is Phase.PAUSING:
            self._standing.enter("paused", self._standing.reason)

    async def _leave(self, *, goes_aside: bool) -> None:
        last = self._core.acknowledged if self._is_place_sure else None
        await self._parking.leave(last, goes_aside=goes_aside)

    async def _return(self) -> None:
        """Back to where it was left."""
        if await self._parking.come_back():
            self._go_on()
        else:
            self._standing.enter("paused", STILL_SHIFTED)

    async def _find_back(self, way: WayBack) -> None:
        """Heat, lift, home and travel to where the print that was lost goes on."""
        self._standing.say(HEATS)
        await self._tell(*way.heating)
        self._standing.say(COMES_BACK)
        await self._standing.stand_between(*way.stands_mm, noted_within_s=NOTED_BELOW_S)
        if why := await way.go(self._tell):
            self._printer.job_failed(why)
            return
        self._standing.stands_mm, self._standing.retracted_mm = (), 0.0
        self._way_back = None
        # From here on the print can be left and come back to.
        self._core.acknowledged = _reached(way)
        self._go_on()

    def _go_on(self) -> None:
        if self._held is not None:
            self._release(self._held)
        self._core.streaming = True
        done = self._core.acknowledged
        self._printer.job_resumed(done.command if done else 0)
        self._standing.enter("resumed")
        wanted, self._stop_wanted = self._stop_wanted, None
        if wanted is not None:
            self._stop(wanted)
        self._port.pump()
        self.advance()

    def _release(self, held: Outgoing) -> None:
        # Lines that a Resend took back may have come to stand before it.
        if self._core.job[0] is held:
            self._core.acknowledged = held
        self._core.job.remove(held)
        self._held = None
        self._printer.report(events.PromptClosed())


def _reached(way: WayBack) -> Outgoing:
    """What stands for all that the file says before the place where it is gone on with."""
    start, top_mm = way.start, way.top_mm
    return Outgoing(
        b"", start.command, start.line, start.end, start.place, start.modes, top_mm=top_mm
    )
