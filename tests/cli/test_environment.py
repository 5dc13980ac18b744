"""Variables of the environment that say what options say, as containers have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm import environment
from gbterm.cli.exits import ExitCode
from tests.cli.conftest import Shell, assert_refused
from tests.cli.service import Service

PRINTERS = "".join(f'[printer.{name}]\nport = "/dev/tty-{name}"\n' for name in "abcd")


def meant(gbterm: Shell, *options: str, **env: str) -> str:
    """The printer that a command is about."""
    done = gbterm("status", *options, **env)
    assert done.returncode == ExitCode.UNREACHABLE, done
    return done.stderr.partition("No host runs for ")[2].partition(";")[0]


def test_an_option_goes_before_a_variable_and_that_before_the_files(gbterm: Shell) -> None:
    system = gbterm.home / "etc/gbterm/config.toml"
    system.parent.mkdir(parents=True)
    system.write_text('default = "a"\n' + PRINTERS)
    root = {"GBTERM_ROOT": str(gbterm.home)}
    assert meant(gbterm, **root) == "a"
    gbterm.config.write_text('default = "b"\n')
    assert meant(gbterm, **root) == "b"
    assert meant(gbterm, **root, GBTERM_PRINTER="c") == "c"
    assert meant(gbterm, "--printer", "d", **root, GBTERM_PRINTER="c") == "d"
    # The option says which printer is meant, whatever the variable says that with.
    assert meant(gbterm, "--printer", "d", **root, GBTERM_URL="ws://x:1", GBTERM_BAUD="fast") == "d"
    assert meant(gbterm, **root, GBTERM_PORT="/dev/tty-c") == "c"
    assert meant(gbterm, **root, GBTERM_PORT="", GBTERM_PRINTER=" c ") == "c"


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"GBTERM_URL": "x"}, "GBTERM_URL: 'x' is no address of a server"),
        ({"GBTERM_PRINTER": "x"}, "GBTERM_PRINTER: No printer is called 'x'"),
        (
            {"GBTERM_PRINTER": "x", "GBTERM_URL": "ws://x"},
            "GBTERM_URL and GBTERM_PRINTER are set: only one of them",
        ),
        ({"GBTERM_PORT": "/x", "GBTERM_BAUD": "fast"}, "GBTERM_BAUD: 'fast' is no baud rate"),
        ({"GBTERM_BAUD": "9600"}, "GBTERM_BAUD goes with GBTERM_PORT or GBTERM_PRINTER"),
        (
            {"GBTERM_PRINTER": "far", "GBTERM_BAUD": "9600"},
            "GBTERM_PRINTER with GBTERM_BAUD: --baud goes with --port",
        ),
        ({"GBTERM_CONFIG": "c.toml"}, "GBTERM_CONFIG must be a full path"),
        (
            {"GBTERM_URL": "ws://127.0.0.1:1", "GBTERM_KEY": "a", "GBTERM_KEY_FILE": "/b"},
            "GBTERM_KEY and GBTERM_KEY_FILE are set: only one of them",
        ),
        (
            {"GBTERM_URL": "ws://127.0.0.1:1", "GBTERM_KEY_FILE": "/absent"},
            "GBTERM_KEY_FILE: The key can't be read from /absent",
        ),
    ],
)
def test_an_error_names_the_variable(gbterm: Shell, env: dict[str, str], sentence: str) -> None:
    gbterm.config.write_text('[printer.far]\nurl = "ws://127.0.0.1:1"\n')
    assert_refused(gbterm("status", **env), ExitCode.WRONG_USAGE, sentence)


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"GBTERM_LISTEN": "8000"}, "GBTERM_LISTEN '8000' is no address; write HOST:PORT"),
        ({"GBTERM_LISTEN": "0.0.0.0:8000"}, "0.0.0.0:8000 can't be served"),
        ({"GBTERM_DATA": "data"}, "GBTERM_DATA must be a full path, as /data, not 'data'."),
    ],
)
def test_an_error_of_a_host_names_the_variable(
    gbterm: Shell, env: dict[str, str], sentence: str
) -> None:
    done = gbterm("serve", GBTERM_PORT=str(gbterm.home / "absent"), **env)
    assert_refused(done, ExitCode.WRONG_USAGE, sentence)


def test_a_container_needs_no_file_and_no_option(gbterm: Shell, board: str) -> None:
    gbterm.config.unlink()
    port, data = board, gbterm.home / "volume"
    gbterm.env |= {
        **{"GBTERM_PORT": port, "GBTERM_BAUD": "115200"},
        **{"GBTERM_LISTEN": "127.0.0.1:0", "GBTERM_DATA": str(data)},
    }
    served = Service(gbterm, "serve")
    url = served.ready().split()[3]
    assert url.startswith("ws://127.0.0.1:")
    assert gbterm("status").stdout.startswith("READY\n")
    (gbterm.home / "box.gcode").write_text("G28\n")
    assert gbterm("upload", "box.gcode").returncode == 0
    assert len(list(data.rglob("*.gcode"))) == 1
    address = url.removesuffix("/ws")
    there = gbterm("ls", GBTERM_PORT="", GBTERM_BAUD="", GBTERM_URL=address)
    assert there.stdout == "box.gcode\n"
    assert gbterm("stop").returncode == 0
    served.wait()


def test_another_file_is_read_and_written_and_the_keys_are_beside_it(gbterm: Shell) -> None:
    gbterm.config.write_text('[printer.a]\nport = "/dev/tty-a"\n')
    other = gbterm.home / "volume" / "printers.toml"
    other.parent.mkdir()
    gbterm.env["GBTERM_CONFIG"] = str(other)
    assert gbterm("config", "path").stdout.splitlines()[1] == f"absent  {other}"
    absent = gbterm("config", "check")
    assert absent.returncode == 0
    assert f"warning: GBTERM_CONFIG names {other}, which isn't there (yet)." in absent.stdout
    other.write_text('[printer.b]\nport = "/dev/tty-b"\n')
    assert meant(gbterm) == "b"
    assert gbterm("key", "create", "panel", "--scope", "watch").returncode == 0
    assert (other.parent / "keys.json").exists()
    assert not (gbterm.config.parent / "keys.json").exists()


def test_a_printers_own_key_goes_before_one_that_names_no_server(gbterm: Shell) -> None:
    own = gbterm.home / "own"
    gbterm.config.write_text(f'[printer.far]\nurl = "ws://127.0.0.1:1"\nkey_file = "{own}"\n')
    own.write_text("two words")
    told = f"{own} holds no key"
    assert_refused(gbterm("status", GBTERM_KEY="good"), ExitCode.WRONG_USAGE, told)
    own.write_text("good")
    done = gbterm("status", GBTERM_KEY="two words")
    assert_refused(done, ExitCode.UNREACHABLE, "127.0.0.1:1")


def test_every_variable_is_documented(gbterm: Shell) -> None:
    page = (Path(__file__).parents[2] / "docs" / "configure.md").read_text(encoding="utf-8")
    manual = gbterm("man").stdout
    for option in environment.OF_OPTIONS:
        assert f"`{environment.variable(option)}`" in page
        assert environment.variable(option) in manual
