"""The quick path against a printer process: what is sent, printed and returned."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from gbterm import errors
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.cli.verbs.job_end import JobEnd
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, Prompt, Temperature
from tests.cli.conftest import Shell, assert_refused
from tests.cli.printer_process import HEATING, PrinterProcess
from tests.test_imports import SLOW, loaded_by


def test_status_begins_with_the_name_of_the_state(gbterm: Shell, printer: PrinterProcess) -> None:
    printer.states = [HEATING]
    done = gbterm("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "EXECUTING\n"
        "phase: PAUSING\n"
        "reason: asked to pause\n"
        "nozzle1: 209.8 C, target 215.0 C\n"
        "nozzle2: 24.0 C, off\n"
        "bed: 60.0 C, target 60.0 C\n"
        "job: box.gcode\n"
        "progress: 25.0 % (line 100 of 400)\n"
        "layer: 12 of 62\n"
        "elapsed: 0:01:01\n"
        "left: 1:02:00\n"
    )


def test_status_of_a_printer_that_was_silent_looks_not_current(
    gbterm: Shell, printer: PrinterProcess
) -> None:
    printer.states, printer.heard_s = [HEATING], 42.0
    lines = gbterm("status").stdout.splitlines()
    assert lines[:4] == [
        "EXECUTING",
        "phase: PAUSING",
        "reason: asked to pause",
        "last heard: 42 s ago: what is told was true then",
    ]
    assert "nozzle1: 209.8 C, target 215.0 C, last reading" in lines
    assert "progress: 25.0 % (line 100 of 400), last known" in lines
    assert not [line for line in lines if line.startswith("left")]
    told = json.loads(gbterm("status", "--json").stdout)
    assert (told["is_old"], told["heard_s"], told["state"]) == (True, 42.0, "EXECUTING")


def test_status_of_a_printer_that_nothing_is_known_of(
    gbterm: Shell, printer: PrinterProcess
) -> None:
    printer.states, printer.heard_s = [PrinterState(chamber=Temperature(30.0))], None
    lines = gbterm("status").stdout.splitlines()
    assert lines == [
        "DISCONNECTED",
        "reason: the printer does not answer",
        "nozzle1: unknown",
        "bed: unknown",
        "chamber: 30.0 C, last reading",
    ]


def test_status_shows_nothing_that_a_terminal_acts_on(
    gbterm: Shell, printer: PrinterProcess
) -> None:
    job = Job("a\nREADY\x1b[2J\u202e.gcode", outcome="failed")
    prompt = Prompt("Really?\x07", ("yes\r", "no"))
    printer.states = [
        PrinterState(phase=Phase.ERROR, job=job, last_error="\x9b31mred", prompt=prompt)
    ]
    done = gbterm("status")
    assert done.stdout.startswith("ERROR\n")
    assert all(line.isprintable() for line in done.stdout.splitlines())
    assert "\nREADY" not in done.stdout
    assert "outcome: failed" in done.stdout


def test_status_on_a_terminal_without_unicode(gbterm: Shell, printer: PrinterProcess) -> None:
    printer.states = [PrinterState(phase=Phase.READY, reason="fertig für heute")]
    done = gbterm("status", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "reason: fertig f?r heute" in done.stdout


def test_status_as_json(gbterm: Shell, printer: PrinterProcess) -> None:
    printer.states = [HEATING]
    done = gbterm("status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["printer"] == "ender"
    assert (told["state"], told["phase"]) == ("EXECUTING", "PAUSING")
    assert (told["is_old"], told["heard_s"]) == (False, 0.4)
    assert told["nozzles"][0] == {"current": 209.84, "target": 215.0}
    assert told["job"]["lines"] == 400


@pytest.mark.parametrize(
    "argv", [("status",), ("status", "--port", "/dev/ttyX0"), ("pause",), ("estop",), ("stop",)]
)
def test_the_quick_path_loads_nothing_slow(
    gbterm: Shell, printer: PrinterProcess, argv: tuple[str, ...]
) -> None:
    printer.answers |= dict.fromkeys(("pause_print", "emergency_stop"), lambda _: True)
    loaded = loaded_by(*argv, env=gbterm.env)
    assert printer.calls
    assert "gbterm.cli.quick" in loaded
    assert loaded & SLOW == set()


@pytest.mark.parametrize(
    ("verb", "method"),
    [("pause", "pause_print"), ("resume", "resume_print"), ("cancel", "cancel_print")],
)
def test_a_command_is_sent_once_and_says_nothing(
    gbterm: Shell, printer: PrinterProcess, verb: str, method: str
) -> None:
    printer.answers[method] = lambda _: True
    done = gbterm(verb)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert printer.calls == [(method, {})]


def test_a_host_is_found_by_the_port_that_it_serves(gbterm: Shell, printer: PrinterProcess) -> None:
    assert gbterm("status", "--port", "/dev/../dev/ttyX0").stdout.startswith("READY\n")
    assert gbterm("--printer", "ender", "status").stdout.startswith("READY\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.WrongState("No job is under way."), ExitCode.WRONG_STATE),
        (errors.AuthenticationRefused("The key is wrong."), ExitCode.REFUSED),
        (errors.LinkError("The port is gone."), ExitCode.UNREACHABLE),
        (errors.CommandTimeout("No answer came."), ExitCode.TIMED_OUT),
        (errors.PrinterError("The board halted."), ExitCode.PRINTER_ERROR),
        (errors.OutOfRange("Too hot."), ExitCode.WRONG_USAGE),
        (KeyError("inside"), ExitCode.PRINTER_ERROR),
    ],
)
def test_what_the_host_answers_decides_the_exit_code(
    gbterm: Shell, printer: PrinterProcess, error: Exception, code: ExitCode
) -> None:
    printer.refuse("pause_print", error)
    sentence = str(error) if isinstance(error, errors.GbtermError) else "inside"
    assert_refused(gbterm("pause"), code, sentence)


def test_a_method_that_the_host_does_not_know(gbterm: Shell, printer: PrinterProcess) -> None:
    assert_refused(gbterm("pause"), ExitCode.WRONG_USAGE, "pause_print")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", ExitCode.UNREACHABLE),
        (b"no json\n", ExitCode.UNREACHABLE),
        (b"[1, 2]\n" * 3, ExitCode.UNREACHABLE),
        (b'{"id": 1, "result": {"state": 3}}\n', ExitCode.PRINTER_ERROR),
        (b'{"id": 1, "result": {"state": {"phase": "DANCING"}}}\n', ExitCode.PRINTER_ERROR),
        (b'{"id": 1, "result": null}\n', ExitCode.PRINTER_ERROR),
        (b'{"id": 1, "error": null}\n', ExitCode.PRINTER_ERROR),
        (b"x" * (5 * 1024 * 1024), ExitCode.UNREACHABLE),
    ],
)
def test_a_host_that_talks_nonsense(
    gbterm: Shell, printer: PrinterProcess, raw: bytes, code: ExitCode
) -> None:
    printer.raw = raw
    assert_refused(gbterm("status"), code)


def test_a_host_that_never_answers(
    gbterm: Shell, printer: PrinterProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()
    printer.answers["get_snapshot"] = lambda _: given_up.wait()
    monkeypatch.setenv("XDG_STATE_HOME", gbterm.env["XDG_STATE_HOME"])
    with PrinterSocket(Target("ender", host="ender"), timeout_s=0.05) as asked:
        with pytest.raises(errors.CommandTimeout, match=r"ender did not answer within 0\.05 s"):
            asked.look()
        given_up.set()


def test_an_emergency_stop_says_that_the_board_confirmed(
    gbterm: Shell, printer: PrinterProcess
) -> None:
    printer.answers["emergency_stop"] = lambda _: True
    done = gbterm("estop")
    assert (done.returncode, done.stderr) == (0, "")
    assert "confirmed" in done.stdout
    assert printer.calls == [("emergency_stop", {})]


def test_an_emergency_stop_that_the_board_did_not_confirm(
    gbterm: Shell, printer: PrinterProcess
) -> None:
    printer.refuse("emergency_stop", errors.PrinterError("The board did not confirm."))
    words = ["did not confirm", "cut its power"]
    assert_refused(gbterm("estop"), ExitCode.PRINTER_ERROR, *words)


def test_stop_ends_the_host(gbterm: Shell, printer: PrinterProcess) -> None:
    def shutdown(params: dict[str, object]) -> bool:
        (gbterm.run_dir("ender") / "printer.sock").unlink()
        return True

    printer.answers["shutdown"] = shutdown
    done = gbterm("stop", "--force")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert printer.calls == [("shutdown", {"force": True})]


def test_stop_refuses_while_printing(gbterm: Shell, printer: PrinterProcess) -> None:
    printer.refuse("shutdown", errors.WrongState("It is printing; add --force to cancel it."))
    assert_refused(gbterm("host", "stop"), ExitCode.WRONG_STATE, "--force")
    assert printer.calls == [("shutdown", {"force": False})]


def ended(outcome: str, phase: Phase = Phase.READY, **members: str) -> PrinterState:
    state = replace(HEATING, phase=phase, reason=members.get("reason", ""))
    return replace(state, job=Job("box.gcode", outcome=outcome))


def test_waitend_waits_for_the_end(gbterm: Shell, printer: PrinterProcess) -> None:
    paused = replace(HEATING, phase=Phase.PAUSED, reason="M0 in line 12")
    printer.states = [HEATING, paused, paused, HEATING, ended("finished")]
    done = gbterm("waitend")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "PAUSED: M0 in line 12\n"


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        (ended("cancelled"), ExitCode.WRONG_STATE, ["cancelled"]),
        (ended("failed", reason="line 12 was lost"), ExitCode.PRINTER_ERROR, ["line 12 was lost"]),
        (ended("", Phase.ERROR, reason="halted"), ExitCode.PRINTER_ERROR, ["halted"]),
    ],
)
def test_waitend_tells_how_it_ended(
    gbterm: Shell, printer: PrinterProcess, end: PrinterState, code: ExitCode, words: list[str]
) -> None:
    printer.states = [HEATING, end]
    assert_refused(gbterm("waitend"), code, *words)


def test_waitend_gives_up_on_a_printer_that_stays_away() -> None:
    end = JobEnd()
    away = PrinterState(reason="The cable is out.")
    assert not end.saw(HEATING, 0.0)
    assert not end.saw(away, 1.0)
    assert not end.saw(away, 15.0)
    assert not end.saw(HEATING, 16.0)
    assert not end.saw(away, 17.0)
    with pytest.raises(errors.LinkError, match="The cable is out"):
        end.saw(away, 33.0)


def test_waitend_waits_with_a_print_for_its_cable(capsys: pytest.CaptureFixture[str]) -> None:
    held = replace(
        HEATING,
        phase=Phase.DISCONNECTED,
        reason="Since 12:00:00 the printer is out of reach.",
        waiting_for="/dev/ttyUSB0 to come back, 12 s",
    )
    end = JobEnd()
    for at in (0.0, 100.0, 10_000.0):
        assert not end.saw(held, at)
    said = "DISCONNECTED: Since 12:00:00 the printer is out of reach.\n"
    assert capsys.readouterr().err == said
    assert end.saw(ended("finished"), 10_001.0)


def test_waitend_is_not_taken_in_by_the_job_before() -> None:
    starting = ended("finished", Phase.STARTING)
    begun, refused = JobEnd(), JobEnd()
    for end in (begun, refused):
        assert not end.saw(starting, 0.0)
    assert not begun.saw(HEATING, 1.0)
    assert begun.saw(ended("finished"), 2.0)
    with pytest.raises(errors.WrongState, match=r"did not begin: Line 3 is no G-code\."):
        refused.saw(ended("finished", reason="Line 3 is no G-code."), 1.0)


def test_waitend_of_a_printer_that_is_offline_ends_at_once() -> None:
    with pytest.raises(errors.LinkError, match="The cable is out"):
        JobEnd().saw(PrinterState(reason="The cable is out."), 0.0)


def test_waitend_without_a_job(gbterm: Shell, printer: PrinterProcess) -> None:
    assert_refused(gbterm("waitend"), ExitCode.WRONG_STATE, "No job")


def test_waitend_knows_the_job_that_has_just_ended(gbterm: Shell, printer: PrinterProcess) -> None:
    printer.states = [ended("finished")]
    assert gbterm("waitend").returncode == 0


def test_waitend_gives_up(gbterm: Shell, printer: PrinterProcess) -> None:
    printer.states = [HEATING]
    assert_refused(gbterm("waitend", "--timeout", "0"), ExitCode.TIMED_OUT, "within 0 s")


def test_waitend_survives_a_restart_of_the_printer_process(
    gbterm: Shell, printer: PrinterProcess
) -> None:
    printer.states = [HEATING, ended("finished")]
    printer.hang_up_at = 2
    done = gbterm("waitend")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(printer.calls) == 3
