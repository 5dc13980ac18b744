"""The quick path: a local printer process asked over its socket, a line of JSON each way.

Blocking and without asyncio, because a one-shot command should be as quick as a shell script.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from gbterm import jsonrpc, trace, wire
from gbterm.cli.target import Target
from gbterm.errors import CommandTimeout, GbtermError, LinkError, NotSupported, PrinterError
from gbterm.freshness import Known

ANSWER_WITHIN_S = 10.0
LINE_MAX = 4 * 1024 * 1024


class PrinterSocket:
    """A connection to the `RUN/printer.sock` of a local host, for a `with`; see docs/wire.md.

    Raises LinkError where nobody answers there, CommandTimeout where an answer takes longer than
    `timeout_s`, and what the answer itself says.
    """

    def __init__(self, target: Target, timeout_s: float = ANSWER_WITHIN_S) -> None:
        self.target, self._name, self._timeout_s = target, target.name, timeout_s
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._unread = b""
        self._calls = 0

    def __enter__(self) -> PrinterSocket:
        self._socket.settimeout(self._timeout_s)
        try:
            self._socket.connect(str(self.target.printer_socket))
        except OSError as error:
            self._socket.close()
            raise self.target.unreachable(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def call(self, method: str, **params: Any) -> Any:
        """The result of `method`."""
        self._calls += 1
        deadline = time.monotonic() + self._timeout_s
        trace.asked(method, params or None)
        try:
            self._socket.settimeout(self._timeout_s)
            self._socket.sendall(jsonrpc.call(self._calls, method, params).encode() + b"\n")
            while (answer := self._message(deadline)).get("id") != self._calls:
                pass
        except TimeoutError as error:
            raise CommandTimeout(
                f"The host of {self._name} did not answer within {self._timeout_s:g} s."
            ) from error
        except OSError as error:
            raise self._lost() from error
        trace.answered(method, answer.get("error") or answer.get("result"))
        if "error" not in answer:
            return answer.get("result")
        body = answer["error"]
        if isinstance(body, dict) and body.get("code") == jsonrpc.METHOD_NOT_FOUND:
            raise NotSupported(f"The host of {self._name} is too old or too new: no {method}.")
        raise jsonrpc.exception(body)

    def look(self) -> Known:
        """Everything that the printer process knows of the printer."""
        snapshot = self.call("get_snapshot")
        try:
            return wire.from_json(Known, snapshot)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PrinterError(
                f"The host of {self._name} sent a state that can't be read."
            ) from error

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            received = self._socket.recv(65536)
            if not received or len(self._unread) > LINE_MAX:
                raise self._lost()
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        try:
            message = jsonrpc.parse(line)
        except jsonrpc.RpcError as error:
            raise self._lost() from error
        return message if isinstance(message, dict) else {}

    def _lost(self) -> LinkError:
        return LinkError(f"The host of {self._name} broke off; look with gbterm status.")


def is_printing(target: Target) -> bool:
    """Whether its host prints a file, or checks one for that; False where nobody knows."""
    try:
        with PrinterSocket(target) as printer:
            return printer.look().state.has_print
    except GbtermError:
        return False
