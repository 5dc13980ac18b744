"""Macros and programs of the printer's host, as its user configured them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from textual import work

from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply
from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError
from gbterm.keymap import is_taken, keys
from gbterm.model import Phase, PrinterState
from gbterm.screens.base import Console
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.facts import Fact, FactsScreen

NO_MACROS = "No macros are configured; [macro.NAME] in the configuration makes one."
NO_PROGRAMS = "No programs are configured; [command.NAME] in the configuration makes one."


class ByName(Console):
    """Chooses, asks and runs them; a macro's own key works on every screen that has no use for it.

    It is learnt on each new connection.
    """

    _macros: tuple[Macro, ...] = ()
    _had_actions = False

    def follow_actions(self, state: PrinterState) -> None:
        """Whenever there is a server again, ask it for its macros' keys."""
        reached = state.phase not in (Phase.DISCONNECTED, Phase.CONNECTING)
        has = reached and Capability.ACTIONS in self.backend.capabilities
        if has and not self._had_actions:
            self._bind_macros()
        self._had_actions = has

    def forget_actions(self) -> None:
        """There is another printer now."""
        self._macros, self._had_actions = (), False

    @work(group="macros", exclusive=True, exit_on_error=False)
    async def _bind_macros(self) -> None:
        try:
            self._macros = tuple(await self.backend.macros())
        except GbtermError:
            return  # whoever chooses one is told why
        for macro in self._macros:
            key = keys.read(macro.key)
            if key and not is_taken(key):
                # By its key: what the printer that the console shows next has there is another one.
                self.bind(key, f"macro_at({key!r})", show=False)

    def action_macro_at(self, key: str) -> None:
        """The key of one."""
        for macro in self._macros:
            if keys.read(macro.key) == key:
                self.run_macro(macro)
                return

    def action_macros(self) -> None:
        """Choose one."""
        found: list[Macro] = []

        async def read() -> None:
            found.extend(await self.backend.macros())

        async def choose() -> None:
            offered = [(macro.name, about_macro(macro)) for macro in found]
            self._offer("Which macro?", offered, NO_MACROS, lambda i: self.run_macro(found[i]))

        self.perform(read, then=choose)

    def action_programs(self) -> None:
        """Choose one."""
        found: list[HostCommand] = []

        async def read() -> None:
            found.extend(await self.backend.commands())

        async def choose() -> None:
            offered = [(program.name, program.description) for program in found]
            title = "Which program of the printer's host?"
            self._offer(title, offered, NO_PROGRAMS, lambda i: self.run_program(found[i]))

        self.perform(read, then=choose)

    def _offer(
        self,
        title: str,
        offered: Sequence[tuple[str, str]],
        nothing: str,
        run: Callable[[int], None],
    ) -> None:
        if offered:
            self.push_screen(ChooseScreen(title, offered), lambda i: None if i is None else run(i))
        else:
            self.say(nothing)

    def run_macro(self, macro: Macro) -> None:
        """Send it, after its question."""
        said: list[Reply] = []

        async def run() -> None:
            said.extend(await self.backend.run_macro(macro.name, confirmed=True))

        async def show() -> None:
            lines = [(reply.command, "; ".join(reply.lines)) for reply in said if reply.lines]
            self._show(macro.name, lines, f"{macro.name} is done.")

        self._sure(macro.confirm, f"Run {macro.name}", partial(self.perform, run, then=show))

    def run_preset(self, preset: Preset) -> None:
        """Set its targets; where that takes heat from a print, after a question."""
        apply = partial(self.backend.apply_preset, preset.name)

        async def show() -> None:
            self.say(f"Preset {preset.name} is set.")

        asked = cooling(preset, self.state)
        self._sure(asked, f"Set {preset.name}", partial(self.perform, apply, then=show))

    def run_program(self, program: HostCommand) -> None:
        """Run it, after its question."""
        ended: list[CommandResult] = []

        async def run() -> None:
            ended.append(await self.backend.run_command(program.name, confirmed=True))

        async def show() -> None:
            code = ended[0].exit_code
            word = "succeeded" if code == 0 else f"failed with exit code {code}"
            lines = [("", line) for line in ended[0].output if line]
            self._show(f"{program.name} {word}", lines, f"{program.name} {word}.")

        self._sure(program.confirm, f"Run {program.name}", partial(self.perform, run, then=show))

    def _sure(self, question: str, yes: str, run: Callable[[], None]) -> None:
        if question:
            screen = ConfirmScreen(question, yes=yes, no="Don't")
            self.push_screen(screen, lambda sure: run() if sure else None)
        else:
            run()

    def _show(self, title: str, lines: Sequence[Fact], otherwise: str) -> None:
        async def told() -> Sequence[Fact]:
            return lines

        if lines:
            self.push_screen(FactsScreen(title, told))
        else:
            self.say(otherwise)


def cooling(preset: Preset, state: PrinterState) -> str:
    """The question to ask before a preset that takes heat from a print; else empty."""
    if not state.phase.is_printing or 0.0 not in (preset.nozzle, preset.bed):
        return ""
    return f"{preset.name} turns heaters off, and the print goes on without their heat. Set it?"


def about_macro(macro: Macro) -> str:
    """What it does, and its key, where that is free."""
    if not macro.key:
        return macro.about
    key = keys.read(macro.key)
    if not key:
        return f"{macro.about} ({macro.key}, which is no key)"
    return f"{macro.about} ({keys.spelt(key)}{', which is taken' if is_taken(key) else ''})"
