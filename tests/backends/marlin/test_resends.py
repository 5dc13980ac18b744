"""Resends in every shape, and wrong ones: each line of the job runs once, and in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gbterm.backends.marlin import outgoing, parser
from gbterm.backends.marlin.recovery import FRUITLESS_AT_MOST
from gbterm.model import Phase
from gbterm.simulator.variants import VARIANTS, Variant
from tests.backends.marlin.rows import MOVES, Says, Wire
from tests.backends.marlin.virtual import VirtualHouse

variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
windows = pytest.mark.parametrize("lines", [1, 4], ids=["one line", "four lines"])

ANY = re.compile(b"")
RESEND = re.compile(rb"Resend: (\d+)")
APART_S = 0.002
"""A byte, so that lines under way arrive one by one, and are refused one by one."""
FORMS = {
    "Resend:42": b"Resend:%d\n",
    "rs 42": b"rs %d\n",
    "rs N42 with words": b"rs N%d Expected checksum 67\n",
    "Resend: N42": b"Resend: N%d\n",
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


def spoil(wire: Wire, nth: int = 30, *, lose: bool = False) -> None:
    """Damage the nth line that the job sends, or lose it whole."""
    count = 0

    def carry(line: bytes) -> bytes:
        nonlocal count
        count += b"G1 " in line
        if count != nth or b"G1 " not in line:
            return line
        return b"" if lose else line.replace(b"G1 ", b"G1!")

    wire.carry = carry


@variants
@windows
def test_after_a_number_gap_every_line_runs_once(variant: Variant, lines: int) -> None:
    wire = Wire(variant, lines=lines, pace=APART_S)
    spoil(wire, lose=True)
    wire.print_all()
    assert b"Line Number is not Last Line Number+1" in wire.says.said


@variants
def test_one_resend_for_each_line_in_flight_sends_each_line_once_more_at_most(
    variant: Variant,
) -> None:
    wire = Wire(variant, lines=4, pace=APART_S)
    spoil(wire)
    wire.print_all()
    assert wire.says.said.count(b"Resend:") >= 4
    assert wire.troubles == 1
    assert len(wire.lines_sent()) <= len(MOVES) + 4


@variants
@windows
def test_a_resend_without_its_ok_is_served_and_every_line_runs_once(
    variant: Variant, lines: int
) -> None:
    before = b""

    def without_ok(line: bytes) -> bytes | None:
        nonlocal before
        last, before = before, line
        return b"" if line == b"ok" and last.startswith(b"Resend:") else None

    says = Says(without_ok, what=ANY, skip=0, times=99)
    wire = Wire(variant, lines=lines, says=says, pace=APART_S)
    spoil(wire)
    wire.print_all()
    assert says.edited > 0


@variants
@windows
def test_two_resends_and_one_ok_send_the_line_once(variant: Variant, lines: int) -> None:
    says = Says(lambda line: (line + b"\n") * 2, what=RESEND, skip=0)
    wire = Wire(variant, lines=lines, says=says)
    spoil(wire)
    wire.print_all()
    assert says.edited == 1
    assert len(wire.lines_sent()) <= len(MOVES) + lines


@variants
@windows
@pytest.mark.parametrize("error", [True, False], ids=["after an Error", "alone"])
@forms
def test_a_resend_of_another_form_is_served_and_every_line_runs_once(
    variant: Variant, lines: int, error: bool, form: bytes
) -> None:
    def other(line: bytes) -> bytes | None:
        if match := RESEND.match(line):
            return form % int(match[1])
        return b"" if line.startswith(b"Error:") and not error else None

    says = Says(other, what=ANY, skip=0, times=99)
    wire = Wire(variant, lines=lines, says=says)
    spoil(wire)
    wire.print_all()
    assert says.edited > 0


@variants
@windows
def test_an_error_of_an_old_firmware_without_a_resend_costs_no_line(
    variant: Variant, lines: int
) -> None:
    before = b""

    def old(line: bytes) -> bytes | None:
        nonlocal before
        last, before = before, line
        if match := re.match(rb"Error:.*Last Line: (\d+)", line):
            return b"Error:No Line Number with checksum, Last Line: %b\n" % match[1]
        return b"" if RESEND.match(line) or (line == b"ok" and RESEND.match(last)) else None

    # The first refusal only: a firmware that never names the line can't be followed.
    says = Says(old, what=ANY, skip=0, times=3)
    wire = Wire(variant, lines=lines, says=says)
    spoil(wire)
    wire.print_all()
    assert says.edited == 3


@variants
def test_a_resend_that_comes_before_oks_still_owed_repeats_no_line(variant: Variant) -> None:
    wire = Wire(variant, lines=4, pace=APART_S)
    slow = [f"G1 X{i % 2 * 20} Y{i}" for i in range(60)]
    spoil(wire)
    owed: list[int] = []

    def done() -> bool:
        resends = [event for event in wire.events if isinstance(event, parser.Resend)]
        if resends and not owed:
            trouble = wire.core.trouble
            owed.append(trouble.owed if trouble else 0)
        return wire.job_done

    wire.feed(["G1 F6000", *slow])
    wire.run(done)
    assert owed[0] >= 1
    assert wire.executed_of_job() == ["G1 F6000", *slow]
    assert wire.strays == []


OLD = {
    "older than what is kept": lambda wire: 1003,
    "of the first line of all": lambda wire: 1,
    "of line 0": lambda wire: 0,
    "older than the oldest unanswered line": lambda wire: wire.board.machine.last_number - 10,
}


@variants
@windows
@forms
@pytest.mark.parametrize("number", OLD.values(), ids=list(OLD))
def test_a_resend_of_an_old_line_sends_nothing_old(
    variant: Variant, lines: int, form: bytes, number: object
) -> None:
    assert callable(number)
    wire = Wire(variant, lines=lines)
    wire.print_some()
    say(wire, form % number(wire))
    assert_nothing_old_goes(wire)


@variants
@windows
@forms
@pytest.mark.parametrize("ahead", [1, 2, 7, 1000, 2**31])
def test_a_resend_of_a_line_not_yet_sent_sends_nothing_old_under_that_number(
    variant: Variant, lines: int, form: bytes, ahead: int
) -> None:
    wire = Wire(variant, lines=lines)
    wire.print_some()
    say(wire, form % (wire.core.flight.next_number - 1 + ahead))
    assert_nothing_old_goes(wire)


@variants
@windows
def test_a_false_resend_with_its_error_text_sends_nothing_old(variant: Variant, lines: int) -> None:
    wire = Wire(variant, lines=lines)
    wire.print_some()
    ahead = wire.core.flight.next_number + 5
    error = b"Error:Line Number is not Last Line Number+1, Last Line: %d\n" % (ahead - 1)
    say(wire, error + b"Resend: %d\nok\n" % ahead)
    assert_nothing_old_goes(wire)


@variants
@windows
@pytest.mark.parametrize("back", [0, 1, 5])
def test_a_resend_of_a_line_that_the_board_proved_to_have_gets_nothing_under_its_number(
    variant: Variant, lines: int, back: int
) -> None:
    wire = Wire(variant, lines=lines)
    wire.print_some()
    proven, since = wire.core.flight.proven, len(wire.sent)
    say(wire, b"Resend: %d\nok\n" % (proven - back))
    wire.print_rest()
    numbers = [int(number) for number in re.findall(rb"N(\d+)", b"".join(wire.sent[since:]))]
    assert min(numbers) > proven


def say(wire: Wire, text: bytes) -> None:
    """Let the host hear `text` now."""
    wire.events += wire.core.receive(text, wire.now)


def assert_nothing_old_goes(wire: Wire) -> None:
    """Print the rest: what the board had executed is not sent again, under whatever number."""
    executed, since = set(wire.executed_of_job()), len(wire.sent)
    wire.print_rest()
    assert wire.troubles >= 1
    assert not executed & set(wire.lines_sent(since))


@variants
@windows
def test_a_board_that_asks_once_more_after_every_line_gets_each_line_once_or_is_given_up(
    variant: Variant, lines: int
) -> None:
    """The last line again and again, whatever is sent."""

    def again(line: bytes) -> bytes:
        return line + b"\nResend: %d\nok\n" % wire.board.machine.last_number

    wire = Wire(variant, lines=lines, says=Says(again, times=10**9))
    wire.feed(MOVES)
    wire.run(lambda: wire.job_done or wire.gave_up, 3000)
    ran = wire.executed_of_job()
    assert ran == MOVES[: len(ran)]
    assert wire.gave_up or ran == MOVES


class Refused:
    """A print whose line of X30 never gets to the board as it was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, lines: int, limit: int) -> None:
        self.house = VirtualHouse(monkeypatch, "default")
        self.tries = 0
        self._path, self._lines = path, lines
        path.write_text("\n".join(["M104 S60", *MOVES]) + "\n")
        self.house.backend.core.recovery.damage.at_most = limit

    async def until(self, phase: Phase) -> str:
        """Print until the printer is in `phase`; why it is."""
        backend = self.house.backend
        await backend.connect()
        await backend.start_job(self._path, self._path.name)
        backend.core.window.lines = self._lines
        self.house.tamper = self._damage
        await self.house.until(lambda: backend.state.phase is phase, 300)
        assert not [text for _, text in self.house.executed if text.startswith("G1X31Y")]
        return backend.state.reason

    def _damage(self, towards: str, data: bytes) -> bytes:
        if towards == "board" and b"X30Y" in data:
            self.tries += 1
            return data.replace(b"X30Y", b"X3OY")
        return data


@windows
def test_a_line_that_is_refused_for_ever_ends_in_error_after_ten_tries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: int
) -> None:
    refused = Refused(monkeypatch, tmp_path / "j.gcode", lines, 10**9)
    house = refused.house

    async def story() -> None:
        assert f"{FRUITLESS_AT_MOST} times without getting on" in await refused.until(Phase.ERROR)
        await house.until(lambda: not any(heater.target for heater in house.heaters), 60)

    house.run(story())
    assert FRUITLESS_AT_MOST <= refused.tries <= FRUITLESS_AT_MOST + 1


@windows
def test_a_line_that_is_refused_for_ever_pauses_at_the_limit_of_damaged_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: int
) -> None:
    refused = Refused(monkeypatch, tmp_path / "j.gcode", lines, 3)

    async def story() -> None:
        assert "4 of the last 1000 lines were damaged" in await refused.until(Phase.PAUSED)

    refused.house.run(story())


def test_false_resends_count_as_no_damage_on_the_cable() -> None:
    wire = Wire()
    for _ in range(6):
        wire.print_some(len(wire.executed) + 5)
        say(wire, b"Resend: 99999\n")
        wire.run(lambda: wire.core.trouble is None)
        wire.core.job.clear()
    assert not any(isinstance(event, outgoing.LinkDamaged) for event in wire.events)
