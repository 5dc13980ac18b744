"""What the printer asks, as OctoPrint's plugin `action_command_prompt` has it."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from gbterm.errors import UsageError, WrongState
from gbterm.octoprint_requests import PROMPT
from gbterm.server.octoprint.api import Api, body, command, require_operate


def routes(api: Api) -> web.RouteTableDef:
    """The question that is open, and the answer to it."""
    table = web.RouteTableDef()

    @table.get(PROMPT)
    async def asked(request: web.Request) -> web.Response:
        # As with OctoPrint, who may not answer isn't told what is asked.
        require_operate(request, "see questions")
        prompt = api.state.prompt
        told = {} if prompt is None else {"text": prompt.text, "choices": list(prompt.choices)}
        return web.json_response(told)

    @table.post(PROMPT)
    async def answer(request: web.Request) -> web.Response:
        said, prompt = await body(request), api.state.prompt
        command(said, "select")
        choice = said.get("choice")
        if prompt is None:
            raise WrongState("The printer asks nothing now.")
        # A question without choices, as M0's, is answered by the first.
        most = max(len(prompt.choices), 1)
        if not isinstance(choice, int) or isinstance(choice, bool) or not 0 <= choice < most:
            raise UsageError(f"The choice must be a number from 0 to {most - 1}.")
        await api.call(request, "answer_prompt", choice=choice)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    return table
