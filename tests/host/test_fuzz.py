"""Whatever comes over the printer process's own socket: it lives, answers, and prints on."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.endtoend.house import House, built, wait_until
from tests.server.test_fuzz import ENDINGS, INTERNAL, NASTY, WORDS

FRAMES, SEED = 300, 4711
LINES = "".join(f"M117 {number}\n" for number in range(3000))
ENDS = (
    *(*ENDINGS, "cancel_print", "pause_print", "reset_board", "connect", "send_gcode"),
    "filament_swap_begin",
)
"""What a client may do to a print on purpose."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with built() as house:
        house.board(speed=60)
        house.serve()
        yield house


def methods(house: House) -> list[str]:
    listed = house.ask("get_capabilities")
    known = listed["result"]["methods"] if "result" in listed else []
    return [name for name in (*known, "get_snapshot", "hello", "resume_job") if name not in ENDS]


def value(chance: random.Random, depth: int = 0) -> object:
    """Any JSON value."""
    kind = chance.randrange(8 if depth < 3 else 6)
    if kind == 6:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {chance.choice(WORDS): value(chance, depth + 1) for _ in range(chance.randrange(4))}
    scalars = (None, True, chance.randint(-5, 300), chance.random() * 1e9, 10**400)
    return (*scalars, chance.choice(NASTY))[kind]


def frame(chance: random.Random, known: list[str]) -> bytes:
    """A line that may be a call, or nearly one, or nothing of the kind."""
    params = (
        value(chance)
        if chance.random() < 0.3
        else {chance.choice(WORDS): value(chance) for _ in range(chance.randrange(4))}
    )
    call = {"jsonrpc": "2.0", "id": value(chance), "method": chance.choice(known), "params": params}
    match chance.randrange(6):
        case 0:
            return chance.randbytes(chance.randrange(200))
        case 1:
            return json.dumps(value(chance)).encode()
        case 2:
            return b"[" * chance.randrange(1, 100_000)
        case 3:
            call.pop(chance.choice(list(call)))
    text = json.dumps(call).encode()
    return text[: chance.randrange(len(text))] if chance.random() < 0.2 else text


def test_no_line_ends_it_or_the_print(house: House, tmp_path: Path) -> None:
    (file := tmp_path / "a.gcode").write_text(LINES)
    house.print_file(file)
    house.wait_for_line(10)
    chance, printer, known = random.Random(SEED), house.pid("printer"), methods(house)
    for _ in range(FRAMES // 10):
        with socket.socket(socket.AF_UNIX) as client, suppress(BrokenPipeError, ConnectionError):
            client.settimeout(90)
            client.connect(str(house.run_dir / "printer.sock"))
            client.sendall(b"\n".join(frame(chance, known) for _ in range(10)))
            if chance.random() < 0.5:
                continue  # gone in the middle of a line, with all answers unread
            client.shutdown(socket.SHUT_WR)
            answers = b"".join(iter(lambda: client.recv(1 << 16), b""))
            for line in answers.splitlines():
                answer = json.loads(line)
                assert answer.get("error", {}).get("code") != INTERNAL, answer
    assert house.pid("printer") == printer
    assert house.run("waitend").returncode == 0
    house.assert_printed(file)
    assert "Traceback" not in (house.run_dir / "printer.log").read_text()


def test_a_line_without_an_end_ends_its_connection_alone(house: House) -> None:
    printer = house.pid("printer")
    with socket.socket(socket.AF_UNIX) as client, suppress(BrokenPipeError, ConnectionError):
        client.settimeout(90)
        client.connect(str(house.run_dir / "printer.sock"))
        while True:
            client.sendall(b"x" * (1 << 20))
    wait_until(lambda: house.ask("get_snapshot")["result"], "an answer")
    assert house.pid("printer") == printer
