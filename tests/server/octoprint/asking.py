"""Requests as OctoPrint's clients send them, written down from what they document."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from tests.endtoend.house import GENEROUS_S

EDGE = "------------------------d74496d66958873e"
END = f"--{EDGE}--\r\n".encode()
"""Of a form."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def error(self) -> str:
        return str(self.json["error"])


@dataclass
class Client:
    """One at `address`, HOST:PORT, with a key or none."""

    address: str
    key: str = ""
    tls: ssl.SSLContext | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, data: bytes | None = None, **headers: str) -> Answer:
        """One request, on a connection of its own."""
        connection: HTTPConnection
        if self.tls is not None:
            connection = HTTPSConnection(self.address, timeout=GENEROUS_S, context=self.tls)
        else:
            connection = HTTPConnection(self.address, timeout=GENEROUS_S)
        shown = {"X-Api-Key": self.key} if self.key else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, data, {**shown, **self.headers, **named})
            got = connection.getresponse()
            return Answer(got.status, dict(got.getheaders()), got.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON of a GET that is allowed."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json

    def post(self, path: str, /, **body: Any) -> Answer:
        """A POST of JSON."""
        return self.ask("POST", path, json.dumps(body).encode(), Content_Type="application/json")

    def done(self, path: str, /, **body: Any) -> None:
        """A POST of JSON that is obeyed."""
        answer = self.post(path, **body)
        assert answer.status == 204, answer

    def upload(self, name: str, content: str | bytes, **fields: str) -> Answer:
        """As PrusaSlicer and its kin send a file: the fields first, in the order given."""
        return self.send(fields_of(**fields) + file_of(name, content))

    def send(self, parts: bytes) -> Answer:
        """A form of these parts."""
        kind = f"multipart/form-data; boundary={EDGE}"
        return self.ask("POST", "/api/files/local", parts + END, Content_Type=kind)

    def until(self, path: str, what: Callable[[Any], object]) -> Any:
        """Ask until the answer is as expected."""
        deadline = time.monotonic() + GENEROUS_S
        while not what(told := self.get(path)):
            assert time.monotonic() < deadline, told
            time.sleep(0.05)
        return told


def path_of(file: dict[str, Any]) -> str:
    """Where the API has a file that it lists."""
    return urlsplit(str(file["refs"]["resource"])).path


def form_of(name: str, content: str | bytes, **fields: str) -> bytes:
    """A form as libcurl writes it."""
    return fields_of(**fields) + file_of(name, content) + END


def fields_of(**fields: str) -> bytes:
    """Parts of a form that are no files."""
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    return "".join(parts).encode()


def file_of(name: str, content: str | bytes) -> bytes:
    """The part of a form that is the file."""
    head = (
        f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + (content.encode() if isinstance(content, str) else content) + b"\r\n"
