"""What every screen does."""

from __future__ import annotations

from gbterm.keymap import SCREENS
from gbterm.model import Phase
from gbterm.screens.by_name import NO_MACROS, NO_PROGRAMS
from tests.console.acts.act import Act, a_print
from tests.console.conftest import Console


async def stopped(console: Console) -> None:
    """A printer that was stopped."""
    await console.press("ctrl+backslash")
    await console.shows(console.behind.halted)
    while console.top == "StopScreen":  # one that is not confirmed stays for a moment
        await console.press("enter")
    await console.until(lambda: console.app.state.phase is Phase.ERROR)
    await console.behind.power_up()


async def asked(console: Console) -> None:
    """A printer that asks a question, which was put off."""
    await console.behind.ask(console.app.backend, console.folder)
    await console.until(lambda: console.top == "PromptScreen")
    await console.press("escape")


ACTS = (
    Act("estop", lambda c: c.behind.halted in c.words, before=a_print),
    Act("help", "Esc closes this."),
    Act("answer", lambda c: c.app.state.prompt is None, ("a", "1"), asked),
    Act("reconnect", lambda c: c.app.state.phase is Phase.READY, before=stopped),
    *(Act(s.name, f"[{s.shown} {s.tab}]", ("ctrl+g", s.letter)) for s in SCREENS),
    Act("go", "A letter goes there"),
    Act("macros", lambda c: c.top == "ChooseScreen" or NO_MACROS in c.notices),
    Act("programs", lambda c: c.top == "ChooseScreen" or NO_PROGRAMS in c.notices),
    Act("palette", "Type a part of a command's name"),
    Act("quit", lambda c: not c.app.is_running),
)
