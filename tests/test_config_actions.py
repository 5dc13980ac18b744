"""Presets, macros and commands of the configuration, and the sentence that a mistake gets."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from gbterm import config_file
from gbterm.actions import HostCommand, Preset
from gbterm.config import (
    BUILT_IN_PRESETS,
    Actions,
    Hook,
    Program,
)
from gbterm.errors import ConfigError
from tests.test_config import read

PRINTER = '[printer.a]\nport = "/dev/x"\n'


def actions(tmp_path: Path, *texts: str) -> Actions:
    return read(tmp_path, *texts).printers["a"].actions


def test_without_a_word_there_are_presets_within_the_limits_and_nothing_else(
    tmp_path: Path,
) -> None:
    assert actions(tmp_path, PRINTER) == Actions(BUILT_IN_PRESETS)
    cold = actions(tmp_path, PRINTER + "[printer.a.limits]\nbed_max = 70")
    assert [preset.name for preset in cold.presets] == ["PLA", "cool down"]


def test_a_printer_adds_to_what_all_have_and_replaces_it(tmp_path: Path) -> None:
    found = actions(
        tmp_path,
        "[preset.PLA]\nnozzle = 210\n[preset.PC]\nnozzle = 280\n[macro.all]\ngcode = 'M114'",
        "[preset.PC]\nbed = 110\n"
        + PRINTER
        + "[printer.a.preset.PLA]\nnozzle = 195\nbed = 0\n[printer.a.preset.PA]\nchamber = 60\n"
        + '[printer.a.macro.own]\ngcode = "G28"\n[printer.a.command.x]\nrun = ["/bin/x"]',
    )
    assert found.presets == (
        Preset("PLA", 195.0, 0.0),
        Preset("PC", None, 110.0),
        Preset("PA", chamber=60.0),
    )
    assert [macro.name for macro in found.macros] == ["all", "own"]
    assert found.programs == (Program(HostCommand("x"), ("/bin/x",)),)


def test_a_printer_replaces_a_hook_and_each_event_counts_once(tmp_path: Path) -> None:
    found = actions(
        tmp_path,
        "[hook.a]\non = ['done', 'done']\nrun = ['/x', 'y']\n"
        + "[hook.b]\non = ['failed']\nurl = 'http://u:p@x:1/?k=1'\n"
        + PRINTER
        + "[printer.a.hook.b]\non = ['prompt']\nrun = ['/z']",
    )
    assert found.hooks == (Hook("a", ("done",), ("/x", "y")), Hook("b", ("prompt",), ("/z",)))
    assert "p@" not in repr(
        actions(tmp_path, "[hook.b]\non = ['done']\nurl = 'http://u:p@x'\n" + PRINTER)
    )


@pytest.mark.parametrize(
    "table",
    [
        "[hook.a]\non = ['done']\nrun = ['/x']",
        "[command.a]\nrun = ['/x']",
        PRINTER + "command.a.run = ['/x']",
        PRINTER + "filament_sensor.command = ['/x']",
        PRINTER + "guards.power_off = ['/x']",
    ],
)
def test_programs_of_a_file_that_others_may_write_to_are_refused(
    tmp_path: Path, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, harmless = tmp_path / "config.toml", tmp_path / "harmless.toml"
    path.write_text(table)
    harmless.write_text(PRINTER)
    harmless.chmod(0o666)
    path.chmod(0o664)
    config_file.load([path, harmless])
    path.chmod(0o646)
    with pytest.raises(ConfigError, match=r"config\.toml names programs.*chmod o-w"):
        config_file.load([path, harmless])
    path.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(path, 65534, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(ConfigError, match=r"config\.toml names programs.*belongs to another"):
        config_file.load([path, harmless])


def test_own_presets_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    found = actions(tmp_path, PRINTER + "[printer.a.preset.PLA]\nnozzle = 200")
    assert found.presets == (Preset("PLA", 200.0), *BUILT_IN_PRESETS[1:])


def test_a_preset_of_all_goes_as_far_as_each_printer_does(tmp_path: Path) -> None:
    hot = PRINTER + "limits.nozzle_max = 340\n[preset.PEEK]\nnozzle = 330\n"
    assert actions(tmp_path, hot).presets == (Preset("PEEK", 330.0),)
    cold = "[printer.b]\nport = '/dev/y'\n"
    with pytest.raises(ConfigError, match=r"preset\.PEEK\.nozzle is more than b's nozzle_max, 300"):
        read(tmp_path, hot + cold)


def test_a_question_is_the_users_or_made_from_the_name(tmp_path: Path) -> None:
    text = "[macro.{0}]\ngcode = 'G28'\nconfirm = {1}\n"
    found = actions(
        tmp_path,
        PRINTER + text.format("a", "true") + text.format("b", "false") + text.format("c", "'Now?'"),
    )
    assert [macro.confirm for macro in found.macros] == ["Run the macro a?", "", "Now?"]


def test_comments_and_blank_lines_of_a_macro_are_no_commands(tmp_path: Path) -> None:
    found = actions(tmp_path, PRINTER + "[macro.m]\ngcode = '''\n; up\nG91\n\n G1 Z5 ; 5 mm\n'''")
    assert found.macros[0].gcode == ("G91", "G1 Z5")


@pytest.mark.parametrize(
    ("text", "key", "advice"),
    [
        ("preset = 1", "preset", "must be a table"),
        ("[preset]\nPLA = 1", "preset.PLA", "begun by a line [preset.NAME]"),
        ("[preset.PLA]", "preset.PLA", "needs one of nozzle, bed and chamber"),
        ("[preset.PLA]\nlamp = 1", "preset.PLA.lamp", "known are: nozzle, bed, chamber"),
        ("[preset.PLA]\nbed = '60'", "preset.PLA.bed", "must be a number"),
        ("[preset.PLA]\nbed = true", "preset.PLA.bed", "must be a number"),
        ("[preset.PLA]\nbed = -1", "preset.PLA.bed", "must be from zero"),
        ("[preset.PLA]\nbed = nan", "preset.PLA.bed", "must be from zero"),
        ("[preset.PLA]\nnozzle = 301", "preset.PLA.nozzle", "more than the printer's nozzle_max"),
        (
            PRINTER + "limits.bed_max = 60\npreset.hot.bed = 61",
            "printer.a.preset.hot.bed",
            "bed_max, 60",
        ),
        (
            PRINTER + "limits.nozzle_max = 230\n[preset.ABS]\nnozzle = 240",
            "preset.ABS.nozzle",
            "more than a's nozzle_max, 230",
        ),
        ('[preset."a\\u0007b"]\nbed = 1', "preset.a?b", "is no name"),
        (f"[preset.{'n' * 41}]\nbed = 1", f"preset.{'n' * 41}", "up to 40 letters"),
        ('[macro.""]\ngcode = "G28"', "macro.", "is no name"),
        ("[macro.m]", "macro.m.gcode", "There is no command in that"),
        ("[macro.m]\ngcode = 1", "macro.m.gcode", "a text in quotes"),
        ("[macro.m]\ngcode = 'M112'", "macro.m.gcode", "holds 'M112', which halts the printer"),
        ('[macro.m]\ngcode = "G28\\nM0"', "macro.m.gcode", "holds 'M0', which waits for the user"),
        (
            "[macro.m]\ngcode = '''" + "G28\n" * 101 + "'''",
            "macro.m.gcode",
            "100 may be sent at once",
        ),
        ('[macro.m]\ngcode = "G28"\nconfirm = 1', "macro.m.confirm", "true, false or a question"),
        ('[macro.m]\ngcode = "G28"\nconfirm = " "', "macro.m.confirm", "true, false or a question"),
        ('[macro.m]\ngcode = "G28"\nrun = []', "macro.m.run", "known are: gcode"),
        ("[command.c]", "command.c.run", "the full path of a program"),
        ('[command.c]\nrun = "reboot"', "command.c.run", "a list, in brackets"),
        ('[command.c]\nrun = ["reboot"]', "command.c.run", "the full path of a program"),
        ('[command.c]\nrun = ["/bin/x", 1]', "command.c.run", "a list of texts"),
        ('[command.c]\nrun = ["/bin/x", "\\u0000"]', "command.c.run", "a list of texts"),
        ('[command.c]\nrun = ["/x"]\nsafe = 1', "command.c.safe", "must be true or false"),
        ('[command.c]\nrun = ["/x"]\ntimeout_s = 0', "command.c.timeout_s", "above zero"),
        ('[command.c]\nrun = ["/x"]\ntimeout_s = 601', "command.c.timeout_s", "at most 600"),
        ('[command.c]\nrun = ["/x"]\nshell = true', "command.c.shell", "known are: run"),
        ("[hook.h]\nrun = ['/x']", "hook.h.on", "some of: done, failed, cancelled, paused"),
        ("[hook.h]\non = 'done'\nrun = ['/x']", "hook.h.on", "a list, in brackets"),
        ("[hook.h]\non = ['won']\nrun = ['/x']", "hook.h.on", "some of: done"),
        ("[hook.h]\non = [['done']]\nrun = ['/x']", "hook.h.on", "some of: done"),
        ("[hook.h]\non = ['done']", "hook.h", "needs either run or url"),
        (
            "[hook.h]\non = ['done']\nrun = ['/x']\nurl = 'http://x/'",
            "hook.h",
            "needs either run or url, not both",
        ),
        ("[hook.h]\non = ['done']\nurl = 'ws://x/'", "hook.h.url", 'as "http://HOST/PATH"'),
        (
            "[hook.h]\non = ['done']\nurl = 'http://x/'\ntls_ca = '/x.pem'",
            "hook.h.tls_ca",
            "goes with a url that begins with https:",
        ),
        ("[hook.h]\non = ['done']\nrun = ['/x']\ntls_ca = '/x.pem'", "hook.h.tls_ca", "https:"),
        ("[hook.h]\non = ['done']\nurl = 'https://x'\ntls_ca = 'x'", "hook.h.tls_ca", "full path"),
        ("[hook.h]\non = ['done']\nurl = 'http://'", "hook.h.url", 'as "http://HOST/PATH"'),
        ("[hook.h]\non = ['done']\nrun = ['sh', '-c', 'x']", "hook.h.run", "the full path"),
        ("[hook.h]\non = ['done']\nrun = ['/x']\ntimeout_s = 601", "hook.h.timeout_s", "at most"),
        ("[hook.h]\non = ['done']\nrun = ['/x']\nsafe = true", "hook.h.safe", "known are: on, run"),
        (
            '[printer.a]\nurl = "ws://x"\npreset.PLA.bed = 60',
            "printer.a.preset",
            "goes with port",
        ),
    ],
)
def test_a_mistake_names_file_key_and_cure(
    tmp_path: Path, text: str, key: str, advice: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    sentence = str(caught.value)
    head = re.escape(str(tmp_path / "0.toml"))
    assert re.match(rf"{head}, line \d+: {re.escape(key)} ", sentence)
    assert advice in sentence
    assert sentence.endswith(".")
