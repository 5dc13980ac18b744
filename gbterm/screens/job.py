"""The print: how far it is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.reactive import var
from textual.widget import Widget

from gbterm.backends.capability import Capability
from gbterm.errors import UsageError
from gbterm.files import SelectedFile
from gbterm.jobs import Job
from gbterm.lost_print import ResumePoint
from gbterm.model import Phase, PrinterState
from gbterm.screens import past
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import GO_ON
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.facts import Fact, FactsScreen
from gbterm.screens.frame import PrinterScreen, screen_bindings
from gbterm.screens.history import HistoryScreen
from gbterm.screens.layer_watch import LayerWatch
from gbterm.screens.lost import GoOn, LostPrintScreen
from gbterm.screens.tuning import Tuning
from gbterm.widgets import slices
from gbterm.widgets.fact_line import FactLine
from gbterm.widgets.job_slice import selected
from gbterm.widgets.message_list import MessageList
from gbterm.widgets.progress import JobFacts, JobPanel
from gbterm.widgets.readings import HeaterPanel
from gbterm.widgets.stream_words import stream_facts
from gbterm.widgets.tuning import TuningPanel
from gbterm.widgets.words import cancel_question

STATISTICS_EVERY_S = 1.0
MOST_PAUSES = 100

_ENDED = {
    "finished": "is finished",
    "cancelled": "was cancelled by somebody else",
    "failed": "has failed",
}


class JobScreen(Tuning, LayerWatch):
    """One print from its start to its outcome."""

    NAME = "job"
    CSS_PATH = "job.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("job")

    overrides: var[slices.Overrides] = var(slices.Overrides())
    pace: var[str] = var("")
    selected: var[str] = var("")

    def content(self) -> Iterable[Widget]:
        """The job in detail, the heaters below it; the layer where there is room."""
        yield self.status_panel()
        yield JobPanel(brief=True).data_bind(PrinterScreen.job)
        yield FactLine("Selected").data_bind(fact=JobScreen.selected)
        with Container(id="below"):
            with Vertical(id="told"):
                with Container(id="facts"):
                    yield JobFacts().data_bind(PrinterScreen.job)
                    yield TuningPanel().data_bind(
                        PrinterScreen.possible, JobScreen.overrides, JobScreen.step_mm
                    )
                yield FactLine("Pace").data_bind(fact=JobScreen.pace)
                yield HeaterPanel().data_bind(PrinterScreen.heaters)
                yield MessageList().data_bind(PrinterScreen.messages)
            yield self.plan_view()

    def show_state(self, state: PrinterState) -> None:
        """Also what only this screen shows."""
        super().show_state(state)
        is_old = self.app.fresh.is_old
        self.overrides = slices.overrides(state, is_old=is_old)
        self.pace = slices.pace(state, is_old=is_old)
        self.selected = selected(state)
        self.set_class(self.job is None or bool(self.job.outcome), "-idle")
        self.set_class(Capability.LAYERS not in self.app.backend.capabilities, "-layerless")
        self.follow_layer()

    def action_pause(self) -> None:
        """Pause the print."""
        self.app.perform(self.app.backend.pause)

    def action_resume(self) -> None:
        """Go on with it."""
        self.app.perform(self.app.backend.resume)

    def action_cancel(self) -> None:
        """Ask, then end it."""
        self.app.push_screen(
            ConfirmScreen(
                cancel_question(self.app.state),
                yes="Stop writing" if self.app.state.is_given_file else "Cancel the print",
                no="Keep writing" if self.app.state.is_given_file else "Keep printing",
                overtaken=partial(self._ended_first, self.app.state.job),
            ),
            self._cancel,
        )

    @property
    def _named(self) -> str:
        return self.job.name if self.job else "the print"

    def _ended_first(self, asked: Job | None, what: str = "cancelled") -> str:
        now = self.app.state.job
        if asked is None or now is None or not _is_same(asked, now):
            return f"That print is over, so nothing was {what}."
        if not now.outcome:
            return ""
        ended = _ENDED.get(now.outcome, "has ended")
        return f"{now.name} {ended}: nothing is being printed, so nothing was {what}."

    def _cancel(self, sure: bool | None) -> None:
        if sure:
            self.app.perform(self.app.backend.cancel)

    def action_start_selected(self) -> None:
        """Ask, then print it."""
        file = self.app.state.selected
        if file is None:
            return
        start, overtaken = self.app.backend.start_selected, partial(self._selected_another, file)
        asks = partial(GO_ON, overtaken=overtaken)
        begin = partial(self.app.perform, start, agreed=partial(start, confirmed=True), asks=asks)
        self.app.push_screen(
            ConfirmScreen(
                f"Print {file.path}, which is selected at {self.app.backend.name}?",
                yes="Print it",
                no="Don't",
                overtaken=overtaken,
            ),
            lambda sure: begin() if sure else None,
        )

    def _selected_another(self, asked: SelectedFile) -> str:
        now = self.app.state.selected
        if now is None or now.path != asked.path:
            return f"{asked.path} is not selected any more, so nothing was begun."
        return self.app.can_not_begin()

    def action_restart(self) -> None:
        """Ask, then print it from its beginning."""
        self.app.push_screen(
            ConfirmScreen(
                f"Print {self._named} anew, from its first line? It begins on top of what is"
                " printed already: clear the bed first.",
                yes="Print it anew",
                no="Keep it paused",
                overtaken=partial(self._not_paused, self.app.state.job),
            ),
            lambda sure: self.app.perform(self.app.backend.restart) if sure else None,
        )

    def _not_paused(self, asked: Job | None) -> str:
        if over := self._ended_first(asked, "begun anew"):
            return over
        paused = self.app.state.phase is Phase.PAUSED
        return "" if paused else "The print is not paused any more, so it goes on as it was."

    # Layers and filament

    def action_pause_layers(self) -> None:
        """Ask before which layers to pause."""
        job = self.app.state.job
        if job is None or not job.layers:
            return
        self.app.push_screen(
            AskScreen(
                "Pause before which layers?",
                partial(_layers, last=job.layers),
                note=f"Numbers up to {job.layers}, as 20 40; none takes all pauses back."
                f" Layer {job.layer or 0} is printed now.",
                value=" ".join(map(str, job.pause_layers)),
            ),
            self._pause_at,
        )

    def _pause_at(self, layers: tuple[int, ...] | None) -> None:
        if layers is not None:
            self.app.perform(partial(self.app.backend.set_pause_layers, layers))

    def action_begin_swap(self) -> None:
        """Ask, then make way for another filament."""
        self.app.push_screen(
            ConfirmScreen(
                f"Change the filament of {self._named}? It pauses, and the head moves aside.",
                yes="Change the filament",
                no="Keep printing",
                overtaken=partial(self._ended_first, self.app.state.job, "changed"),
            ),
            lambda sure: self.app.perform(self.app.backend.begin_swap) if sure else None,
        )

    def action_complete_swap(self) -> None:
        """Ask, then go on."""
        self.app.push_screen(
            ConfirmScreen(
                "Is the new filament loaded? The print goes on with it.",
                yes="It is loaded",
                no="Not yet",
                overtaken=self._not_swapping,
            ),
            lambda sure: self.app.perform(self.app.backend.complete_swap) if sure else None,
        )

    def _not_swapping(self) -> str:
        if self.app.state.phase is Phase.FILAMENT_SWAP:
            return ""
        return "The change of filament is over already, so nothing was done."

    # Looking back

    def action_statistics(self) -> None:
        """Show how the printer is fed."""
        self.app.push_screen(FactsScreen("The stream", self._stream, STATISTICS_EVERY_S))

    async def _stream(self) -> list[Fact]:
        return stream_facts(await self.app.backend.stream_statistics())

    def action_history(self) -> None:
        """Show the prints of the past, and who did what where that is told."""
        backend = self.app.backend
        pasts = [past.prints(backend)]
        if Capability.AUDIT in backend.capabilities:
            pasts.append(past.actions(backend))
        self.app.push_screen(HistoryScreen(*pasts))

    # A print that was lost

    def action_resume_job(self) -> None:
        """Read what is known of it, then ask."""
        self.app.say(f"Reading {self.app.state.lost_print} ...")
        found: list[ResumePoint] = []

        async def read() -> None:
            found.append(await self.app.backend.resume_point())

        async def ask() -> None:
            self.app.clear_notifications()
            screen = LostPrintScreen(found[0], self._can_not_go_on)
            self.app.push_screen(screen, self._go_on)

        self.app.perform(read, then=ask)

    def _can_not_go_on(self) -> bool:
        return "resume_job" not in self.app.possible

    def _go_on(self, how: GoOn | None) -> None:
        if how is not None:
            line, z_mm = how
            backend = self.app.backend
            self.app.perform(lambda: backend.resume_job(line, z_mm, confirmed=True))

    def action_forget_lost(self) -> None:
        """Ask, then give it up."""
        name = self.status.lost
        self.app.push_screen(
            ConfirmScreen(
                f"Give up the print of {name}? It can't go on after that.",
                yes="Give it up",
                no="Keep it",
                overtaken=lambda: f"{name} doesn't wait any more." if self._can_not_go_on() else "",
            ),
            self._cancel,
        )


def _is_same(one: Job, other: Job) -> bool:
    """Whether it is the same print; a plain OpenGB server tells of the file alone."""
    of_one_file = (one.name, one.file_id) == (other.name, other.file_id)
    return of_one_file and ("" in (one.id, other.id) or one.id == other.id)


def _layers(text: str, last: int) -> tuple[int, ...]:
    words = text.replace(",", " ").split()
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 10]
    if len(numbers) < len(words) or any(not 1 <= number <= last for number in numbers):
        raise UsageError(f"Type numbers from 1 to {last} with blanks between them, or nothing.")
    if len(numbers) > MOST_PAUSES:
        raise UsageError(f"A print pauses before {MOST_PAUSES} layers at most.")
    return tuple(numbers)
