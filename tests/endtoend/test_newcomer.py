"""From nothing: no configuration, one printer that is plugged in, and back to it by `gbterm`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.house import House, wait_until
from tests.endtoend.screen import Screen

LOOPBACK = '[mdns]\ninterfaces = ["127.0.0.1"]\n'


@pytest.fixture
def screens(house: House) -> Iterator[list[Screen]]:
    """Those that are to be closed."""
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def config(house: House) -> Path:
    """The file that is written."""
    return house.root / "config/gbterm/config.toml"


def newcomer(house: House) -> None:
    """Nothing is configured but that nobody outside of this machine is asked."""
    config(house).parent.mkdir(parents=True)
    config(house).write_text(LOOPBACK)


def test_one_without_a_printer_is_told_what_to_do(house: House, screens: list[Screen]) -> None:
    newcomer(house)
    for size in ((80, 24), (40, 24)):
        screen = Screen(house, size=size)
        screens.append(screen)
        shown = " ".join(screen.wait_for("gbterm doctor").split())
        for words in ("none was found", "Plug a printer in by USB", "n adds one", "gbterm demo"):
            assert words in shown
        screen.keys("C-q")
        screen.wait_for("EXIT 0")


def plugged_in(house: House) -> tuple[str, ...]:
    """The board has a stable name, as udev gives one; what runs gbterm where it has."""
    links = house.root / "dev/serial/by-id"
    links.mkdir(parents=True)
    (links / "usb-Ender_3-if00").symlink_to(house.tty)
    return (sys.executable, str(Path(__file__).with_name("on_machine.py")), str(house.root / "dev"))


def test_a_newcomer_picks_a_port_keeps_it_leaves_and_comes_back(
    house: House, screens: list[Screen]
) -> None:
    newcomer(house)
    house.board()
    screen = Screen(house, before=plugged_in(house))
    screens.append(screen)
    screen.wait_for("No printer is chosen yet: Enter connects", "not opened")
    screen.keys("Enter")  # once: a second one would answer the question
    screen.wait_for("Keep this printer in your configuration")
    screen.keys("Right", "Enter")
    shown = screen.wait_for("Baud rate             115200")
    screen.keys("Enter")
    wait_until(lambda: "default" in config(house).read_text(), "the printer kept")
    screen.press_until(["C-q"], "EXIT 0")
    kept = tomllib.loads(config(house).read_text())
    name = kept["default"]
    assert kept["printer"] == {
        name: {"port": str(house.root / "dev/serial/by-id/usb-Ender_3-if00"), "baud": 115200}
    }
    assert name in shown
    assert house.plain("stop").returncode == 0
    again = Screen(house)
    screens.append(again)
    again.wait_for("READY", "F3 shows the files")
    assert house.plain("stop").returncode == 0


def test_enter_alone_keeps_nothing(house: House, screens: list[Screen]) -> None:
    newcomer(house)
    house.board()
    screen = Screen(house, before=plugged_in(house))
    screens.append(screen)
    screen.wait_for("No printer is chosen yet: Enter connects", "not opened")
    screen.keys("Enter")
    screen.wait_for("Keep this printer in your configuration")
    screen.keys("Enter")
    screen.wait_for("F3 shows the files")
    assert config(house).read_text() == LOOPBACK
    assert house.run("stop").returncode == 0


def test_without_a_screen_it_is_the_same_in_words(house: House, screens: list[Screen]) -> None:
    newcomer(house)
    house.board()
    screen = Screen(house, "--plain", before=plugged_in(house))
    screens.append(screen)
    screen.wait_for("not opened; port")
    port = str(house.root / "dev/serial/by-id/usb-Ender_3-if00")
    screen.type(f"connect {port}")
    screen.keys("Enter")
    screen.wait_for("Ready: nothing to do", "add_printer NAME", "baud=115")
    screen.type(f"add_printer ender {port} baud=115200")
    screen.keys("Enter")
    screen.wait_for("ender is in")
    screen.type("quit")
    screen.keys("Enter")
    screen.wait_for("EXIT 0")
    assert house.plain("status").stdout.startswith("READY\n")
    assert house.plain("stop").returncode == 0
