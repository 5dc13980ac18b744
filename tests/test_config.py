"""The configuration: what a user may write, and the sentence that a mistake gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gbterm import config_file, paths
from gbterm.config import (
    Config,
    ConsoleSettings,
    FilamentSensor,
    Guards,
    Heaters,
    Limits,
    Log,
    Mdns,
    Metrics,
    Mqtt,
    Pausing,
    PrinterProfile,
    Serving,
    Suite,
    Watching,
)
from gbterm.errors import ConfigError

HUGE = 10**400
"""More than a float holds."""


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


def test_a_print_goes_on_by_itself_after_its_cable_was_out_only_where_that_is_said(
    tmp_path: Path,
) -> None:
    plain = '[printer.a]\nport = "/dev/ttyACM0"\n'
    assert read(tmp_path, plain).printers["a"].after_replug == ""
    told = read(tmp_path, f'{plain}after_replug = "go_on"')
    assert told.printers["a"].after_replug == "go_on"
    with pytest.raises(ConfigError, match='must be "go_on"'):
        read(tmp_path, f'{plain}after_replug = "always"')


def test_a_pause_and_a_cancel_are_as_somebody_wants_them(tmp_path: Path) -> None:
    text = """
        [printer.a]
        port = "/dev/ttyUSB0"
        cancel_gcode = '''
        G91
        G1 Z10 ; up
        '''
        [printer.a.pause]
        lift_mm = 0
        x = -5
        y = 200.5
        """
    found = read(tmp_path, text).printers["a"]
    assert found.pausing == Pausing(park=True, lift_mm=0.0, retract_mm=2.0, x=-5.0, y=200.5)
    assert found.cancel_gcode == ("G91", "G1 Z10")
    plain = read(tmp_path, '[printer.a]\nport = "/dev/x"\npause.park = false').printers["a"]
    assert (plain.pausing, plain.cancel_gcode) == (Pausing(park=False), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pause = false", "pause must be a table"),
        ("pause.park = 1", "pause.park must be true or false"),
        ("pause.lift_mm = -1", "pause.lift_mm must be from zero"),
        ("pause.lift_mm = 201", "pause.lift_mm must be at most 200"),
        ("pause.retract_mm = 21", "pause.retract_mm must be at most 20"),
        ("pause.x = 1", "pause needs both x and y, or neither"),
        ("pause = {x = inf, y = 1}", "pause.x must be a number"),
        ("pause.z = 1", "pause.z is not known"),
        ("cancel_gcode = 1", "cancel_gcode must be a text"),
        ("cancel_gcode = ''", "cancel_gcode can't be sent"),
        ("cancel_gcode = 'M112'", "cancel_gcode holds 'M112', which halts the printer"),
        ("cancel_gcode = 'M0'", "cancel_gcode holds 'M0', which waits for the user"),
        ("cancel_gcode = '''" + "G4\n" * 101 + "'''", "cancel_gcode can't be sent: These are 101"),
    ],
)
def test_mistakes_about_pauses_and_cancels_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"printer.a.{words}")):
        read(tmp_path, f'[printer.a]\nport = "/dev/x"\n{text}')


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
        ('[printer.a]\nport = "/dev/x"\nbuad = 1', "printer.a.buad", "known are: port, url, baud"),
        ("[printer.a]\nport = 3", "printer.a.port", "a text in quotes"),
        ('[printer.a]\nport = "ttyUSB0"', "printer.a.port", "/dev/ttyUSB0"),
        ('[printer.a]\nport = "/dev/x"\nbaud = "1"', "printer.a.baud", "whole number"),
        ('[printer.a]\nport = "/dev/x"\nbaud = true', "printer.a.baud", "whole number"),
        ('[printer.a]\nport = "/dev/x"\nbaud = 0', "printer.a.baud", "above zero"),
        ('[printer.a]\nport = "/x"\nlisten = "ws://x:1"', "printer.a.listen", "HOST:PORT"),
        (
            '[printer.a]\nport = "/x"\noctoprint_listen = "x"',
            "printer.a.octoprint_listen",
            "HOST:PORT",
        ),
        (f'[printer.a]\nport = "/x"\nlisten = "x:{5000 * "1"}"', "printer.a.listen", "HOST:PORT"),
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
        (
            f'[printer.a]\nport = "/x"\nlimits.bed_max = {HUGE}',
            "printer.a.limits.bed_max",
            "at most",
        ),
        (f'[printer.a]\nport = "/x"\nbaud = {HUGE}', "printer.a.baud", "at most"),
        (
            f'[printer.a]\nport = "/x"\npause = {{x = {HUGE}, y = 1}}',
            "printer.a.pause.x",
            "at most",
        ),
    ],
)
def test_a_mistake_names_file_key_and_cure(
    tmp_path: Path, text: str, key: str, advice: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    sentence = str(caught.value)
    assert re.match(rf"{re.escape(str(tmp_path / '0.toml'))}, line \d: {re.escape(key)} ", sentence)
    assert advice in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("content", [b"a = ", b"[printer", b"a = 1\na = 2"])
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
    assert read(tmp_path, "").serving == Serving("", (), 256, 500, 128, 2048)


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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[server]\ntls_cert = "~nobody-here/c.pem"', r"server\.tls_cert is in the home of a user"),
        (
            '[printer.a]\nurl = "ws://a"\nkey_file = "~nobody-here/k"',
            r"line 3: printer\.a\.key_file",
        ),
        ('[printer.a]\nport = "/dev/\\u0000"', r"printer\.a\.port holds a NUL character"),
    ],
)
def test_a_path_that_can_be_none_is_refused_by_its_key(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        read(tmp_path, text)


def test_servers_are_looked_for_where_the_user_says(tmp_path: Path) -> None:
    found = read(tmp_path, '[mdns]\nsearch = false\ninterfaces = ["127.0.0.1", "::1"]')
    assert found.mdns == Mdns(search=False, interfaces=("127.0.0.1", "::1"))
    assert read(tmp_path, "[mdns]\nannounce = true").mdns == Mdns(announce=True)
    assert read(tmp_path, "").mdns == Mdns()


@pytest.mark.parametrize(
    "line", ['interfaces = "eth0"', 'interfaces = ["eth0"]', "interfaces = [1]"]
)
def test_an_interface_is_an_address(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"0\.toml, line 2: mdns\.interfaces must be"):
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
    assert f"0.toml, line 2: {words}" in str(refused.value)


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


def test_the_heaters_times_may_be_zero_and_nothing_below(tmp_path: Path) -> None:
    head = '[printer.ender]\nport = "/dev/ttyUSB0"\n[printer.ender.heaters]\n'
    path = tmp_path / "config.toml"
    path.write_text(head + "nozzle_off_after_min = 0\nbed_off_after_min = 7.5\n")
    assert config_file.load([path]).printers["ender"].heaters == Heaters(0.0, 7.5)
    path.write_text(head + "bed_off_after_min = -1\n")
    with pytest.raises(ConfigError, match="bed_off_after_min must be from zero"):
        config_file.load([path])


GUARDS = '[printer.a]\nport = "/dev/x"\n[printer.a.guards]\n'


def test_guards_are_as_somebody_wants_them(tmp_path: Path) -> None:
    text = GUARDS + 'over_cap = "power_off"\ndrift = 20\npower_off = ["/bin/plug", "off"]'
    found = read(tmp_path, text).printers["a"].guards
    assert found == Guards(over_cap="power_off", drift=20.0, power_off=("/bin/plug", "off"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('drifting = "stop"', "must be one of: none, warn, pause, off, halt, power_off"),
        ('out_of_reach = "off"', "must be one of: none, power_off"),
        ('over_cap = "power_off"', "needs power_off, a program"),
        ('power_off = ["plug"]', "must begin with the full path of a program"),
        ('power_off = "plug"', "must be a list"),
        ("margin = 0", "must be above zero"),
        ("power_off_timeout_s = 601", "must be at most 600"),
        ("bed = 1", "is not known"),
    ],
)
def test_a_wrong_guard_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=rf"0\.toml, line 4: printer\.a\.guards\.\w+ {why}"):
        read(tmp_path, GUARDS + text)


SENSOR = '[printer.a]\nport = "/dev/x"\n[printer.a.filament_sensor]\n'


def test_a_filament_sensor_is_a_program_or_a_line(tmp_path: Path) -> None:
    def sensor(text: str) -> FilamentSensor:
        return read(tmp_path, SENSOR + text).printers["a"].filament_sensor

    assert sensor("") == FilamentSensor()
    assert sensor('command = ["/bin/x", "1"]') == FilamentSensor(("/bin/x", "1"))
    found = sensor('gpio = "gpiochip1:17"\nactive = "low"\nbias = "pull_up"\ndebounce_ms = 0')
    assert found == FilamentSensor((), "gpiochip1:17", "low", "pull_up", 0.0)
    assert found.chip_and_line == ("/dev/gpiochip1", 17)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('gpio = "17"', 'gpio must be a chip and a line of it, as "gpiochip0:17"'),
        ('gpio = "gpiochip0:1"\ncommand = ["/x"]', "needs either command or gpio, not both"),
        ("debounce_ms = 5", "needs either command or gpio"),
        ('command = ["x"]', "command must begin with the full path"),
        ('command = ["/x"]\nactive = "low"', "active goes with gpio"),
        ('gpio = "gpiochip0:1"\nactive = "on"', "active must be one of: high, low"),
        ('gpio = "gpiochip0:1"\nbias = "up"', "bias must be one of: as_is, pull_up"),
        ('gpio = "gpiochip0:1"\ndebounce_ms = 1e9', "debounce_ms must be at most 60000"),
        ("pin = 4", "pin is not known"),
    ],
)
def test_a_wrong_filament_sensor_is_refused(tmp_path: Path, text: str, why: str) -> None:
    table = r"printer\.a\.filament_sensor"
    with pytest.raises(ConfigError, match=rf"0\.toml, line \d: {table}\.? ?{why}"):
        read(tmp_path, SENSOR + text)


@pytest.mark.parametrize(
    "text",
    ["", "bed_off_after_min = 45\n", "nozzle_off_after_min = 0\n", "bed_off_after_min = 0\n"],
)
def test_a_board_may_halt_itself_only_after_its_heaters_are_off(tmp_path: Path, text: str) -> None:
    head = '[printer.ender]\nport = "/dev/ttyUSB0"\n[printer.ender.heaters]\n'
    halts_after = 45 if text else 30
    path = tmp_path / "config.toml"
    path.write_text(head + text + f"board_halts_idle_after_min = {halts_after}\n")
    with pytest.raises(ConfigError, match="board_halts_idle_after_min must be longer than"):
        config_file.load([path])
    path.write_text(head + "board_halts_idle_after_min = 31\n")
    heaters = config_file.load([path]).printers["ender"].heaters
    assert heaters.board_halts_idle_after_min == 31


def test_who_watches_is_told_only_where_that_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, "").watching == Watching()
    system = '[mqtt]\nhost = "broker.local"\nuser = "a"\n[log]\nlevel = "warning"'
    own = '[mqtt]\nuser = "b"\npassword_file = "~/pw"\nprefix = "home/3d"'
    own += '\n[metrics]\nlisten = "[::1]:9"'
    found = read(tmp_path, system, own).watching
    password = str(Path.home() / "pw")
    mqtt = Mqtt("broker.local", user="b", password_file=password, prefix="home/3d")
    assert found == Watching(metrics=Metrics("[::1]:9"), mqtt=mqtt, log=Log("warning"))
    assert found.metrics.address == ("::1", 9)
    printer = '[printer.a]\nport = "/dev/x"\nmetrics.listen = "127.0.0.1:9200"'
    assert read(tmp_path, printer).printers["a"].metrics.address == ("127.0.0.1", 9200)


@pytest.mark.parametrize(
    ("text", "key", "advice"),
    [
        ('metrics.listen = "9199"', "metrics.listen", '"127.0.0.1:9199"'),
        ('metrics.listen = "x:99999"', "metrics.listen", "must be HOST:PORT"),
        ("metrics.port = 1", "metrics.port", "known are: listen"),
        ('mqtt.host = "mqtt://x"', "mqtt.host", "name or the address of a broker"),
        ('mqtt.host = ""', "mqtt.host", "name or the address of a broker"),
        ("mqtt.port = 70000", "mqtt.port", "from 0 to 65535"),
        ("mqtt.tls = 1", "mqtt.tls", "true or false"),
        ('mqtt.prefix = "a/#"', "mqtt.prefix", "the beginning of a topic"),
        ('mqtt.prefix = "/a"', "mqtt.prefix", "the beginning of a topic"),
        ('mqtt.password_file = "pw"', "mqtt.password_file", "a full path"),
        ('mqtt.password = "x"', "mqtt.password", "known are: host"),
        ('log.level = "loud"', "log.level", "debug, info, warning, error"),
        ("mdns.announce = 1", "mdns.announce", "true or false"),
    ],
)
def test_mistakes_about_those_who_watch_are_named(
    tmp_path: Path, text: str, key: str, advice: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(f": {key} ")) as refused:
        read(tmp_path, text)
    assert advice in str(refused.value)


def test_a_file_that_is_both_the_machines_and_the_users_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GBTERM_CONFIG", str(paths.SYSTEM_CONFIG))
    assert paths.config_files() == (paths.SYSTEM_CONFIG,)
    monkeypatch.setenv("GBTERM_CONFIG", str(tmp_path / "own.toml"))
    assert paths.config_files() == (paths.SYSTEM_CONFIG, tmp_path / "own.toml")


def test_a_mark_of_byte_order_is_no_mistake_and_other_encodings_are_one(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = '[printer.a]\nport = "/dev/ttyÜ"\n'
    path.write_bytes(text.encode("utf-8-sig"))
    assert config_file.load([path]).printers["a"].port == "/dev/ttyÜ"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"config\.toml, line 2: .* save the file as UTF-8\.$"):
        config_file.load([path])
