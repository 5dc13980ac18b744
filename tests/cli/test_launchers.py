"""The launchers as real processes, which give way to the whole program where they must."""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from gbterm.cli.verbs.table import BY_EIGHT
from gbterm.errors import CommandTimeout, PrinterError, WrongState
from gbterm.gcode import typed
from gbterm.gcode.policy import Action, judge
from gbterm.model import Firmware, Phase, PrinterState, Prompt, Temperature
from gbterm.quick import host, octoprint
from gbterm.quick.profile import Known
from gbterm.quick.words import SAFE, message
from tests.cli.conftest import Shell, assert_refused
from tests.cli.launching import IMPORTED, ROOT, WHOLE, Launcher
from tests.cli.printer_process import HEATING, PrinterProcess
from tests.endtoend.house import wait_until

OF_A_HOST = {"gbterm.quick.host", "gbterm.quick.line"}


@pytest.fixture
def launcher(gbterm: Shell, printer: PrinterProcess) -> Launcher:
    """For the printer `ender`, which is written down."""
    printer.answers["pause_print"] = lambda _: True
    made = Launcher(gbterm)
    made.remember()
    printer.calls.clear()
    return made


def test_a_host_is_asked_at_once(launcher: Launcher, printer: PrinterProcess) -> None:
    done = launcher.quick("8pause")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert printer.calls == [("pause_print", {})]


@pytest.mark.parametrize("words", [["8status"], ["8status", "-q"], ["8gettemp"], ["8getbed"]])
def test_a_host_is_read_as_by_the_whole_program(
    launcher: Launcher, printer: PrinterProcess, words: list[str]
) -> None:
    state = replace(HEATING, phase=Phase.EXECUTING, reason="")
    printer.states = [replace(state, nozzles=(Temperature(209.846, 215.0), Temperature(24, 0.0)))]
    done = launcher.quick(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == launcher.whole(*words).stdout != ""
    printer.states = [PrinterState(phase=Phase.PAUSING)]  # tells no temperature
    assert launcher.quick(*words).returncode == WHOLE
    printer.answers["get_snapshot"] = lambda _: {"state": {"phase": [], "nozzles": {}, "bed": 1}}
    assert launcher.quick(*words).returncode == WHOLE


def test_the_modules_that_it_imports(launcher: Launcher, printer: PrinterProcess) -> None:
    printer.answers |= {"set_temp": lambda _: True, "send_gcode": lambda _: {"replies": []}}
    for words in (["8pause"], ["8settemp", "5"], ["8beep"]):
        assert launcher.imported(*words) == IMPORTED | OF_A_HOST


def test_what_is_quick_is_a_command_and_on_the_page() -> None:
    quick = {*host.READINGS, *host.CALLS, *octoprint.READINGS, *octoprint.PLANS}
    assert quick <= set(BY_EIGHT)
    page = (ROOT / "docs" / "commands.md").read_text()
    told = page.partition("ask it by themselves:")[2].partition(". ")[0]
    assert re.findall(r"`(8\w+)`", told) == sorted(quick)


def test_what_it_does_not_know_the_whole_program_does(
    launcher: Launcher, printer: PrinterProcess
) -> None:
    for words in (["--json"], ["-v"], ["--printer", "ender"], ["x"], ["--help"]):
        assert launcher.quick("8pause", *words).returncode == WHOLE
    for name in ("KEY", "KEY_FILE", "PORT", "URL", "PRINTER", "CONFIG"):
        assert launcher.quick("8pause", **{f"GBTERM_{name}": "/x"}).returncode == WHOLE
    assert launcher.quick("8pause", HOME="/nowhere").returncode == WHOLE
    assert printer.calls == []
    assert launcher("8pause", "--json").stdout == '{\n  "done": true\n}\n'


def test_a_change_of_the_configuration_is_followed(gbterm: Shell, launcher: Launcher) -> None:
    gbterm.config.write_text('[printer.other]\nport = "/dev/ttyX1"\n')
    assert launcher.quick("8pause").returncode == WHOLE
    with PrinterProcess(gbterm.run_dir("other") / "printer.sock") as other:
        other.answers["pause_print"] = lambda _: True
        assert launcher("8pause").returncode == 0
        launcher.cache.unlink(missing_ok=True)
        launcher.remember()
        other.calls.clear()
        assert launcher.quick("8pause").returncode == 0
        assert other.calls == [("pause_print", {})]
    gbterm.config.unlink()
    assert launcher.quick("8pause").returncode == WHOLE


def test_it_is_kept_for_its_user_alone(launcher: Launcher) -> None:
    assert launcher.cache.stat().st_mode == 0o100600
    assert launcher.cache.parent.stat().st_mode & 0o777 == 0o700
    launcher.cache.chmod(0o644)
    assert launcher.quick("8pause").returncode == WHOLE
    launcher.cache.chmod(0o600)
    held = launcher.cache.read_bytes()
    for broken in (b"", b"\n", b"\xff\n", held[:-1], held.replace(b"quick 2", b"quick 1")):
        launcher.cache.write_bytes(broken)
        assert launcher.quick("8pause").returncode == WHOLE, broken
    launcher.cache.write_bytes(held)
    assert launcher.quick("8pause").returncode == 0
    launcher.cache.rename(elsewhere := launcher.cache.with_name("elsewhere"))
    launcher.cache.symlink_to(elsewhere)
    assert launcher.quick("8pause").returncode == WHOLE
    launcher.cache.unlink()
    launcher.cache.mkdir()
    assert launcher.quick("8pause").returncode == WHOLE
    assert launcher("8pause").returncode == 0


def test_another_users_is_not_believed(launcher: Launcher) -> None:
    if os.geteuid() == 0:
        os.chown(launcher.cache, 65534, -1)
    else:
        launcher.cache.unlink()
        launcher.cache.symlink_to("/etc/hosts")
    assert launcher.quick("8pause").returncode == WHOLE


def test_what_a_host_refused_the_whole_program_says(
    launcher: Launcher, printer: PrinterProcess
) -> None:
    printer.refuse("pause_print", WrongState("Nothing is printed."))
    assert launcher.quick("8pause").returncode == WHOLE
    assert_refused(launcher("8pause"), 5, "Nothing is printed.")


def test_what_a_host_began_is_not_repeated(launcher: Launcher, printer: PrinterProcess) -> None:
    printer.refuse("pause_print", PrinterError("It burns\x1b[2J."))
    assert_refused(launcher.quick("8pause"), 7, "It burns?[2J.")
    printer.refuse("pause_print", CommandTimeout("It took too long."))
    assert_refused(launcher.quick("8pause"), 6, "It took too long.")
    for raw in (b"", b"{\n", b'{"id": 1', b"\xff\xfe\n", b"[" * 200000 + b"\n"):
        printer.raw = raw
        assert_refused(launcher.quick("8pause"), 4, "broke off: look with gbterm status")
    assert len(printer.calls) == 7
    assert launcher.whole("pause").returncode == 4  # the same


def test_a_host_that_says_nothing_is_given_up(launcher: Launcher, printer: PrinterProcess) -> None:
    launcher.limit("10.0", "0.3")
    ended = threading.Event()
    printer.answers["pause_print"] = lambda _: ended.wait(90)
    try:
        assert_refused(launcher.quick("8pause"), 6, "did not answer in time")
        wait_until(lambda: printer.calls, "it was asked")
    finally:
        ended.set()
    assert [method for method, _ in printer.calls] == ["pause_print"]


DONE: list[tuple[list[str], str, dict[str, Any]]] = [
    (["8settemp", "205.5"], "set_temp", {"nozzle1": 205.5}),
    (["8settemp", "-1"], "set_temp", {"nozzle1": -1.0}),  # refused there
    (["8setbed", "0"], "set_temp", {"bed": 0.0}),
    (["8jog", "-.5"], "move_head_relative", {"z": -0.5}),
    (["8jog", "1", "0", "-2"], "move_head_relative", {"x": 1.0, "z": -2.0}),
    (["8home"], "home_head", {"x": True, "y": True, "z": True}),
    (["8home", "Zx"], "home_head", {"x": True, "y": False, "z": True}),
    (["8speed", "99.5"], "set_speed_override", {"percent": 99.5}),
    (["8feed", "105"], "set_extrude_override", {"percent": 105.0}),
    (["8fan", "OFF"], "set_fan_speed", {"fan": 0, "percent": 0.0}),
    (["8msg", "It's  50%"[:-1], "-v"], "send_gcode", {"commands": "M117 It's 50 -v"}),
    (["8beep"], "send_gcode", {"commands": "M300 P500 S2000"}),
    (["8beep", "20"], "send_gcode", {"commands": "M300 P20 S2000"}),
    (["8fan2", "on"], "send_gcode", {"commands": "M42 P57 S255"}),
    (["8servo", "1", "22.5"], "send_gcode", {"commands": "M280 P1 S22.5"}),
    (["8stepon"], "enable_steppers", {}),
    (["8stepoff"], "disable_steppers", {}),
    (["8resume"], "resume_print", {}),
    (["8cancel"], "cancel_print", {}),
]


def test_a_host_is_told_what_is_meant(launcher: Launcher, printer: PrinterProcess) -> None:
    for words, method, params in DONE:
        printer.answers[method] = lambda _: True
        done = launcher.quick(*words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), words
        sent = {"wait": False} if method == "send_gcode" else {}
        assert printer.calls.pop() == (method, params | sent)


HOSTILE = (
    *(["8settemp"], ["8settemp", ""], ["8settemp", "nan"], ["8settemp", "1e2"], ["8settemp", "٣"]),
    *(["8settemp", "2000"], ["8settemp", "5", "5"], ["8settemp", "-5."], ["8settemp", "--json"]),
    *(["8setbed", "1_0"], ["8setbed", "5\nM112"], ["8setbed", " 5"], ["8setbed", "inf"]),
    *(["8jog"], ["8jog", "0"], ["8jog", "1", "2"], ["8jog", "1", "2", "3", "4"], ["8jog", "-1."]),
    *(["8jog", "10001"], ["8jog", "-v", "1"], ["8jog", "--", "1"], ["8jog", "1", "--printer=x"]),
    *(["8home", "e"], ["8home", "-x"], ["8home", "--yes"], ["8home", "x;M112"], ["8home", "х"]),
    *(["8speed", "0"], ["8speed", "1000"], ["8feed", "-5"], ["8feed", "x"], ["8fan", "256"]),
    *(["8fan", "on\nM112"], ["8fan2", "5"], ["8servo", "0"], ["8servo", "0", "181"]),
    *(["8msg"], ["8msg", "--help"], ["8msg", "a;b"], ["8msg", "a*b"], ["8msg", "\x1b[2J"]),
    *(["8msg", "a\\"], ["8msg", 'a"'], ["8msg", "ä"], ["8msg", "x" * 60], ["8msg", "NM110"]),
    *(["8msg", "a", "--", "b"], ["8msg", "(a"], ["8beep", "0"], ["8beep", "60001"]),
    *(["8beep", "1", "2", "3"], ["8stepon", "x"], ["8stepoff", "--yes"], ["8resume", "now"]),
    *(["8cancel", "-v"], ["8click", "0"], ["8start", "box.gcode"], ["8g", "M114"]),
)


def test_what_is_not_sure_the_whole_program_reads(
    launcher: Launcher, printer: PrinterProcess
) -> None:
    known = Known(["500", "2000", "57"], "", "", [])
    for name, *given in HOSTILE:
        for table in (host.CALLS, octoprint.PLANS):
            if name in table:
                with pytest.raises(ValueError):  # noqa: PT011 - it says how to write them, or nothing
                    table[name](given, known)
    for words in HOSTILE[::9]:
        assert launcher.quick(*words).returncode == WHOLE, words
    assert printer.calls == []


def test_a_text_that_is_sent_is_one_that_the_whole_program_sends() -> None:
    for char in SAFE:
        for text in (f"{char}a", f"a{char}", char * 50):
            given = [text]
            with suppress(ValueError):
                line = message(given)
                assert typed.read(line) == (line,)
                assert judge(line, Firmware()).action is Action.SENT


def test_what_the_printer_asks_is_answered(launcher: Launcher, printer: PrinterProcess) -> None:
    printer.answers["answer_prompt"] = lambda _: True
    assert launcher.quick("8click").returncode == WHOLE
    printer.states = [PrinterState(phase=Phase.PAUSED, prompt=Prompt("Go on?", ("Yes", "No")))]
    printer.calls.clear()
    assert launcher.quick("8click").returncode == 0
    assert printer.calls == [("get_snapshot", {}), ("answer_prompt", {"choice": 0})]


def test_what_is_configured_is_beeped(
    gbterm: Shell, launcher: Launcher, printer: PrinterProcess
) -> None:
    printer.answers["send_gcode"] = lambda _: {"replies": []}
    gbterm.config.write_text(f"{gbterm.config.read_text()}[suite]\nbeep_hz = 440\nfan2_pin = 9\n")
    launcher.cache.unlink()
    launcher.remember()
    printer.calls.clear()
    assert launcher.quick("8beep", "7").returncode == 0
    assert launcher.quick("8fan2", "off").returncode == 0
    sent = [params["commands"] for _, params in printer.calls]
    assert sent == ["M300 P7 S440", "M42 P9 S0"]
