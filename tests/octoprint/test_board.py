"""What the board behind a real OctoPrint does, and leaves undone."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from gbterm.errors import WrongState
from gbterm.model import Phase
from tests.octoprint.live import OctoPrint, running
from tests.octoprint.seen import until
from tests.octoprint.waiting import phase

PROMPTS = {"plugins": {"action_command_prompt": {"enable": "always"}}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    with running(tmp_path_factory.mktemp("octoprint"), PROMPTS) as server:
        yield server


class Ahead(OctoPrintBackend):
    """Of a clock that a test puts ahead."""

    ahead_s = 0.0

    def __init__(self, server: OctoPrint) -> None:
        super().__init__(server.url, "shop", Credentials(server.key))
        self.clock = lambda: time.monotonic() + self.ahead_s


@pytest.fixture
async def backend(server: OctoPrint) -> AsyncIterator[Ahead]:
    backend = Ahead(server)
    await backend.connect()
    yield backend
    if server.state() != "Operational":
        await backend.reconnect()
    await backend.close()


async def test_a_board_that_falls_silent_in_a_print_is_told_of(
    server: OctoPrint, backend: Ahead
) -> None:
    server.put("long.gcode", "G28\n" + "G4 P50\n" * 2000)
    await backend.start_selected()
    await phase(backend, Phase.EXECUTING)
    await until(lambda: backend.heard_at)
    assert backend.state.waiting_for == ""
    server.fault("go_awol")
    heard_at = backend.heard_at
    # OctoPrint would go on to say Printing for three minutes.
    backend.ahead_s = 30.0
    await until(lambda: "said nothing" in backend.state.waiting_for)
    assert server.state() == "Printing"
    assert "look at the printer" in backend.state.messages[-1].text
    assert heard_at is not None
    assert backend.heard_at is not None
    assert backend.clock() - backend.heard_at > 20
    report = await backend.emergency_stop()
    assert not report.confirmed
    await phase(backend, Phase.ERROR)
    assert backend.state.waiting_for == ""
    job = backend.state.job
    assert job
    assert job.outcome == "failed"


async def test_a_board_that_talks_again_is_waited_for_no_more(backend: Ahead) -> None:
    await until(lambda: backend.heard_at)
    backend.ahead_s = 30.0
    # What comes next is heard after that.
    await until(lambda: (backend.heard_at or 0.0) > time.monotonic())
    assert backend.state.waiting_for == ""


async def test_a_stop_is_told_for_what_it_is(server: OctoPrint, backend: Ahead) -> None:
    report = await backend.emergency_stop()
    assert not report.confirmed
    assert "can't tell whether the board halted" in report.text
    assert "switch the printer off" in report.text
    await phase(backend, Phase.ERROR)
    assert "M112" in backend.state.reason
    again = await backend.emergency_stop()
    assert not again.confirmed
    assert "reached nobody" in again.text


async def test_a_stop_of_a_board_that_halted_is_confirmed(
    server: OctoPrint, backend: Ahead
) -> None:
    server.fault("trigger_fatal_error_marlin")
    await phase(backend, Phase.ERROR)
    report = await backend.emergency_stop()
    assert report.confirmed
    assert "Thermal Runaway" in report.text


async def test_a_board_that_halted_but_was_started_again_is_not_said_to_have_halted(
    server: OctoPrint, backend: Ahead
) -> None:
    server.fault("trigger_fatal_error_marlin")
    await phase(backend, Phase.ERROR)
    # Nothing of this is heard before the stop is asked for.
    server.post("/api/connection", {"command": "connect"})
    server.until(lambda: server.state() == "Operational", "it was started again")
    server.post("/api/connection", {"command": "disconnect"})
    server.until(lambda: server.state() == "Closed", "its port is closed")
    assert "halted" in backend.state.last_error
    report = await backend.emergency_stop()
    assert not report.confirmed
    assert "reached nobody" in report.text


async def test_a_question_of_the_firmware_is_shown_and_answered(
    server: OctoPrint, backend: Ahead
) -> None:
    for line in ("begin Really?", "choice Yes", "choice No", "show"):
        server.fault(f"action_custom prompt_{line}")
    await until(lambda: backend.state.prompt)
    late = Ahead(server)
    await late.connect()
    for one in (backend, late):
        assert one.state.prompt
        assert (one.state.prompt.text, one.state.prompt.choices) == ("Really?", ("Yes", "No"))
    await late.answer_prompt(1)
    server.fault("action_custom prompt_end")
    await until(lambda: backend.state.prompt is None and late.state.prompt is None)
    await late.close()


async def test_another_question_is_not_answered_by_the_answer_to_the_one_shown(
    server: OctoPrint, backend: Ahead
) -> None:
    for line in ("begin Hotter?", "choice Yes", "choice No", "show"):
        server.fault(f"action_custom prompt_{line}")
    await until(lambda: backend.state.prompt)
    # Nothing of this is heard before the answer is given.
    for line in ("end", "begin Purge?", "choice More", "choice Enough", "show"):
        server.fault(f"action_custom prompt_{line}")
    server.until(lambda: _question(server) == "Purge?", "it asks something else")
    with pytest.raises(WrongState, match="does not ask that any more"):
        await backend.answer_prompt(0)
    assert _question(server) == "Purge?"
    await until(lambda: backend.state.prompt and backend.state.prompt.text == "Purge?")
    server.fault("action_custom prompt_end")
    await until(lambda: backend.state.prompt is None)
    with pytest.raises(WrongState, match="does not ask that any more"):
        await backend.answer_prompt(0)


def _question(server: OctoPrint) -> str:
    return str((server.get("/api/plugin/action_command_prompt") or {}).get("text"))


async def test_what_the_firmware_notes_is_told(server: OctoPrint, backend: Ahead) -> None:
    server.fault("action_custom notification Mind the\tgap")
    await until(lambda: [m for m in backend.state.messages if m.text.startswith("Mind the")])
