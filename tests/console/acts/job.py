"""What the Job screen does."""

from __future__ import annotations

from gbterm.model import Phase
from tests.console.acts.act import Act, a_paused_print, a_print

ACTS = (
    Act("pause", lambda c: c.app.state.phase is Phase.PAUSED, before=a_print),
    Act("resume", lambda c: c.app.state.phase is Phase.EXECUTING, before=a_paused_print),
    Act("cancel", "Cancelled after", ("c", "right", "enter"), a_print),
)
