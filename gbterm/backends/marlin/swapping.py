"""How a print changes its filament: the board does it, or the head makes way for who does."""

from __future__ import annotations

from gbterm import events
from gbterm.backends.marlin.parking import HEATS_TO_SWAP, NOTED_ABOVE_S
from gbterm.backends.marlin.rest import BOARD_LIFTS_MM
from gbterm.backends.marlin.resting import Resting
from gbterm.errors import WrongState
from gbterm.model import Phase, Prompt

SWAP_REASON = "Change the filament, then continue."
RAN_OUT_REASON = "The filament has run out: load another one, then continue."
_ASKED, _ASKED_RAN_OUT = (
    "Another filament is wanted: answer the printer.",
    "The filament has run out: answer the printer.",
)


class Swapping(Resting):
    """The changes of filament of a job."""

    _swap_wanted = False
    """Whether one was asked for that has not begun to wait for somebody."""
    _ran_out = False
    """Whether a sensor asked for the last one."""

    @property
    def is_holding(self) -> bool:
        """Whether it waits for the user at a command that is never sent."""
        return self._held is not None or self._parking.is_unloaded

    @property
    def is_swapping(self) -> bool:
        """Whether the board itself changes filament, and asks what it wants to know."""
        return self.phase is Phase.FILAMENT_SWAP and not self.is_holding

    @property
    def has_made_way(self) -> bool:
        """Whether the head is aside and waits for another filament."""
        return self.phase is Phase.FILAMENT_SWAP and self._parking.is_unloaded

    @property
    def waits_for_answer(self) -> bool:
        """Whether it stands still until somebody answers a question."""
        return self.phase is Phase.FILAMENT_SWAP or self._held is not None

    def swap(self, *, ran_out: bool = False) -> None:
        """Change filament: the board does it itself, or the job makes way for who does.

        Raises `WrongState` where the job neither prints nor is paused.
        """
        begun = self._swap_wanted or self._core.will_change_filament
        if begun or self.phase not in (Phase.EXECUTING, Phase.PAUSED):
            raise WrongState(f"{self.job.name} is {self.phase.value.lower()}: wait a moment.")
        is_paused, self._ran_out = self.phase is Phase.PAUSED, ran_out
        if self._board_swaps and not is_paused:
            self._port.send("M600")
            return
        self._swap_wanted = True
        if not is_paused:
            self._stop(self._why)
        elif self._board_swaps:
            self._stop_wanted = self._standing.reason
            self._start(self._let_board_change)
        else:
            self._start(self._make_way)

    @property
    def _why(self) -> str:
        return RAN_OUT_REASON if self._ran_out else SWAP_REASON

    @property
    def _must_make_way(self) -> bool:
        """Whether it stops for a change of filament that the board does not do."""
        return self._swap_wanted or (self._held is not None and self._held.changes_filament)

    @property
    def _is_making_way(self) -> bool:
        return self._must_make_way and self._parking.is_begun and self._task is not None

    async def _make_way(self) -> None:
        """Take the head aside and unload, then wait for somebody in FILAMENT_SWAP."""
        await self._empty_planner()
        await self._leave(goes_aside=True)
        await self._parking.unload()
        self._swap_wanted = False
        self._standing.enter("swap", self._why if self._held is None else self._standing.reason)
        if self._held is None:
            self._printer.report(events.PromptShown(Prompt(self._why, ("Continue",))))

    async def _let_board_change(self) -> None:
        """M600 in a pause, which a board refuses while its nozzle is cold."""
        await self._parking.heat(HEATS_TO_SWAP)
        if stands := self._standing.stands_mm:
            lifted = max(stands) + BOARD_LIFTS_MM
            await self._standing.stand_between(*stands, lifted, noted_within_s=NOTED_ABOVE_S)
        self._swap_wanted = False
        self._port.send("M600")

    def _look_at_swap(self) -> None:
        """The board is at an M600 from when it is the oldest line without an ok until its ok."""
        asking = self._core.is_changing_filament
        if asking and self.phase in (Phase.EXECUTING, Phase.PAUSING, Phase.PAUSED):
            if self.phase is Phase.PAUSING:
                self._stop_wanted = self._standing.reason
            self._standing.enter("swap", _ASKED_RAN_OUT if self._ran_out else _ASKED)
        elif self.is_swapping and not asking:
            self._ran_out = False
            self._standing.enter("swapped")
            wanted, self._stop_wanted = self._stop_wanted, None
            if wanted is not None:
                self._standing.enter("pause", wanted)
            elif self._parking.is_begun:
                self._standing.enter("pause")
                self._standing.enter("resume")
