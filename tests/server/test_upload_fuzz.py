"""Uploads in any order, with any values: nothing breaks, nothing is left, and bytes are exact."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from gbterm.server.uploads import PIECE
from tests.server.running import Caller, Running

NAMES = st.one_of(
    st.sampled_from(
        [
            "a.gcode",
            "../../etc/passwd",
            "/",
            "..",
            "a\0b",
            "x" * 5000,
            "\x1b[2J",
            "\ud800",
            "日.gco",
        ]
    ),
    st.text(st.characters(exclude_categories=())),
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(["../../etc/passwd", "1e400", "7", "\ud800", "0" * 32, "%", "\0"]),
    st.lists(st.integers(), max_size=3),
)
PARTS = st.sampled_from(
    [b"G28\n", b"G1 X1\n", b"; \xff\xc3\n", b"\xc3", b"\xa9", b"\0", b"\r", b""]
)
CONTENT = st.lists(PARTS, max_size=12).map(b"".join)
METHODS = st.sampled_from(
    ["begin_upload", "append_upload", "finish_upload", "get_upload", "abort_upload"]
)
ANSWERS = {-32602, -32000, -32001, -32002}


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


class Failures(logging.Handler):
    """What the server's log says went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record))


class Uploading(RuleBasedStateMachine):
    """Several clients, and what each upload ought to hold."""

    uploads = Bundle("uploads")

    @initialize()
    def start(self) -> None:
        self.failures = Failures()
        logging.getLogger().addHandler(self.failures)
        self.runner = asyncio.Runner()
        self.running = Running()
        self.runner.run(self.running.__aenter__())
        self.clients: list[Caller] = [self.runner.run(self.running.tcp()) for _ in range(2)]
        self.turn = 0
        self.wanted: dict[str, bytes] = {}
        self.there: dict[str, int] = {}
        self.finished: dict[str, int] = {}

    def ask(self, method: str, params: Any) -> tuple[int, Any]:
        """The error's code, or 0 and the result; the clients take turns."""
        self.turn += 1
        client = self.clients[self.turn % len(self.clients)]
        answer = self.runner.run(client.ask(method, params))
        if "error" in answer:
            assert answer["error"]["code"] in ANSWERS, answer
            assert "Traceback" not in answer["error"]["message"]
            return int(answer["error"]["code"]), None
        return 0, answer["result"]

    @rule(target=uploads, name=NAMES, content=CONTENT)
    def begin(self, name: str, content: bytes) -> str:
        code, answer = self.ask("begin_upload", {"name": name, "size": len(content)})
        if code:
            assert code == -32602 or len(self.there) == 8
            return "none"
        upload = str(answer["upload"])
        assert upload not in self.wanted
        self.wanted[upload], self.there[upload] = content, 0
        return upload

    @rule(upload=uploads, share=st.floats(0, 1))
    def append_next(self, upload: str, share: float) -> None:
        start = self.there.get(upload, 0)
        rest = self.wanted.get(upload, b"")[start:]
        piece = rest[: round(len(rest) * share)]
        given = {"upload": upload, "offset": start, "data": text_of(piece)}
        code, answer = self.ask("append_upload", given)
        if upload not in self.there:
            assert code == -32001
            return
        self.there[upload] += len(piece)
        assert answer == {"offset": self.there[upload]}

    @rule(upload=uploads, offset=st.integers(-5, 80), data=st.binary(max_size=20))
    def append_elsewhere(self, upload: str, offset: int, data: bytes) -> None:
        if offset == self.there.get(upload) and data:
            return
        given = {"upload": upload, "offset": offset, "data": text_of(data)}
        code, answer = self.ask("append_upload", given)
        if upload in self.there and offset >= 0:
            assert answer == {"offset": self.there[upload]}
        else:
            assert code == (-32602 if offset < 0 else -32001)

    @rule(upload=uploads)
    def append_too_much(self, upload: str) -> None:
        given = {"upload": upload, "offset": self.there.get(upload, 0), "data": "x" * (PIECE + 1)}
        assert self.ask("append_upload", given)[0] == (-32602 if upload in self.there else -32001)

    @rule(upload=uploads)
    def get(self, upload: str) -> None:
        code, answer = self.ask("get_upload", {"upload": upload})
        size = len(self.wanted.get(upload, b""))
        offset = size if upload in self.finished else self.there.get(upload)
        if offset is None:
            assert code == -32001
        else:
            assert answer == {"offset": offset, "size": size, "piece": PIECE}

    @rule(upload=uploads, is_right=st.booleans())
    def finish(self, upload: str, is_right: bool) -> None:
        content = self.wanted.get(upload, b"")
        sha256 = hashlib.sha256(content).hexdigest() if is_right else "0" * 64
        code, record = self.ask("finish_upload", {"upload": upload, "sha256": sha256})
        if upload in self.finished:
            assert record["id"] == self.finished[upload]
        elif upload not in self.there:
            assert code == -32001
        elif self.there[upload] < len(content):
            assert code == -32602
        else:
            del self.there[upload]
            if not is_right or code:
                assert code == -32002
                return
            assert record["size"] == len(content)
            self.finished[upload] = record["id"]

    @rule(upload=uploads)
    def abort(self, upload: str) -> None:
        code, _ = self.ask("abort_upload", {"upload": upload})
        assert code == (0 if upload in self.there else -32001)
        self.there.pop(upload, None)

    @rule(
        method=METHODS,
        params=st.dictionaries(
            st.sampled_from(
                ["upload", "offset", "data", "size", "name", "sha256", "print_time_sec"]
            ),
            ODD,
        )
        | st.lists(ODD, max_size=4),
    )
    def nonsense(self, method: str, params: Any) -> None:
        _, answer = self.ask(method, params)
        if isinstance(answer, dict) and "upload" in answer:
            self.ask("abort_upload", [answer["upload"]])

    @rule()
    def reconnect(self) -> None:
        client = self.clients.pop(0)
        self.runner.run(client.connection.close())
        self.clients.append(self.runner.run(self.running.tcp()))

    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return
        try:
            self.runner.run(self._end())
        finally:
            self.runner.run(self.running.__aexit__())
            self.runner.close()
            logging.getLogger().removeHandler(self.failures)

    async def _end(self) -> None:
        kept = {record["id"] for record in await self._files()}
        assert kept == set(self.finished.values())
        for client in self.clients:
            await client.connection.close()
        self.running.stop.set()
        assert self.running.task is not None
        await self.running.task
        library = self.running.root / "library"
        payloads = {path.stem: path.read_bytes() for path in (library / "gcode").iterdir()}
        assert payloads == {upload: self.wanted[upload] for upload in self.finished}
        assert {path.name for path in library.iterdir()} <= {
            *("gcode", "counters", "library.lock", "library.sqlite"),
            *("library.sqlite-wal", "library.sqlite-shm"),
        }
        assert _names(self.running.root) <= {"library", "run", "keys.json"}
        assert self.failures.seen == []

    async def _files(self) -> list[dict[str, Any]]:
        files: list[dict[str, Any]] = (await self.clients[0].result("get_gcode_files"))[
            "gcode_files"
        ]
        return files


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


Uploading.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestUploading = Uploading.TestCase
