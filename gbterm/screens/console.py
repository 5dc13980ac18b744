"""What goes over the cable, and G-code typed by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import ClassVar

from textual import events, getters, on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from gbterm import paths
from gbterm.actions import Reply
from gbterm.backends.capability import Capability
from gbterm.console_lines import ConsoleLine, ConsoleLines
from gbterm.errors import GbtermError, NeedsConfirmation, NotSupported, WrongState
from gbterm.gcode import typed
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.frame import screen_bindings
from gbterm.screens.lines import LinesScreen
from gbterm.screens.stop import StopScreen
from gbterm.text import scrub
from gbterm.typed_commands import TypedCommands
from gbterm.widgets.command_line import CommandLine, FindLine
from gbterm.widgets.console_notes import CommandHelp, LogStatus, advice
from gbterm.widgets.log_view import LogView

BEGINS = "GMT"
"""What a command begins with; typed among the lines, it begins one."""


class ConsoleScreen(LinesScreen):
    """Lines, what of them is hidden, help with a command, and the line to type it in."""

    NAME = "console"
    CSS_PATH = "console.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("console")
    AUTO_FOCUS = "#command"

    command = getters.query_one(CommandLine)
    help = getters.query_one(CommandHelp)

    def __init__(self) -> None:
        super().__init__()
        self.past = TypedCommands(paths.state_dir() / "typed_commands")
        self._sending, self._writing = asyncio.Lock(), asyncio.Lock()
        self._failed: GbtermError | None = None
        """Why a command was not done: those that were typed before one could know are not sent."""

    def content(self) -> Iterable[Widget]:
        """The lines take what the others leave."""
        yield LogView(self.lines)
        yield LogStatus()
        yield CommandHelp()
        with Horizontal(id="entry"):
            yield Label("Send: ", id="sends")
            yield CommandLine(self.past)
            yield Label("Find: ", id="finds")
            yield FindLine()

    def on_mount(self) -> None:
        """Read what was typed in former days."""
        super().on_mount()
        self.run_worker(asyncio.to_thread(self.past.read), exit_on_error=False)
        self._advise()

    # The line that is typed in

    def action_browse(self) -> None:
        """From finding back to typing, from typing to the lines."""
        if self.focused is self.search or (self.focused is self.view and self.lines.sought):
            was_typing = self.focused is self.search
            self.end_finding()
            (self.command if was_typing else self.view).focus()
        else:
            self.view.focus()

    def action_type_gcode(self) -> None:
        """Back to typing."""
        self.remove_class("-finding")
        self.set_focus(self.command)
        self.update_possible()

    def impossible(self) -> set[str]:
        """What a key can't do where the focus is, for there it is typed."""
        if self.focused is self.command:
            there = {"type_gcode", "answer"}
        elif self.focused is self.search:
            there = {"send", "type_gcode", "answer"}
        else:
            there = {"send"} if self.lines.sought else {"send", "browse"}
        return super().impossible() | there

    def on_descendant_focus(self) -> None:
        """Other keys do something."""
        self.update_possible()

    def on_key(self, event: events.Key) -> None:
        """A letter that begins a command is typed, and what was typed before the line had it."""
        if event.key == "enter" and self.focused is self.view:
            event.stop()
            self.action_type_gcode()
        if not event.is_printable or event.character is None:
            return
        if self.focused is self.command or (
            self.focused is self.view and event.character in BEGINS
        ):
            event.stop()
            self.action_type_gcode()
            self.command.insert_text_at_cursor(event.character)

    @on(CommandLine.AtEnd)
    def _follow(self) -> None:
        self.action_follow()

    @on(CommandLine.Changed, "#command")
    def _advise(self) -> None:
        line, firmware = self.command, self.app.state.firmware
        self.help.advice = advice(line.value, line.candidates, firmware)

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say a sentence where the help stands, until something is typed."""
        self.help.advice = (Content.styled(scrub(text), "bold $error" if is_error else ""),)

    # Sending

    async def action_send(self) -> None:
        """Send what was typed."""
        await self.command.action_submit()

    @on(CommandLine.Entered)
    def _entered(self, event: CommandLine.Entered) -> None:
        self.action_follow()
        try:
            if event.text.strip():
                self._send(self._commands(event.text))
        except GbtermError as error:
            self._put(event.text)
            self.tell(str(error), is_error=True)

    def _commands(self, text: str) -> tuple[str, ...]:
        """Those in `text`. Raises a `GbtermError` where they can't be sent."""
        if Capability.GCODE not in self.app.backend.capabilities:
            raise NotSupported("This connection takes no G-code.")
        if isinstance(self.app.screen, StopScreen):
            raise WrongState("Nothing is sent: the printer was stopped.")
        if "send" not in self.app.possible:
            raise WrongState(f"Nothing is sent: {self.status.explanation.rstrip('.')}.")
        return tuple(map(typed.in_capitals, typed.read(text)))

    @work(group="typed", exit_on_error=False)
    async def _send(self, commands: Sequence[str]) -> None:
        """Commands of one line after the other, in the order in which they were typed."""
        named = commands[0] if len(commands) == 1 else f"{len(commands)} commands"
        if self._sending.locked():
            self.tell(f"{named}: waits for the answer to what was sent before it.")
        failed = self._failed
        async with self._sending:
            if self._failed is not failed:
                self.tell(f"{self._failed} So {named} was not sent either.", is_error=True)
                return
            if len(commands) > 1 and not await self._may_send(commands):
                self.tell(f"{named}: not sent.")
                return
            self._remember(commands)
            self.tell(f"{named}: the answer is to come.")
            for command in commands:
                self.lines.sends(command)
            try:
                replies = await self._replies("\n".join(commands))
            except GbtermError as error:
                self._failed = error
                for command in commands:
                    self.lines.did_not_send(command)
                self._put_back(commands)
                self.tell(str(error), is_error=True)
            else:
                self._answered(named, commands, replies)

    async def _may_send(self, commands: Sequence[str]) -> bool:
        question = f"Send these {len(commands)} commands, one after the other?"
        ask = ConfirmScreen(question, yes="Send them", no="Don't send", about=commands)
        return await self.app.push_screen_wait(ask)

    async def _replies(self, commands: str) -> list[Reply] | None:
        """What the printer says to it; None where the user would rather not."""
        try:
            return await self.app.backend.send_gcode(commands)
        except NeedsConfirmation as question:
            ask = ConfirmScreen(str(question), yes="Send it", no="Don't send")
            if not await self.app.push_screen_wait(ask):
                return None
            return await self.app.backend.send_gcode(commands, confirmed=True)

    def _answered(
        self, named: str, commands: Sequence[str], replies: Sequence[Reply] | None
    ) -> None:
        if replies is None:
            self._put_back(commands)
            self.tell(f"{named}: not sent.")
            return
        said = [line for reply in replies for line in reply.lines]
        self.tell(
            f"{named}: {said[0] if len(said) == 1 else f'{len(said)} lines' if said else 'ok'}"
        )
        if Capability.CONSOLE not in self.app.backend.capabilities:
            self.add_lines(_as_lines(replies, time.time()))

    def _put_back(self, commands: Sequence[str]) -> None:
        if len(commands) == 1:
            self._put(commands[0])

    def _put(self, text: str) -> None:
        """What was typed is on the line again, unless something else is."""
        if not self.command.value and len(text.splitlines()) == 1:
            with self.command.prevent(CommandLine.Changed):  # help would take what was just said
                self.command.put(text)

    @work(group="remember", exit_on_error=False)
    async def _remember(self, commands: Sequence[str]) -> None:
        for command in commands:
            self.past.add(command)
        async with self._writing:
            with suppress(OSError):  # what was typed is no loss on a disk that is full
                await asyncio.to_thread(self.past.write, commands)


def _as_lines(replies: Sequence[Reply], at: float) -> ConsoleLines:
    """Commands and answers as they would have been seen on the cable."""
    lines = []
    for reply in replies:
        lines.append(ConsoleLine(at, "out", reply.command))
        lines += [ConsoleLine(at, "in", text) for text in reply.lines or ("ok",)]
    return ConsoleLines(tuple(lines))
