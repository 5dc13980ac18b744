"""JSON-RPC 2.0 messages without I/O: requests, answers, errors and OpenGB's events."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from gbterm import errors
from gbterm.text import scrub

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603

LINE_MAX = 1 << 20
"""Bytes of a message to a printer process; a longer one would end the connection."""

SAID_MAX = 4000
"""Characters that are shown of an error."""
STRUCTURE_MAX = 1 << 20
"""Values of one message: to read more takes seconds, and memory many times the message's."""

_CODES: dict[type[errors.GbtermError], int] = {
    errors.OutOfRange: INVALID_PARAMS,
    errors.FileRefused: -32002,
    errors.UsageError: INVALID_PARAMS,
    errors.WrongState: -32000,
    errors.NoSuchFile: -32001,
    errors.PrinterError: -32003,
    errors.NeedsConfirmation: -32004,
    errors.NotSupported: -32005,
    errors.LinkError: -32006,
    errors.CommandTimeout: -32007,
    errors.AuthenticationRefused: -32008,
}
_TYPES: dict[str, type[errors.GbtermError]] = {kind.__name__: kind for kind in _CODES}


class RpcError(Exception):
    """An error of the protocol itself, with its JSON-RPC code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def no_method(name: str) -> RpcError:
    """The error for a method that isn't there."""
    known = "get_capabilities lists those there are"
    return RpcError(METHOD_NOT_FOUND, f"There is no method {scrub(name, 40)}: {known}.")


def no_json() -> RpcError:
    """The error for a message that can't be read."""
    return RpcError(PARSE_ERROR, "The message is no JSON: send a request as an object.")


@dataclass(frozen=True, slots=True)
class Request:
    """A call; a notification has `is_notification` and wants no answer."""

    method: str
    params: dict[str, Any] | list[Any]
    id: Any = None
    is_notification: bool = False


def parse(text: str | bytes) -> Any:
    """The JSON value in `text`. Raises RpcError(PARSE_ERROR)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise no_json() from error


def is_too_much(text: str | bytes | bytearray) -> bool:
    """Whether `text` holds more values than anybody sends who means no harm."""
    if isinstance(text, str):
        return sum(map(text.count, (",", "[", "{"))) > STRUCTURE_MAX
    return sum(map(text.count, (b",", b"[", b"{"))) > STRUCTURE_MAX


def request(value: Any) -> Request:
    """`value` as a call. Raises RpcError(INVALID_REQUEST)."""
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'A request must be an object with "jsonrpc": "2.0".')
    method, params, id = value.get("method"), value.get("params"), value.get("id")
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "The request names no method.")
    if params is None:
        params = {}
    if not isinstance(params, dict | list):
        raise RpcError(INVALID_REQUEST, "params must be an object or an array.")
    if id is not None and (isinstance(id, bool) or not isinstance(id, int | str | float)):
        raise RpcError(INVALID_REQUEST, "id must be a number, a string or null.")
    if isinstance(id, float) and not math.isfinite(id):
        # Its answer would be no JSON.
        raise RpcError(INVALID_REQUEST, "id must be a finite number.")
    return Request(method, params, id, "id" not in value)


def result(id: Any, value: Any) -> str:
    """The answer to call `id`."""
    return json.dumps({"jsonrpc": "2.0", "id": id, "result": value})


def error(id: Any, exception: Exception) -> str:
    """The answer to call `id` that failed; the class of `exception` decides its code."""
    code = INTERNAL_ERROR
    if isinstance(exception, RpcError):
        code = exception.code
    for kind in type(exception).__mro__:
        if kind in _CODES:
            code = _CODES[kind]
            break
    known = isinstance(exception, errors.GbtermError | RpcError)
    text = str(exception) if known else "gbterm failed inside; its log says why."
    data = {"type": type(exception).__name__ if known else "InternalError", "message": text}
    body = {"code": code, "message": text, "data": data}
    return json.dumps({"jsonrpc": "2.0", "id": id, "error": body})


def exception(body: Any) -> errors.GbtermError:
    """The typed error that an answer's `error` member stands for."""
    if not isinstance(body, dict):
        return errors.PrinterError("The server answered with an error that can't be read.")
    data = body.get("data")
    data = data if isinstance(data, dict) else {}
    text = str(data.get("message") or body.get("message") or "The server refused.")[:SAID_MAX]
    kind = _TYPES.get(str(data.get("type")))
    if kind is None:
        codes = {str(code): cls for cls, code in reversed(_CODES.items())}
        kind = codes.get(str(body.get("code")), errors.PrinterError)
    return kind(text)


def call(id: int, method: str, params: dict[str, Any]) -> str:
    """A request."""
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})


def event(name: str, params: Any, seq: int | None = None) -> str:
    """An OpenGB event; extension events carry their sequence number."""
    body = {"jsonrpc": "2.0", "event": name, "params": params}
    return json.dumps(body if seq is None else {**body, "seq": seq})
