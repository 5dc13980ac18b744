"""Large frames cut: for a parser, the same messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, Protocol, Side

from gbterm.server.frames import PIECE, Cutter

REQUEST = b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n"
MOST = 10 * PIECE
SIZES = (0, 1, 125, 126, 65535, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7)


def read(sent: bytes) -> tuple[list[bytes], list[Event], Protocol]:
    """The messages in `sent` as websockets reads them, and all frames."""
    protocol = Protocol(Side.SERVER, max_size=MOST)
    protocol.receive_data(sent)
    frames = protocol.events_received()
    messages: list[bytes] = []
    whole = bytearray()
    for frame in frames:
        assert isinstance(frame, Frame)
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            whole += frame.data
            if frame.fin:
                messages.append(bytes(whole))
                whole.clear()
    return messages, frames, protocol


def cut(sent: bytes, at: list[int]) -> bytes:
    """All that comes after the request, where it arrives in parts that end `at`."""
    cutter, whole, ends = Cutter(), REQUEST + sent, sorted({*at})
    parts = [whole[start:end] for start, end in zip([0, *ends], [*ends, None], strict=True)]
    out = b"".join(cutter.cut(part, MOST) for part in parts)
    assert out.startswith(REQUEST)
    return out[len(REQUEST) :]


@given(st.lists(st.sampled_from(SIZES), max_size=4), st.data())
def test_the_same_messages_come_in_smaller_frames(sizes: list[int], data: st.DataObject) -> None:
    messages = [bytes(range(256)) * (size // 256) + bytes(size % 256) for size in sizes]
    sent = b"".join(
        Frame(Opcode.TEXT, message).serialize(mask=True)
        + Frame(Opcode.PING, b"?").serialize(mask=True)
        for message in messages
    )
    at = data.draw(st.lists(st.integers(1, len(REQUEST + sent)), max_size=8))
    told, frames, _ = read(cut(sent, at))
    assert told == messages
    assert (
        max((len(frame.data) for frame in frames if isinstance(frame, Frame)), default=0) <= PIECE
    )


def test_a_message_of_fragments_stays_one() -> None:
    part = b"x" * (2 * PIECE + 1)
    sent = b"".join(
        Frame(opcode, part, fin).serialize(mask=True)
        for opcode, fin in ((Opcode.TEXT, False), (Opcode.CONT, False), (Opcode.CONT, True))
    )
    assert read(cut(sent, []))[0] == [3 * part]


def test_a_frame_that_is_too_large_is_refused_by_its_header() -> None:
    header = Frame(Opcode.TEXT, bytes(MOST + 1)).serialize(mask=True)[:14]
    *_, protocol = read(cut(header, []))
    assert protocol.close_sent is not None
    assert protocol.close_sent.code == 1009


@given(st.binary(max_size=300), st.lists(st.integers(1, 200), max_size=5))
def test_whatever_is_sent_comes_out(noise: bytes, at: list[int]) -> None:
    assert len(cut(noise, at)) <= len(noise)
