"""What is written down of a printer that was opened, and opens it again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gbterm import config_edit, config_file, credentials, paths
from gbterm.cli.config_check import check
from gbterm.cli.exits import ExitCode
from gbterm.cli.opening import Opened
from gbterm.cli.target import Target
from gbterm.config import PrinterProfile
from gbterm.credentials import Credentials
from gbterm.model import StreamStatistics
from gbterm.screens.printer_form import keep
from tests.console.conftest import Console, opened
from tests.memory_backend import MemoryBackend

KEY = "gbterm_of_the_mill"


class Rated(MemoryBackend):
    """One that tells the rate of its board's port."""

    async def stream_statistics(self) -> StreamStatistics:
        return replace(await super().stream_statistics(), baud=115_200)


@dataclass(frozen=True, slots=True)
class There(Opened):
    """A printer that is there already."""

    client: Rated = field(default_factory=Rated)

    def backend(self) -> Rated:
        self.client.key = self.target.credentials.key
        return self.client


def reach(console: Console, target: Target, key: str = "") -> None:
    """A person picked it."""
    client = Rated()
    client.name, client.key_wanted = target.name, key
    console.app.reach(target.name, lambda: There(target, "gbterm", client=client))


def the_only_one(capsys: pytest.CaptureFixture[str]) -> PrinterProfile:
    """What `gbterm` alone opens by what is written, in which nothing is wrong or doubtful."""
    assert check() is ExitCode.DONE
    assert "warning" not in capsys.readouterr().out
    found = config_file.load().default_printer()
    assert found is not None
    return found


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/ws", "ssh://pi@127.0.0.1"])
async def test_a_server_elsewhere_is_kept_without_the_rate_of_its_board(
    backend: MemoryBackend, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(backend) as console:
        reach(console, Target("attic", url=url))
        await console.shows("Keep this printer in your configuration")
        await console.press("right", "enter")
        await console.shows("A new printer")
        await console.press("enter")
        await console.says(f"is in {config_edit.user_file()}")
    assert (the_only_one(capsys).url, the_only_one(capsys).key_file) == (url, "")


async def test_a_port_is_kept_with_the_rate_that_was_found(
    backend: MemoryBackend, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    port = tmp_path / "ttyACM0"
    port.touch()
    async with opened(backend) as console:
        profile = PrinterProfile("new", str(port))
        reach(console, Target("new", host="new-1", profile=profile))
        await console.shows("Keep this printer in your configuration")
        await console.press("right", "enter")
        await console.shows("Baud rate 115200")
        await console.press("enter")
        await console.says(f"is in {config_edit.user_file()}")
    assert (the_only_one(capsys).port, the_only_one(capsys).baud) == (str(port), 115_200)


async def test_a_server_to_which_a_key_was_given_is_kept_with_it(
    backend: MemoryBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://127.0.0.1:1"
    async with opened(backend) as console:
        reach(console, Target("mill", url=url), KEY)
        await console.shows("Type a key")
        await console.press("2")
        await console.shows("The key for mill")
        await console.press(*KEY, "enter")
        await console.shows("Keep the key of mill in")
        await console.press("right", "enter")
        await console.shows("Keep this printer in your configuration")
        await console.press("right", "enter")
        await console.shows("A new printer")
        await console.press("enter")
        await console.says(f"is in {config_edit.user_file()}")
    kept = the_only_one(capsys)
    assert (kept.url, credentials.read(kept.key_file, "").key) == (url, KEY)


async def test_where_the_key_is_forgotten_the_printer_can_still_be_kept(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        reach(console, Target("mill", url="http://127.0.0.1:1"), KEY)
        await console.shows("Type a key")
        await console.press("2")
        await console.shows("The key for mill")
        await console.press(*KEY, "enter")
        await console.shows("Keep the key of mill in")
        await console.press("enter")
        await console.shows("Keep this printer in your configuration")
        await console.press("enter")
        assert config_file.load().printers == {}


def test_a_socket_of_this_machine_is_kept_as_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    given = dict.fromkeys(("baud", "nozzle_max", "bed_max", "key_file"), "")
    keep("service", {"where": "unix:/run/gbterm/ender/server.sock", **given}, new=True)
    assert the_only_one(capsys).url == "unix:/run/gbterm/ender/server.sock"


def test_the_key_of_a_printer_of_the_machine_is_kept_in_a_whole_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system, ca = tmp_path / "etc.toml", tmp_path / "ca.pem"
    ca.touch()
    system.write_text(f'[printer.attic]\nurl = "wss://127.0.0.1:1/ws"\ntls_ca = "{ca}"\n')
    monkeypatch.setattr(paths, "SYSTEM_CONFIG", system)
    attic = config_file.load().printers["attic"]
    target = Target("attic", url=attic.url, profile=attic, credentials=Credentials(KEY))
    kept = Opened(target, "gbterm").keeping_key()
    assert the_only_one(capsys) == replace(attic, key_file=str(kept.key_file))
    assert credentials.read(str(kept.key_file), "").key == KEY
