"""Which of udev's links to a serial port stays that board's: folders laid as udev and sysfs do."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.serial_names import stable_name


class Machine:
    """Its ports, their links and what sysfs says of them, below `root`."""

    def __init__(self, root: Path) -> None:
        self.dev, self.links, self.ttys = root / "dev", root / "serial", root / "tty"
        for folder in (self.dev, self.links / "by-id", self.links / "by-path", self.ttys):
            folder.mkdir(parents=True)

    def plug(self, tty: str, *, by_id: str, by_path: str, serial: str = "") -> str:
        """A USB adapter; the name of its port."""
        (self.dev / tty).touch()
        for folder, name in (("by-id", by_id), ("by-path", by_path)):
            link = self.links / folder / name
            link.unlink(missing_ok=True)  # the last one gets a name that several claim
            link.symlink_to(self.dev / tty)
        usb = self.ttys.parent / "devices" / by_path
        (usb / "1-1:1.0" / tty).mkdir(parents=True)
        for name, word in (("idVendor", "1a86"), ("idProduct", "7523"), ("serial", serial)):
            if word:
                (usb / name).write_text(word + "\n")
        (self.ttys / tty).mkdir()
        (self.ttys / tty / "device").symlink_to(usb / "1-1:1.0" / tty)
        return str(self.dev / tty)

    def name(self, port: str) -> str:
        """Its stable name, without the folders above."""
        return stable_name(port, self.links, self.ttys).removeprefix(f"{self.links}/")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_board_with_a_serial_number_of_its_own_is_known_by_it_in_any_socket(
    machine: Machine,
) -> None:
    one = machine.plug("ttyUSB0", by_id="usb-FTDI_A1", by_path="pci-usb-1", serial="A1")
    two = machine.plug("ttyUSB1", by_id="usb-FTDI_B2", by_path="pci-usb-2", serial="B2")
    assert [machine.name(port) for port in (one, two)] == ["by-id/usb-FTDI_A1", "by-id/usb-FTDI_B2"]


@pytest.mark.parametrize("serial", ["", "0001"])
def test_boards_that_say_the_same_of_themselves_are_known_by_their_sockets(
    machine: Machine, serial: str
) -> None:
    names = {"by_id": "usb-1a86_USB_Serial", "serial": serial}
    one = machine.plug("ttyUSB0", by_path="pci-usb-1", **names)
    two = machine.plug("ttyUSB1", by_path="pci-usb-2", **names)
    assert [machine.name(port) for port in (one, two)] == ["by-path/pci-usb-1", "by-path/pci-usb-2"]


def test_another_of_its_kind_may_come_so_a_board_without_a_number_is_known_by_its_socket(
    machine: Machine,
) -> None:
    port = machine.plug("ttyUSB0", by_id="usb-1a86_USB_Serial", by_path="pci-usb-1")
    assert machine.name(port) == "by-path/pci-usb-1"


def test_a_name_that_somebody_chose_is_left_to_them(machine: Machine) -> None:
    machine.plug("ttyUSB0", by_id="usb-FTDI_A1", by_path="pci-usb-1", serial="A1")
    chosen = machine.links / "by-path/pci-usb-1"
    assert machine.name(str(chosen)) == ""
    assert machine.name("socket://printer.local:23") == ""


def test_where_udev_lays_no_links_there_is_none(machine: Machine, tmp_path: Path) -> None:
    (machine.dev / "ttyS0").touch()
    assert machine.name(str(machine.dev / "ttyS0")) == ""
    assert stable_name(str(machine.dev / "ttyS0"), tmp_path / "absent", tmp_path / "absent") == ""
