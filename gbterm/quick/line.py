"""The printer process of a host of this machine, a line of JSON each way; see docs/wire.md."""

from __future__ import annotations

from _socket import AF_UNIX, SOCK_STREAM, socket
from time import monotonic

from gbterm.quick import Beyond, Failed
from gbterm.quick.json_text import parse

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from typing import Any

ANSWER_S = 10.0
LINE_MAX = 4 << 20
TIMED_OUT, PRINTER_ERROR = 6, 7
CODES = {"LinkError": 4, "CommandTimeout": TIMED_OUT, "PrinterError": PRINTER_ERROR}
"""How what a printer may have begun ends. What it refused, the whole program is told as well."""


class Line:
    """The printer behind `path`. Raises as `Http` does."""

    def __init__(self, path: str) -> None:
        self._socket = socket(AF_UNIX, SOCK_STREAM)
        self._deadline = monotonic() + ANSWER_S
        self._socket.settimeout(ANSWER_S)
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
        except (OSError, EOFError, ValueError) as error:
            raise Failed(
                TIMED_OUT, "The printer's host did not answer: look with gbterm status."
            ) from error
        if "error" not in answer:
            return answer.get("result")
        told = answer["error"] if isinstance(answer["error"], dict) else {}
        data = told["data"] if isinstance(told.get("data"), dict) else {}
        code = CODES.get(str(data.get("type")))
        if code is None:
            raise Beyond
        raise Failed(code, str(data.get("message"))[:4000])

    def _answer(self) -> dict[str, Any]:
        held = b""
        while True:
            while b"\n" not in held:
                held += self._more(len(held))
            line, _, held = held.partition(b"\n")
            message = parse(line.decode())
            if isinstance(message, dict) and message.get("id") == 1:
                return message

    def _more(self, so_far: int) -> bytes:
        left = self._deadline - monotonic()
        if left <= 0 or so_far > LINE_MAX:
            raise TimeoutError
        self._socket.settimeout(left)
        received = self._socket.recv(65536)
        if not received:
            raise EOFError
        return received
