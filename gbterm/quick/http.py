"""Requests to an OctoPrint on one connection, without TLS."""

from __future__ import annotations

from _socket import AF_INET, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, socket
from time import monotonic

from gbterm.quick import Beyond, Failed

CONNECT_S = 8.0
ANSWER_S = 30.0
HEAD_MAX, BODY_MAX = 65536, 1 << 20
TIMED_OUT, PRINTER_ERROR = 6, 7


class Http:
    """The server of a profile.

    Its requests raise `Beyond` for what was not done, and `Failed` for what may have been.
    """

    def __init__(self, host: str, port: str, prefix: str, key: str) -> None:
        self._who = f"The server at http://{host}:{port}{prefix}"
        self._prefix = prefix
        self._headers = f"Host: {host}:{port}\r\nX-Api-Key: {key}\r\n"
        self._deadline = monotonic() + CONNECT_S + ANSWER_S
        self._socket = socket(AF_INET, SOCK_STREAM)
        self._socket.settimeout(CONNECT_S)
        try:
            self._socket.connect((host, int(port)))
            self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        except OSError as error:
            raise Beyond from error

    def get(self, path: str) -> str:
        """The body that a GET is answered with."""
        status, body = self._answer("GET", path, "")
        if status != 200:
            raise Beyond
        try:
            return body.decode()
        except ValueError as error:
            raise Beyond from error

    def post(self, path: str, body: str) -> None:
        """Returns once the server has taken it."""
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        status, _ = self._answer("POST", path, more)
        if status in (200, 201, 204):
            return
        if 300 <= status < 500:
            raise Beyond
        raise Failed(
            PRINTER_ERROR, f"{self._who} failed (HTTP {status}): look whether it was done."
        )

    def _answer(self, method: str, path: str, more: str) -> tuple[int, bytes]:
        head = f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._headers}"
        try:
            self._socket.sendall((head + (more or "\r\n")).encode())
            return self._read()
        except (OSError, EOFError) as error:
            raise Failed(
                TIMED_OUT, f"{self._who} did not answer: look whether it was done."
            ) from error
        except ValueError as error:
            if method == "GET":
                raise Beyond from error
            raise Failed(
                PRINTER_ERROR, f"{self._who} gave no readable answer: look whether it was done."
            ) from error

    def _read(self) -> tuple[int, bytes]:
        """The status and the body. Raises ValueError for what is no answer of such a server."""
        held = b""
        while (end := held.find(b"\r\n\r\n")) < 0:
            held += self._more(len(held), HEAD_MAX)
        first, *fields = held[:end].decode("latin-1").split("\r\n")
        version, status, *_ = f"{first}  ".split(" ", 2)
        if version not in ("HTTP/1.1", "HTTP/1.0") or len(status) != 3 or not status.isdecimal():
            raise ValueError(first)
        code = int(status)
        if code != 200:
            return code, b""
        lengths = [
            field.partition(":")[2].strip()
            for field in fields
            if field[:15].lower() == "content-length:"
        ]
        if len(lengths) != 1 or not lengths[0].isascii() or not lengths[0].isdigit():
            raise ValueError(first)
        length = int(lengths[0][:9])
        body = held[end + 4 :]
        while len(body) < length:
            body += self._more(len(body), BODY_MAX)
        return code, body[:length]

    def _more(self, so_far: int, most: int) -> bytes:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        if so_far > most:
            raise ValueError(so_far)
        self._socket.settimeout(left)
        received = self._socket.recv(65536)
        if not received:
            raise EOFError
        return received
