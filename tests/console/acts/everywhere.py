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
    await console.shows("STOPPED: the printer confirmed that it halted")
    await console.press("enter")
    await console.until(lambda: console.app.state.phase is Phase.ERROR)
    await console.power_up()


async def asked(console: Console) -> None:
    """A printer that asks a question, which was put off."""
    await console.ask_something()
    await console.until(lambda: console.top == "PromptScreen")
    await console.press("escape")


ACTS = (
    Act("estop", "STOPPED: the printer confirmed that it halted", before=a_print),
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
