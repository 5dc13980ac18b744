"""What a request is told that can't be done."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from aiohttp import hdrs, web

from gbterm import errors
from gbterm.errors import GbtermError

_STATUS: dict[type[GbtermError], HTTPStatus] = {
    errors.AuthenticationRefused: HTTPStatus.FORBIDDEN,
    errors.NoSuchFile: HTTPStatus.NOT_FOUND,
    errors.WrongState: HTTPStatus.CONFLICT,
    errors.NeedsConfirmation: HTTPStatus.CONFLICT,
    errors.NotSupported: HTTPStatus.CONFLICT,
    errors.LinkError: HTTPStatus.CONFLICT,
    errors.PrinterError: HTTPStatus.CONFLICT,
    errors.CommandTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    errors.FileRefused: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.UsageError: HTTPStatus.BAD_REQUEST,
    errors.OutOfRange: HTTPStatus.BAD_REQUEST,
}
"""The more special error first. What the printer's state does not allow is OctoPrint's conflict."""


def said(
    status: HTTPStatus, sentence: str, headers: Iterable[tuple[str, str]] = ()
) -> web.Response:
    """An answer that something can't be done, in OctoPrint's shape."""
    kept = [(name, value) for name, value in headers if name == hdrs.ALLOW]
    return web.json_response({"error": sentence}, status=status, headers=kept)


def refusal(error: GbtermError) -> web.Response:
    """The same, for one of `errors`."""
    return said(status_of(error), str(error))


def status_of(error: GbtermError) -> HTTPStatus:
    """By which status an error is told."""
    kinds = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    return next(kinds, HTTPStatus.INTERNAL_SERVER_ERROR)
