"""The API as an application of aiohttp: its routes, and the answers to what can't be done."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import hdrs, web

from gbterm import jsonrpc
from gbterm.errors import FileRefused, GbtermError
from gbterm.octoprint_requests import BED, CHAMBER, COMMAND, HEAD, JOB, PROMPT, TOOL
from gbterm.server.octoprint import (
    about,
    commands,
    connection,
    files,
    heaters,
    job,
    printer,
    prompts,
    uploading,
)
from gbterm.server.octoprint.answers import refusal, said
from gbterm.server.octoprint.api import BODY_MAX, CLIENT, Api, require_operate
from gbterm.server.octoprint.connection import CONNECTION
from gbterm.server.octoprint.push import PATH, Push
from gbterm.server.octoprint.sessions import Sessions
from gbterm.server.octoprint.visitors import Visitors, require

_log = logging.getLogger(__name__)

DRIVING = frozenset({CONNECTION, JOB, HEAD, COMMAND, TOOL, BED, CHAMBER, PROMPT})
"""Paths whose every POST does something to the printer."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(api: Api, visitors: Visitors, sessions: Sessions, push: Push) -> web.Application:
    """Serves `api` and `push` to those whom `visitors` admits."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            request[CLIENT] = client = await visitors.admit(request)
            if request.path != PATH:  # there, a message says who one is
                require(client)
            if request.method == hdrs.METH_POST and request.path in DRIVING:
                # Ahead of what it makes of the request, which tells how the printer is.
                require_operate(request, "drive the printer")
            _refuse_packed(request)
            await _go_on(request)
            return await handler(request)
        except GbtermError as error:
            return refusal(error)
        except jsonrpc.RpcError as error:
            return said(HTTPStatus.BAD_REQUEST, str(error))
        except TimeoutError:
            return said(HTTPStatus.REQUEST_TIMEOUT, "The request did not go on.")
        except web.HTTPException as error:
            return said(HTTPStatus(error.status), f"{error.reason}.", error.headers.items())
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - the others go on
            _log.exception("%s %s failed", request.method, request.match_info.route.name)
            return said(HTTPStatus.INTERNAL_SERVER_ERROR, "gbterm failed inside; its log says why.")

    made = web.Application(middlewares=[answer], client_max_size=BODY_MAX)
    rooms = (commands, connection, files, heaters, job, printer, prompts, uploading)
    tables = (about.routes(api, sessions), push.routes(), *(room.routes(api) for room in rooms))
    for route in itertools.chain.from_iterable(tables):
        assert isinstance(route, web.RouteDef)
        made.router.add_route(route.method, route.path, route.handler, expect_handler=_not_yet)
    return made


async def _not_yet(_: web.Request) -> None:
    """Who asks whether to send the body is told so only once it is known who that is."""


def _refuse_packed(request: web.Request) -> None:
    """Raise `FileRefused`: a kilobyte may hold a gibibyte, so nothing packed is unpacked."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise FileRefused("A packed body is not taken: send it without Content-Encoding.")


async def _go_on(request: web.Request) -> None:
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
