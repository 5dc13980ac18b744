"""The configuration: what a user may write, and the sentence that a mistake gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gbterm import config_file
from gbterm.config import Config, ConsoleSettings, Limits, Mdns, PrinterProfile, Serving, Suite
from gbterm.errors import ConfigError


def read(tmp_path: Path, *texts: str) -> Config:
    files = [tmp_path / f"{number}.toml" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return config_file.load(files)


def test_a_printer_with_everything(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        [printer.ender]
        port = "/dev/ttyUSB0"
        baud = 115200
        [printer.ender.limits]
        nozzle_max = 275
        bed_max = 110.5
        chamber_max = 60
        feed_max_mm_s = 200
        """,
    )
    limits = Limits(275.0, 110.5, 60.0, 200.0)
    profile = PrinterProfile("ender", "/dev/ttyUSB0", 115200, "", limits)
    assert found.printers == {"ender": profile}
    assert found.default_printer() == profile


def test_limits_are_safe_where_nothing_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, '[printer.a]\nport = "/dev/ttyACM0"')
    assert found.printers["a"].limits == Limits(nozzle_max=300.0, bed_max=150.0)
    assert found.printers["a"].baud is None


def test_no_file_is_an_empty_configuration(tmp_path: Path) -> None:
    found = config_file.load([tmp_path / "absent.toml", tmp_path / "file" / "config.toml"])
    assert found == Config()
    assert found.default_printer() is None


def test_the_users_file_wins(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'default = "a"\n[printer.a]\nport = "/dev/ttyS0"\n[printer.b]\nurl = "ws://b:8000/ws"',
        'default = "b"\n[printer.a]\nport = "/dev/ttyS1"\nbaud = 250000',
    )
    assert found.printers["a"] == PrinterProfile("a", "/dev/ttyS1", 250000)
    assert found.default_printer() == PrinterProfile("b", url="ws://b:8000/ws")


def test_several_printers_without_a_default_have_none(tmp_path: Path) -> None:
    text = '[printer.a]\nport = "/dev/ttyS0"\n[printer.b]\nport = "/dev/ttyS1"'
    assert read(tmp_path, text).default_printer() is None


def test_a_port_is_known_by_any_of_its_names(tmp_path: Path) -> None:
    device, link = tmp_path / "device", tmp_path / "link"
    device.touch()
    link.symlink_to(device)
    found = read(tmp_path, f'[printer.a]\nport = "{link}"')
    assert found.on_port(str(device)) == found.printers["a"]
    assert found.on_port("/dev/null") is None


@pytest.mark.parametrize(
    ("text", "key", "advice"),
    [
        ("colour = 1", "colour", "known are: default, printer"),
        ("default = 3", "default", "a text in quotes"),
        ('default = "x"', "default", "not configured"),
        ("printer = 3", "printer", "a table"),
        ("printer.a = 3", "printer.a", "[printer.NAME]"),
        ('[printer."a/../b"]\nport = "/dev/x"', "printer.a/../b", "no name"),
        ('[printer.demo]\nport = "/dev/x"', "printer.demo", "choose another"),
        ("[printer.a]", "printer.a", "either port or url"),
        ('[printer.a]\nport = "/dev/x"\nurl = "ws://x"', "printer.a", "not both"),
        ('[printer.a]\nport = "/dev/x"\nbuad = 1', "printer.a.buad", "known are: port, baud"),
        ("[printer.a]\nport = 3", "printer.a.port", "a text in quotes"),
        ('[printer.a]\nport = "ttyUSB0"', "printer.a.port", "/dev/ttyUSB0"),
        ('[printer.a]\nport = "/dev/x"\nbaud = "1"', "printer.a.baud", "whole number"),
        ('[printer.a]\nport = "/dev/x"\nbaud = true', "printer.a.baud", "whole number"),
        ('[printer.a]\nport = "/dev/x"\nbaud = 0', "printer.a.baud", "above zero"),
        ('[printer.a]\nurl = "printer"', "printer.a.url", "ws://HOST:PORT"),
        ('[printer.a]\nurl = "ws://"', "printer.a.url", "ws://HOST:PORT"),
        ('[printer.a]\nurl = "ws://x"\nbaud = 1', "printer.a.baud", "goes with port"),
        ('[printer.a]\nurl = "ws://x"\nlimits = {}', "printer.a.limits", "goes with port"),
        ('[printer.a]\nport = "/x"\nlimits = 1', "printer.a.limits", "a table"),
        ('[printer.a]\nport = "/x"\nlimits.bed = 1', "printer.a.limits.bed", "bed_max"),
        ('[printer.a]\nport = "/x"\nlimits.bed_max = "1"', "printer.a.limits.bed_max", "number"),
        ('[printer.a]\nport = "/x"\nlimits.bed_max = true', "printer.a.limits.bed_max", "number"),
        ('[printer.a]\nport = "/x"\nlimits.bed_max = -1', "printer.a.limits.bed_max", "zero"),
        ('[printer.a]\nport = "/x"\nlimits.bed_max = nan', "printer.a.limits.bed_max", "zero"),
        ('[printer.a]\nport = "/x"\nlimits.bed_max = inf', "printer.a.limits.bed_max", "zero"),
    ],
)
def test_a_mistake_names_file_key_and_cure(
    tmp_path: Path, text: str, key: str, advice: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path / '0.toml'}: {key} ")
    assert advice in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("content", [b"a = ", b"[printer", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="no valid TOML") as caught:
        config_file.load([path])
    assert str(path) in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read") as caught:
        config_file.load([tmp_path])
    assert str(tmp_path) in str(caught.value)


def test_how_clients_are_served_is_read_key_by_key(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '[server]\nclients = 5\nallow = ["pi.example"]\n[auth]\nloopback = "key"',
        "[server]\nclients = 7\nframe_mib = 1\nfile_mib = 9",
    )
    assert found.serving == Serving("key", ("pi.example",), clients=7, frame_mib=1, file_mib=9)
    assert read(tmp_path, "").serving == Serving("open", (), 256, 500, 128, 2048)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[auth]\nloopback = "none"', 'auth.loopback must be "open" or "key"'),
        ("[auth]\nkeys = 1", "auth.keys is not known"),
        ("[server]\nclients = 0", "server.clients must be at least 1"),
        ("[server]\nallow = [1]", "server.allow must be a list of names"),
        ('[server]\nallow = "x"', "server.allow must be a list"),
        ("[server]\nspeed = 1", "server.speed is not known"),
        ("server = 1", "server must be a table"),
        ('[printer.a]\nport = "/dev/x"\nkey_file = "k"', "printer.a.key_file goes with url"),
        ('[printer.a]\nurl = "ws://x"\nkey_file = 1', "printer.a.key_file must be a text"),
    ],
)
def test_mistakes_about_clients_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, text)
    assert words in str(refused.value)


def test_paths_of_the_server_are_full_ones(tmp_path: Path) -> None:
    found = read(tmp_path, '[server]\ntls_cert = "/c.pem"\nfrontend = "~/www"').serving
    assert (found.tls_cert, found.tls_key) == ("/c.pem", "")
    assert found.frontend == str(Path.home() / "www")
    with pytest.raises(ConfigError, match=r"server\.frontend must be a full path"):
        read(tmp_path, '[server]\nfrontend = "www"')


def test_servers_are_looked_for_where_the_user_says(tmp_path: Path) -> None:
    found = read(tmp_path, '[mdns]\nsearch = false\ninterfaces = ["127.0.0.1", "::1"]')
    assert found.mdns == Mdns(search=False, interfaces=("127.0.0.1", "::1"))
    assert read(tmp_path, "").mdns == Mdns()


@pytest.mark.parametrize(
    "line", ['interfaces = "eth0"', 'interfaces = ["eth0"]', "interfaces = [1]"]
)
def test_an_interface_is_an_address(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"0\.toml: mdns\.interfaces must be"):
        read(tmp_path, f"[mdns]\n{line}")


def test_how_the_console_is_drawn_is_read_key_by_key(tmp_path: Path) -> None:
    own = '[console]\nglyphs = "ascii"\nslow = false'
    found = read(tmp_path, '[console]\ntheme = "light"\nglyphs = "console"\nmouse = true', own)
    assert found.console == ConsoleSettings("light", "ascii", slow=False, mouse=True)
    assert read(tmp_path, "").console == ConsoleSettings("", "", None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('theme = "blue"', "console.theme must be one of: dark, light, none"),
        ('theme = ""', "console.theme must be one of"),
        ('glyphs = "utf-8"', "console.glyphs must be one of: unicode, console, ascii"),
        ("glyphs = 1", "console.glyphs must be a text"),
        ('slow = "yes"', "console.slow must be true or false"),
        ("mouse = 0", "console.mouse must be true or false"),
        ("fps = 4", "console.fps is not known"),
    ],
)
def test_mistakes_about_the_console_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f"[console]\n{text}")
    assert f"0.toml: {words}" in str(refused.value)


def test_what_one_shot_commands_take_is_read_key_by_key(tmp_path: Path) -> None:
    found = read(tmp_path, "[suite]\neject_mm = 500\npins = [1, 2]", '[suite]\ngpio = "pinctrl"')
    assert found.suite == Suite(eject_mm=500.0, pins=(1, 2), gpio="pinctrl")
    assert read(tmp_path, "").suite == Suite()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("eject_mm = 0", "suite.eject_mm must be above zero"),
        ("pins = 4", "suite.pins must be a list"),
        ("pins = [true]", "suite.pins must be a list of pins"),
        ("beep_ms = -1", "suite.beep_ms must be at least 0"),
        ('gpio = ""', "suite.gpio must name a program"),
    ],
)
def test_mistakes_about_one_shot_commands_are_named(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        read(tmp_path, f"[suite]\n{line}")
