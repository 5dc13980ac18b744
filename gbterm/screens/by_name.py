"""Macros and programs of the printer's host, as its user configured them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from textual import work

from gbterm import keymap
from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply
from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError
from gbterm.keymap import keys
from gbterm.model import Phase, PrinterState
from gbterm.screens.base import Call, Console
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.facts import Fact, FactsScreen

NO_MACROS = "No macros are configured; [macro.NAME] in the configuration makes one."
NO_PROGRAMS = "No programs are configured; [command.NAME] in the configuration makes one."


class ByAgreement(Protocol):
    """Asks the printer's server for something that its user may have to agree to."""

    def __call__(self, *, confirmed: bool) -> Awaitable[object]: ...


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
            if macro.key and not keymap.refusal(macro.key):
                # By its key: what the printer that the console shows next has there is another one.
                key = keys.read(macro.key)
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

        async def run(*, confirmed: bool) -> None:
            said.extend(await self.backend.run_macro(macro.name, confirmed=confirmed))

        async def show() -> None:
            lines = [(reply.command, "; ".join(reply.lines)) for reply in said if reply.lines]
            self._show(macro.name, lines, f"{macro.name} is done.")

        self._perform_asked(run, f"Run {macro.name}", "Don't", show)

    def run_preset(self, preset: Preset, nozzle: int | None = None) -> None:
        """Set its targets; where that takes heat from a print, after a question."""
        apply = partial(self.backend.apply_preset, preset.name, nozzle)

        async def show() -> None:
            self.say(f"Preset {preset.name} is set.")

        self._perform_asked(apply, f"Set {preset.name}", "Keep heating", show)

    def run_program(self, program: HostCommand) -> None:
        """Run it, after its question."""
        ended: list[CommandResult] = []

        async def run(*, confirmed: bool) -> None:
            ended.append(await self.backend.run_command(program.name, confirmed=confirmed))

        async def show() -> None:
            code = ended[0].exit_code
            word = "succeeded" if code == 0 else f"failed with exit code {code}"
            lines = [("", line) for line in ended[0].output if line]
            self._show(f"{program.name} {word}", lines, f"{program.name} {word}.")

        self._perform_asked(run, f"Run {program.name}", "Don't", show)

    def _perform_asked(self, run: ByAgreement, yes: str, no: str, then: Call) -> None:
        """`run`, after the question that the printer's server may have."""
        self.perform(
            partial(run, confirmed=False),
            agreed=partial(run, confirmed=True),
            asks=partial(ConfirmScreen, yes=yes, no=no),
            then=then,
        )

    def _show(self, title: str, lines: Sequence[Fact], otherwise: str) -> None:
        async def told() -> Sequence[Fact]:
            return lines

        if lines:
            self.push_screen(FactsScreen(title, told))
        else:
            self.say(otherwise)


def about_macro(macro: Macro) -> str:
    """What it does, and its key, where that is free."""
    if not macro.key:
        return macro.about
    key = keys.read(macro.key)
    if not key:
        return f"{macro.about} ({macro.key}, which is no key)"
    return f"{macro.about} ({keys.spelt(key)}{', which is taken' if keymap.refusal(key) else ''})"
