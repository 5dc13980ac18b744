"""The printer process of a host of this machine, a line of JSON each way; see docs/wire.md."""

from __future__ import annotations

from _socket import AF_UNIX, SOCK_STREAM, socket
from time import monotonic

from gbterm.quick import PRINTER_ERROR, TIMED_OUT, UNREACHABLE, Beyond, Failed
from gbterm.quick.json_text import members, parse

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from typing import Any

LINE_MAX = 4 << 20
CODES = {"LinkError": UNREACHABLE, "CommandTimeout": TIMED_OUT, "PrinterError": PRINTER_ERROR}
"""How what a printer may have begun ends. What it refused, the whole program is told as well."""


class Line:
    """The printer behind `path`, which is given `answer_s`. Raises as `Http` does."""

    def __init__(self, answer_s: str, path: str) -> None:
        self._socket = socket(AF_UNIX, SOCK_STREAM)
        self._unread = b""
        self._deadline = monotonic() + float(answer_s)
        self._socket.settimeout(float(answer_s))
        try:
            self._socket.connect(path)
        except OSError as error:
            raise Beyond from error

    def call(self, method: str, params: str = "{}") -> Any:
        """The result of `method`; `params` are JSON."""
        request = f'{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {params}}}\n'
        try:
            self._socket.sendall(request.encode())
            answer = self._answer()
        except TimeoutError as error:
            raise self._lost(TIMED_OUT, "did not answer in time") from error
        except (OSError, EOFError, ValueError) as error:
            raise self._lost(UNREACHABLE, "broke off") from error
        if "error" not in answer:
            return answer.get("result")
        data = members(members(answer["error"]).get("data"))
        code = CODES.get(str(data.get("type")))
        if code is None:
            raise Beyond
        raise Failed(code, str(data.get("message"))[:4000])

    def _lost(self, code: int, what: str) -> Failed:
        return Failed(code, f"The printer's host {what}: look with gbterm status.")

    def _answer(self) -> dict[str, Any]:
        while True:
            while b"\n" not in self._unread:
                self._unread += self._more(len(self._unread))
            line, _, self._unread = self._unread.partition(b"\n")
            message = parse(line.decode())
            if isinstance(message, dict) and message.get("id") == 1:
                return message

    def _more(self, so_far: int) -> bytes:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        if so_far > LINE_MAX:
            raise ValueError(so_far)
        self._socket.settimeout(left)
        received = self._socket.recv(65536)
        if not received:
            raise EOFError
        return received
