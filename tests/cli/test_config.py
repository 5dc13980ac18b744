"""`gbterm config`: what it says of files as people have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.config import EXAMPLE
from tests.cli.conftest import Shell, assert_refused

WRONG = """\
default = "ender"
colour = "red"

[printer.ender]
port = "/dev/ttyX0"
baud = 0
limits.bed_max = "hot"

[printer.other]
port = "ttyX1"

[macro.stop]
gcode = '''
G28
M112
'''
[keys]
pauze = "x"
"""


def test_every_mistake_is_named_by_line_and_no_consequence_of_one(gbterm: Shell) -> None:
    gbterm.config.write_text(WRONG)
    done = gbterm("config", "check")
    assert done.returncode == ExitCode.WRONG_USAGE
    places = [line.partition(" is ")[0].partition(" must")[0] for line in done.stdout.splitlines()]
    head = f"error: {gbterm.config}, line"
    assert places == [
        f"{head} 2: colour",
        f"{head} 6: printer.ender.baud",
        f"{head} 7: printer.ender.limits.bed_max",
        f"{head} 10: printer.other.port",
        f"{head} 13: macro.stop.gcode holds 'M112', which halts the printer.",
        f"{head} 18: keys.pauze",
        f"note: {gbterm.config}, line 5: printer.ender.port names /dev/ttyX0, which isn't plugged"
        " in now.",
    ]
    first = gbterm("status")
    assert_refused(first, ExitCode.WRONG_USAGE, f"{gbterm.config}, line 2: colour is not known")


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("[printer.a]\nport = 1", ["printer.a.port must be"]),
        ('default = "a"\n[printer.a]\nport = 1', ["printer.a.port must be"]),
        ('default = "b"\n[printer.a]\nport = 1', ["printer.a.port must be", "default names"]),
        ("[hook.a]\non = ['done']\nurl = 'x'\ntls_ca = '/x'", ["hook.a.url must be"]),
        (
            "[printer.a]\nport = '/x'\nguards.power_off = 1\nguards.over_cap = 'power_off'",
            ["printer.a.guards.power_off must be"],
        ),
        ("[printer.a]\nport = 1\n[printer.b]", ["printer.a.port must be", "printer.b needs"]),
        ("[preset.a]\nbed = 1e3\n[printer.b]\nport = '/x'", ["preset.a.bed is more than"]),
        ("[suite]\nbeep_ms = -1\nfast = 1", ["suite.fast is not known", "suite.beep_ms must be"]),
        ("a = ?", ["is no valid TOML: Invalid value (at line 1, column 5)"]),
    ],
)
def test_what_is_wrong_only_by_another_mistake_is_not_told(
    gbterm: Shell, text: str, mistakes: list[str]
) -> None:
    gbterm.config.write_text(text)
    errors = [s for s in gbterm("config", "check").stdout.splitlines() if s.startswith("error:")]
    assert len(errors) == len(mistakes), errors
    for error, mistake in zip(errors, mistakes, strict=True):
        assert mistake in error


def test_a_configuration_without_mistakes_is_called_so(gbterm: Shell) -> None:
    gbterm.config.write_text('[printer.a]\nport = "/dev/null"\n')
    done = gbterm("config", "check")
    assert (done.returncode, done.stdout) == (0, f"No mistakes in {gbterm.config}.\n")


def test_what_looks_wrong_is_a_warning(gbterm: Shell) -> None:
    key, absent = gbterm.home / "key", gbterm.home / "absent"
    key.write_text("gbterm_x")
    key.chmod(0o644)
    gbterm.config.write_text(f"""\
[printer.a]
port = "/dev/null"
limits.nozzle_max = 500
[printer.b]
port = "/dev/null"
[printer.c]
url = "ws://c"
key_file = "{key}"
[printer.d]
url = "wss://d"
key_file = "{absent}"
tls_ca = "{absent}"
[macro.one]
gcode = "G28"
[macro.two]
gcode = "G28"
key = "Ctrl+L"
[macro.three]
gcode = "G28"
key = "^l"
[command.lights]
run = ["{absent}"]
[server]
frontend = "{absent}"
[mqtt]
password_file = "{key}"
""")
    done = gbterm("config", "check", GBTERM_PROT="/dev/x")
    assert done.returncode == 0
    head = f"warning: {gbterm.config}, line"
    assert done.stdout.splitlines() == [
        "warning: The environment variable GBTERM_PROT is not known; is GBTERM_PORT meant?",
        f"{head} 3: printer.a.limits.nozzle_max is 500, more than nearly any printer bears (350).",
        f"{head} 5: printer.b.port is the port of a, too.",
        f"{head} 8: printer.c.key_file names {key}, which others may read: chmod 600 {key}.",
        f"{head} 11: printer.d.key_file names {absent}, which isn't there or can't be read.",
        f"{head} 12: printer.d.tls_ca names {absent}, which isn't there or can't be read.",
        f"{head} 24: server.frontend names {absent}, which is no directory.",
        f"{head} 26: mqtt.password_file names {key}, which others may read: chmod 600 {key}.",
        f"{head} 20: macro.three.key is the key of two, too.",
        f"{head} 22: command.lights.run names {absent}, which isn't there or can't be run.",
    ]


def test_what_counts_is_shown_with_where_it_comes_from_and_without_secrets(gbterm: Shell) -> None:
    gbterm.config.write_text("""\
[printer.a]
port = "/dev/ttyX0"
baud = 250000
[printer.a.macro.home]
gcode = "G28"
[printer.b]
url = "ws://b:8000/ws"
[hook.chat]
on = ["done"]
url = "https://chat.example/SECRET"
[command.plug]
run = ["/bin/plug", "SECRET"]
[console]
theme = "light"
""")
    env = {"GBTERM_KEY": "SECRET", "GBTERM_LISTEN": "0.0.0.0:8000"}
    done = gbterm("config", "show", **env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "SECRET" not in done.stdout
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in done.stdout.splitlines()}
    assert told["GBTERM_LISTEN"] == '= "0.0.0.0:8000" environment'
    assert told["GBTERM_KEY"] == '= "[hidden]" environment'
    assert told["default"] == "(left out) default"
    assert told["printer.a.port"] == f'= "/dev/ttyX0" {gbterm.config}:2'
    assert told["printer.a.baud"] == f"= 250000 {gbterm.config}:3"
    assert told["printer.a.limits.bed_max"] == "= 150 default"
    assert told["printer.a.macro.home.gcode"] == f'= ["G28"] {gbterm.config}:5'
    assert told["printer.b.url"] == f'= "ws://b:8000/ws" {gbterm.config}:7'
    assert told["preset.PLA.nozzle"] == "= 210 default"
    assert told["hook.chat.url"] == f'= "[hidden]" {gbterm.config}:10'
    assert told["command.plug.run"] == f'= ["/bin/plug", "[hidden]"] {gbterm.config}:12'
    assert told["console.theme"] == f'= "light" {gbterm.config}:14'
    assert told["console.bell"] == "(left out) default"
    as_json = json.loads(gbterm("config", "show", "--json", **env).stdout)
    assert {member["key"].split()[0] for member in as_json} == set(told)
    assert {"key": "server.clients", "value": 256, "from": "default"} in as_json


def test_the_files_are_named_in_their_order(gbterm: Shell) -> None:
    files = [line.split() for line in gbterm("config", "path").stdout.splitlines()]
    assert files[0][1] == "/etc/gbterm/config.toml"
    assert files[1] == ["absent", str(gbterm.config)]
    gbterm.config.touch()
    assert gbterm("config", "path").stdout.splitlines()[1] == f"there   {gbterm.config}"


def test_the_example_is_printed_as_it_is_shipped(gbterm: Shell) -> None:
    done = gbterm("config", "example")
    assert done.stdout == EXAMPLE.read_text(encoding="utf-8")
    gbterm.config.write_text(done.stdout)
    assert gbterm("config", "check").stdout == f"No mistakes in {gbterm.config}.\n"


def test_config_alone_says_what_there_is(gbterm: Shell) -> None:
    assert_refused(gbterm("config"), ExitCode.WRONG_USAGE, "check, show, path or example")


def test_the_page_on_configuring_names_what_there_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configure.md").read_text(encoding="utf-8")
    for command in ("check", "show", "path", "example"):
        assert f"gbterm config {command}" in page


def test_what_the_network_can_read_is_noted(gbterm: Shell) -> None:
    (gbterm.home / "broker").write_text("pw\n")
    (gbterm.home / "broker").chmod(0o600)
    tables = (
        '[metrics]\nlisten = "{}:9199"\n[mqtt]\nhost = "{}"\nuser = "u"\n'
        f'password_file = "{gbterm.home}/broker"\n'
    )
    gbterm.config.write_text(tables.format("0.0.0.0", "broker.local"))
    done = gbterm("config", "check")
    assert done.returncode == ExitCode.DONE
    assert done.stdout.splitlines()[:2] == [
        f"note: {gbterm.config}, line 2: metrics.listen lets everybody on that network read the"
        " metrics, for which no key is asked.",
        f"note: {gbterm.config}, line 6: mqtt.password_file holds a password that goes over the"
        " network as it is: set mqtt.tls or mqtt.tls_ca.",
    ]
    gbterm.config.write_text(tables.format("127.0.0.1", "localhost"))
    assert gbterm("config", "check").stdout == f"No mistakes in {gbterm.config}.\n"
    gbterm.config.write_text(tables.format("[::1]", "broker.local") + "tls = true\n")
    assert gbterm("config", "check").stdout == f"No mistakes in {gbterm.config}.\n"
