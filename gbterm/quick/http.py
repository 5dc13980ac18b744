"""Requests to an OctoPrint on one connection, without TLS."""

from __future__ import annotations

from _socket import AF_INET, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, socket
from time import monotonic

from gbterm.quick import PRINTER_ERROR, TIMED_OUT, UNREACHABLE, Beyond, Failed
from gbterm.quick.json_text import members, parse

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from typing import Any

HEAD_MAX, BODY_MAX = 65536, 1 << 20
TAKEN = (200, 201, 204)


class Http:
    """The server of a profile, which is given `answer_s` for everything once it is connected to.

    Its requests raise `Beyond` where nothing was done and the whole program may find out more, and
    `Failed` for all else, with the exit code that the whole program has for the same.
    """

    def __init__(
        self, connect_s: str, answer_s: str, host: str, port: str, prefix: str, key: str
    ) -> None:
        self._where = f"http://{host}:{port}{prefix}"
        self._prefix = prefix
        self._headers = f"Host: {host}:{port}\r\nX-Api-Key: {key}\r\n"
        self._is_open, self._has_answered, self._may_be_done = True, False, False
        self._socket = socket(AF_INET, SOCK_STREAM)
        self._socket.settimeout(float(connect_s))
        try:
            self._socket.connect((host, int(port)))
            self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        except TimeoutError as error:
            raise self._late(TIMED_OUT) from error
        except OSError as error:
            raise Beyond from error
        self._deadline = monotonic() + float(answer_s)

    def get(self, path: str) -> dict[str, Any]:
        """The members of the JSON that a GET is answered with."""
        status, body = self._answer("GET", path, "\r\n")
        try:
            if status == 200:
                return members(parse(body.decode()))
        except ValueError:
            pass
        raise self._refused(status)

    def post(self, path: str, body: str) -> None:
        """Returns once the server has taken it."""
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        before = self._may_be_done
        status, _ = self._answer("POST", path, more)
        if status not in TAKEN:
            if 300 <= status < 500:
                self._may_be_done = before
            raise self._refused(status)

    def _answer(self, method: str, path: str, more: str) -> tuple[int, bytes]:
        if not self._is_open:
            raise self._broken() if self._may_be_done else Beyond
        self._may_be_done = self._may_be_done or method == "POST"
        head = f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._headers}"
        try:
            self._socket.sendall((head + more).encode())
            answer = self._read()
        except TimeoutError as error:
            # One that never answers lets nobody log in either.
            raise self._late(TIMED_OUT if self._has_answered else UNREACHABLE) from error
        except (OSError, EOFError) as error:
            raise self._broken() from error
        except ValueError as error:
            raise (self._broken() if self._may_be_done else Beyond()) from error
        self._has_answered = True
        return answer

    def _late(self, code: int) -> Failed:
        return Failed(code, f"The server at {self._where} did not answer in time{self._look}.")

    def _broken(self) -> Failed:
        said = f"The connection to the server at {self._where} broke{self._look}."
        return Failed(UNREACHABLE, said)

    def _refused(self, status: int) -> Exception:
        if not self._may_be_done:
            return Beyond()
        said = f"The server at {self._where} failed (HTTP {status}){self._look}."
        return Failed(PRINTER_ERROR, said)

    @property
    def _look(self) -> str:
        return ": look whether it was done" if self._may_be_done else ""

    def _read(self) -> tuple[int, bytes]:
        """The status and the body. Raises ValueError for what is no answer of such a server."""
        held = b""
        while (end := held.find(b"\r\n\r\n")) < 0:
            held += self._more(len(held), HEAD_MAX)
        first, *fields = held[:end].decode("latin-1").split("\r\n")
        version, status, *_ = f"{first}  ".split(" ", 2)
        if version not in ("HTTP/1.1", "HTTP/1.0") or len(status) != 3 or not status.isdecimal():
            raise ValueError(first)
        code, body = int(status), held[end + 4 :]
        if code < 200:
            raise ValueError(first)
        headers = [field.lower().replace(" ", "") for field in fields]
        # What follows would not be the next answer.
        stays = version == "HTTP/1.1" and "connection:close" not in headers
        self._is_open = stays and code in (200, 204)
        if code != 200:
            return code, b""
        lengths = [field[15:] for field in headers if field.startswith("content-length:")]
        if len(lengths) != 1 or not lengths[0].isascii() or not lengths[0].isdigit():
            raise ValueError(first)
        length = int(lengths[0][:9])
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
