"""Reading a file: what reaches the wire, and from where reading can go on."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.errors import FileRefused
from gbterm.gcode.lines import LONGEST_LINE, command_text, read_commands
from tests.independent_gcode import canonical, commands_of_file

DATA = Path(__file__).parent.parent / "data" / "gcode"


def texts(data: bytes) -> list[str]:
    return [command.text for command in read_commands(io.BytesIO(data))]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"G1 X1 ; to the right", b"G1 X1"),
        (b"  G1  X1\t\r\n", b"G1  X1"),
        (b"; nothing", b""),
        (b"   ", b""),
        (b"G1 X1 (move) Y2", b"G1 X1  Y2"),
        (b"(a comment)", b""),
        (b"G1 X1 (open E5", b"G1 X1 (open E5"),
        (b"G1 (a;b) X1", b"G1 (a"),
        (b"M117 Layer (2/10)", b"M117 Layer (2/10)"),
        (b"M117 5*3", b"M117 5*3"),
        (b'M117 "a;b" ; c', b'M117 "a;b"'),
        (b'M117 5" nozzle ; cold', b'M117 5" nozzle'),
        (b'M117 5" nozzle ; or 3" bed', b'M117 5" nozzle ; or 3" bed'),
        (b"N5 G1 X1*97", b"G1 X1"),
        (b"N5G1X1 *97 ", b"G1X1"),
        (b"N7 M117 hello*33", b"M117 hello"),
        (b"N-1 M110 N-1*125", b"M110 N-1"),
        (b"N12", b""),
        (b"M105*121", b"M105"),
        (b"Nxx M105*12", b"Nxx M105*12"),
        (b"\xef\xbb\xbfG28", b"G28"),
        (b"M117 \xe9\xff", b"M117 \xe9\xff"),
    ],
)
def test_what_is_sent_of_a_line(raw: bytes, text: bytes) -> None:
    assert command_text(raw) == text


def test_lines_and_commands_are_counted() -> None:
    commands = list(read_commands(io.BytesIO(b"; head\r\n\r\nG28 ; home\r\nG1 X1\rG1 X2\nG1 X3")))
    assert [(c.text, c.number, c.line, c.end) for c in commands] == [
        ("G28", 1, 3, 22),
        ("G1 X1", 2, 4, 28),
        ("G1 X2", 3, 5, 34),
        ("G1 X3", 4, 6, 39),
    ]


def test_bytes_that_are_no_utf8_survive() -> None:
    (command,) = read_commands(io.BytesIO(b"M117 K\xe4se\n"))
    assert command.data == b"M117 K\xe4se"


@given(
    st.lists(st.sampled_from(["G1 X1", "; c", "", "M105 ; t", "\ufeffG28", "N3 G1*5"])), st.data()
)
def test_reading_goes_on_anywhere(lines: list[str], data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines).encode()
    whole = list(read_commands(io.BytesIO(content)))
    for command in whole:
        file = io.BytesIO(content)
        file.seek(command.end)
        rest = read_commands(file, offset=command.end, number=command.number, line=command.line)
        assert list(rest) == whole[command.number :]


@given(st.binary(max_size=300), st.integers(1, 7))
def test_the_pieces_it_comes_in_do_not_matter(content: bytes, size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(size)

    assert list(read_commands(Slow(content))) == list(read_commands(io.BytesIO(content)))


def test_a_line_of_megabytes_is_refused_without_reading_on() -> None:
    file = io.BytesIO(b"G28\n" + b"x" * (20 * LONGEST_LINE))
    with pytest.raises(FileRefused, match="Line 2 "):
        list(read_commands(file))
    assert file.tell() < 2 * LONGEST_LINE


@pytest.mark.parametrize("name", ["box.gcode", "bunny.gcode.gz", "cone-cura.gcode.gz"])
def test_real_files_mean_the_same_to_another_parser(name: str) -> None:
    path = DATA / name
    content = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    ours = [canonical(text) for text in texts(content)]
    assert ours == list(commands_of_file(path))
    assert len(ours) > 2000
