"""What a user writes wrongly, and what no printer can be found for."""

from __future__ import annotations

import io
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gbterm import __version__, errors, paths
from gbterm.cli import listening, options
from gbterm.cli.exits import ExitCode, exit_code
from gbterm.cli.main import main
from gbterm.cli.verbs.table import BY_EIGHT, BY_NAME, VERBS
from gbterm.cli.verbs.verb import Verb
from tests.cli.conftest import Shell, assert_refused
from tests.cli.printer_process import HEATING, PrinterProcess
from tests.cli.service import Service
from tests.endtoend.house import wait_until

README = Path(__file__).parents[2] / "README.md"


def test_version(gbterm: Shell) -> None:
    done = gbterm("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gbterm {__version__}\n", "")


@pytest.mark.parametrize("argv", [["help"], ["-h"], ["--help"]])
def test_help_names_every_command(gbterm: Shell, argv: list[str]) -> None:
    done = gbterm(*argv)
    assert done.returncode == 0
    assert done.stderr == ""
    for verb in (
        *("status", "upload", "runfile", "pause", "resume", "cancel", "estop", "waitend"),
        *("demo", "serve", "stop", "host", "simulate"),
    ):
        assert re.search(rf"^  .*\b{verb}\b", done.stdout, re.MULTILINE), verb


@pytest.mark.parametrize("columns", ["80", "40"])
def test_help_is_as_wide_as_the_terminal(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) < int(columns)
    assert columns == "40" or len(lines) <= 24
    assert set(BY_NAME) <= set(" ".join(lines).split())


def test_help_all_says_what_each_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "all"]) == 0
    told = re.sub(r"\n {8,}", " ", capsys.readouterr().out)
    for verb in VERBS:
        assert re.search(rf"^  {verb.name}\b.* {re.escape(verb.help)}$", told, re.MULTILINE), verb


@pytest.mark.parametrize("columns", ["80", "40"])
def test_help_of_each_command_begins_with_what_follows_its_name(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    parsers = options.declared([*BY_NAME, *BY_EIGHT])[1]
    for name in (*BY_NAME, *BY_EIGHT):
        lines = parsers[name].format_help().splitlines()
        called = name if name in BY_EIGHT else f"gbterm {name}"
        assert lines[0].startswith(f"usage: {called} [OPTION ...]")
        assert lines.index("") == 1 or columns == "40", lines
        assert max(map(len, lines)) <= int(columns), lines


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb.examples], ids=lambda v: v.name)
def test_examples_of_a_command_can_be_typed(
    verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box.gcode").touch()
    for example in verb.examples:
        typed = re.split(r" [<>|]", example)[0]
        for called in (verb.name, f"8{verb.name}"):
            assert callable(options.parse([called, *shlex.split(typed)]).run)


@pytest.mark.parametrize("called", ["gbterm pause", "8pause"])
def test_a_command_tells_how_it_is_called(called: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", called.split()[-1]]) == 0
    assert capsys.readouterr().out.startswith(f"usage: {called} ")


@pytest.mark.parametrize("argv", [["help", "serve"], ["serve", "--help"]])
def test_help_of_a_command(gbterm: Shell, argv: list[str]) -> None:
    done = gbterm(*argv)
    assert done.returncode == 0
    assert "--listen HOST:PORT" in done.stdout


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["statsu"], ["no command 'statsu' (near: status", "--help"]),
        (["key", "crate"], ["no command 'crate' (near: create)", "gbterm key --help"]),
        (["help", "settmp"], ["no command 'settmp' (near: settemp"]),
        (["--color", "status"], ["--color", "--help"]),
        (["status", "--yes"], ["arguments: --yes", "gbterm status --help"]),
        (["8status", "--jsn=1"], ["arguments: --jsn=1 (near: --json)", "8status --help"]),
        (["upload"], ["FILE", "gbterm upload --help"]),
        (["host"], ["gbterm host stop"]),
        (["--port"], ["--port"]),
        (["--port", "", "status"], ["/dev/ttyUSB0"]),
        (["--baud", "fast", "--port", "/dev/x", "status"], ["'fast'", "115200"]),
        (["--baud", "0", "--port", "/dev/x", "status"], ["'0'"]),
        (["--baud", "9600", "status"], ["--baud", "--port"]),
        (["--baud", "9600", "--url", "ws://x/ws", "status"], ["--baud", "--port"]),
        (["--port", "/dev/x", "--url", "ws://x/ws", "status"], ["only one"]),
        (["--port", "/dev/x", "status", "--printer", "a"], ["only one"]),
        (["--url", "gopher://x", "status"], ["'gopher://x'", "ws://HOST:PORT"]),
        (["--url", "ws://x/ws", "serve"], ["server", "--port"]),
        (["--url", "ws://x/ws", "stop"], ["where it runs"]),
        (["--port", "/dev/x", "serve", "--listen", "8000"], ["'8000'", "HOST:PORT"]),
        (["--port", "/dev/x", "upload", "/no/such.gcode"], ["/no/such.gcode", "check the path"]),
        (["--port", "/dev/x", "runfile", "/"], ["/ can't be read"]),
        (["--port", "/dev/x", "waitend", "--timeout", "soon"], ["'soon'", "seconds"]),
    ],
)
def test_wrong_usage(gbterm: Shell, argv: list[str], words: list[str]) -> None:
    assert_refused(gbterm(*argv), ExitCode.WRONG_USAGE, *words)


@pytest.mark.parametrize("verb", ["status", "pause", "stop", "waitend", "serve"])
def test_no_printer_is_known(gbterm: Shell, verb: str) -> None:
    words = ["No printer", "--port DEVICE", "--url", "--printer NAME", "gbterm demo"]
    assert_refused(gbterm(verb), ExitCode.WRONG_USAGE, *words)


def test_several_printers_and_no_default(gbterm: Shell) -> None:
    gbterm.config.write_text('[printer.a]\nport = "/dev/x"\n[printer.b]\nport = "/dev/y"')
    assert_refused(gbterm("status"), ExitCode.WRONG_USAGE, "(a, b)", "--printer NAME")


def test_a_printer_that_nobody_knows(gbterm: Shell) -> None:
    gbterm.config.write_text('[printer.a]\nport = "/dev/x"')
    done = gbterm("status", "--printer", "b\x1b[31m")
    assert_refused(done, ExitCode.WRONG_USAGE, "known: a", str(gbterm.config))
    assert "\x1b" not in done.stderr


def test_a_mistake_in_the_configuration(gbterm: Shell) -> None:
    gbterm.config.write_text('[printer.a]\nprot = "/dev/x"')
    done = gbterm("status")
    assert_refused(done, ExitCode.WRONG_USAGE, str(gbterm.config), "printer.a.prot", "known are")


@pytest.mark.parametrize("verb", ["status", "pause", "resume", "cancel", "stop", "waitend"])
def test_nobody_serves_the_port(gbterm: Shell, verb: str) -> None:
    done = gbterm("--port", "/dev/ttyX9", verb)
    assert_refused(done, ExitCode.UNREACHABLE, "/dev/ttyX9", "gbterm serve")


def test_an_emergency_stop_that_reaches_nobody_says_what_to_do(gbterm: Shell) -> None:
    done = gbterm("--port", "/dev/ttyX9", "estop")
    assert_refused(done, ExitCode.UNREACHABLE, "cut its power")


def test_an_upload_without_a_host(gbterm: Shell) -> None:
    file = gbterm.home / "a.gcode"
    file.write_text("G28\n")
    done = gbterm("--port", "/dev/ttyX9", "upload", str(file))
    assert_refused(done, ExitCode.UNREACHABLE, "gbterm serve")


@pytest.mark.parametrize("argv", [[], ["demo"], ["--port", "/dev/ttyX9"]])
def test_the_console_needs_a_terminal(gbterm: Shell, argv: list[str]) -> None:
    assert_refused(gbterm(*argv), ExitCode.WRONG_USAGE, "terminal", "gbterm status")


def test_a_failure_inside_is_one_sentence_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: list[str]) -> None:
        error = ZeroDivisionError("by zero")
        error.add_note("The print goes on.")
        raise error

    told = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(options, "parse", fail)
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setattr(sys, "stdout", told)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main([]) == ExitCode.FAILED_INSIDE
    told.seek(0)
    log = tmp_path / "gbterm" / "failed.log"
    assert told.read() == (
        f"gbterm: gbterm failed inside (ZeroDivisionError: by zero); the details are in {log}."
        " The print goes on.\n"
    )
    assert "Traceback" in log.read_text()


def test_what_the_system_refuses_is_named(gbterm: Shell) -> None:
    (gbterm.home / "state").write_text("no directory")
    (gbterm.config.parent / "config.toml").write_text('[printer.a]\nport = "/dev/x"')
    done = gbterm("serve")
    assert_refused(done, ExitCode.FAILED_INSIDE, str(gbterm.home / "state"))
    assert "failed inside" not in done.stderr


def test_options_of_the_printer_stand_before_and_after_the_command() -> None:
    before = options.parse(["--port", "/dev/x", "--baud", "9600", "status"])
    after = options.parse(["status", "--port", "/dev/x", "--baud", "9600"])
    mixed = options.parse(["--port", "/dev/x", "status", "--baud", "9600"])
    for args in (before, after, mixed):
        assert (args.port, args.baud, args.json) == ("/dev/x", 9600, False)


@pytest.mark.parametrize("text", ["127.0.0.1:0", "localhost:65535", "[::1]:8000"])
def test_addresses_to_listen_on(text: str) -> None:
    listening.check(text, "--listen")


@pytest.mark.parametrize("text", ["", ":", ":80", "x:", "x:y", "x:65536", "x:-1", "x:²"])
def test_no_addresses_to_listen_on(text: str) -> None:
    with pytest.raises(errors.UsageError, match="HOST:PORT"):
        listening.check(text, "--listen")


def test_every_error_has_an_exit_code() -> None:
    def below(kind: type[errors.GbtermError]) -> set[type[errors.GbtermError]]:
        return {kind}.union(*(below(sub) for sub in kind.__subclasses__()))

    for kind in below(errors.GbtermError) - {errors.GbtermError}:
        assert exit_code(kind("x")) is not ExitCode.FAILED_INSIDE, kind
    assert exit_code(errors.AuthenticationRefused("x")) is ExitCode.REFUSED
    assert exit_code(errors.ConfigError("x")) is ExitCode.WRONG_USAGE
    assert exit_code(ValueError("x")) is ExitCode.FAILED_INSIDE


def test_help_names_every_exit_code(gbterm: Shell) -> None:
    told = gbterm("help").stdout.partition("exit codes: ")[2]
    assert set(re.findall(r"(\d+)\s[a-z]", told)) == {str(int(code)) for code in ExitCode}


def test_a_command_that_is_interrupted_says_so_by_its_code_alone(gbterm: Shell) -> None:
    with PrinterProcess(gbterm.run_dir("ender") / "printer.sock") as process:
        gbterm.config.write_text('[printer.ender]\nport = "/dev/ttyX0"\n')
        process.states = [HEATING]
        waiting = Service(gbterm, "waitend")
        wait_until(lambda: len(process.calls) > 1, "it waits")
        assert waiting.end(signal.SIGINT) == (ExitCode.INTERRUPTED, "")


def test_the_configuration_is_where_the_readme_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    system, user = paths.config_files()
    text = README.read_text()
    assert str(system) in text
    assert str(user.relative_to(Path.home())) in text


def test_a_full_disk_behind_its_output_is_said_in_a_sentence(gbterm: Shell) -> None:
    command = f"{sys.executable} -m gbterm checkcfg --url http://127.0.0.1:1"
    done = _in_a_shell(gbterm, f"{command} > /dev/full")
    assert_refused(done, ExitCode.FAILED_INSIDE, "No space left on device")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_failure(gbterm: Shell, closed: str) -> None:
    done = _in_a_shell(gbterm, f"{sys.executable} -m gbterm help {closed}")
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")


def test_a_launcher_with_closed_streams_says_why_it_can_do_nothing(gbterm: Shell) -> None:
    assert gbterm("links", "bin").returncode == 0
    done = _in_a_shell(gbterm, "bin/8gettemp >&-")
    assert_refused(done, ExitCode.WRONG_USAGE, "No printer is configured")


def _in_a_shell(gbterm: Shell, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", script],
        env=gbterm.env,
        cwd=gbterm.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
