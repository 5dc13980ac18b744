"""The file of the last lines to and from the board."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gbterm.backends.marlin.transcript import Entry, Transcript
from gbterm.host import traffic
from gbterm.host.traffic import FAULT_S, RING, Traffic
from tests.endtoend.house import wait_until


def write(path: Path, *lines: bytes) -> None:
    """As a printer process that lives as long as these lines take."""
    transcript = Transcript()
    ring = Traffic(path, transcript, lambda: 0.0)
    transcript.sent(lines, 0.0)
    ring.take()
    ring.close()


def texts(path: Path) -> list[str]:
    """The lines without their times."""
    return [line[24:] for line in traffic.read(path)]


def test_lines_come_back_in_order_with_their_times(tmp_path: Path) -> None:
    transcript = Transcript()
    ring = Traffic(tmp_path / "ring", transcript, lambda: 5.0)
    transcript.sent([b"N1 G28*18\n"], 1.0)
    transcript.heard(b"ok\x1b[31m \xff\n", 2.5)
    ring.take()
    ring.close()
    sent, heard = traffic.read(tmp_path / "ring")
    assert sent.endswith(" > N1 G28*18")
    assert heard.endswith(" < ok?[31m \ufffd")
    assert round(float(heard[17:23]) - float(sent[17:23]), 3) % 60 == 1.5


def test_a_process_goes_on_where_the_one_before_left_off(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "ring", b"G%d" % number, b"M%d" % number)
    assert texts(tmp_path / "ring") == ["> G0", "> M0", "> G1", "> M1", "> G2", "> M2"]


def test_the_ring_never_grows_and_holds_the_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    sent = []
    for turn in range(8):
        lines = [b"G1 X%d.%d" % (turn, n) + b" E1" * (n % 40) for n in range(1500)]
        sent += [f"> {line.decode()}" for line in lines]
        write(path, *lines)
        assert path.stat().st_size == RING
    held = texts(path)
    assert held == sent[-len(held) :]
    assert sum(map(len, held)) > RING // 2


def test_lines_that_came_too_quickly_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "ring", *(b"G%d" % n for n in range(10)))
    write(tmp_path / "ring", *(b"M%d" % n for n in range(2005)))
    assert texts(tmp_path / "ring")[-1] == "> M2004"
    assert "(5 lines came too quickly to be kept)" in traffic.read(tmp_path / "ring")


def test_passwords_are_not_in_the_file(tmp_path: Path) -> None:
    write(tmp_path / "ring", b'M587 S"home" P"hunter2"', b"M512 1234")
    assert b"hunter2" not in (tmp_path / "ring").read_bytes()
    assert b"1234" not in (tmp_path / "ring").read_bytes()


def test_what_is_no_ring_is_none(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    assert traffic.read(path) == []
    for content in (b"", b"\x1e" * 100, b"\x1e1 2 >\n" * 9, bytes(range(256)) * 9):
        path.write_bytes(content)
        assert traffic.read(path) == []
    write(path, b"G28")
    assert texts(path) == ["> G28"]
    torn = path.read_bytes()
    path.write_bytes(torn.replace(b"G28\n", b"G28"))
    assert traffic.read(path) == []


def test_a_folder_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    write(tmp_path / "gone" / "ring", b"G28")
    assert traffic.read(tmp_path / "gone" / "ring") == []


class Slow(Transcript):
    """Lets the thread that writes go on in the middle of being read."""

    def last(self, most: int) -> list[Entry]:
        threading.Event().wait(0.05)
        return super().last(most)


@pytest.mark.parametrize("kind", [Transcript, Slow])
def test_what_a_fault_leaves_outlives_what_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Transcript]
) -> None:
    monkeypatch.setattr(traffic, "WRITE_EVERY_S", 0.001)
    transcript, now, path = kind(), [0.0], tmp_path / "ring"
    ring = Traffic(path, transcript, lambda: now[0])

    def heard(text: str, at: float, *, is_faulty: bool) -> None:
        now[0] = at
        transcript.heard(text.encode() + b"\n", at)
        ring.take(is_faulty=is_faulty)

    heard("T:21", 0.0, is_faulty=False)
    heard("Error:it broke", 10.0, is_faulty=True)
    heard("echo:halted", 10.0 + FAULT_S, is_faulty=True)
    wait_until(traffic.of_fault(path).exists, "it is kept")
    heard("T:22", 1000.0, is_faulty=True)
    heard("T:23", 2000.0, is_faulty=False)
    ring.close()
    assert texts(traffic.of_fault(path)) == ["< T:21", "< Error:it broke", "< echo:halted"]
    assert texts(path)[-2:] == ["< T:22", "< T:23"]
    assert sorted(tmp_path.iterdir()) == [path, traffic.of_fault(path)]
