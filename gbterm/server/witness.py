"""Who asked for what: an entry for the audit of each call that changes something."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from gbterm import jsonrpc
from gbterm.audit import DONE, REFUSED, AuditEntry, of_job, outcome, sentence, shortened
from gbterm.jobs import Job
from gbterm.server.client import Client
from gbterm.server.keys import Scope
from gbterm.server.scopes import SCOPES
from gbterm.server.table import Table

STEPS = ("begin_upload", "append_upload", "get_upload")
"""They put nothing into the library yet; `finish_upload` does."""
_CHANGING = (Scope.OPERATE, Scope.FILES, Scope.ADMIN)
READING = ("get_audit",)
_ADDS, _OF_FILES = ("finish_upload", "put_gcode_file"), ("id", "name", "size")

Serve = Callable[[Client, jsonrpc.Request], Awaitable[Any]]


def changes(method: str) -> bool:
    """Whether a call of `method` is worth an entry."""
    return SCOPES.get(method) in _CHANGING and method not in (*STEPS, *READING)


class Witness:
    """Tells `note` of calls; `job` is the print under way, `table` has the methods."""

    def __init__(
        self, note: Callable[[AuditEntry], None], job: Callable[[], Job | None], table: Table
    ) -> None:
        self._note, self._job, self._table = note, job, table

    async def call(self, client: Client, request: jsonrpc.Request, serve: Serve) -> Any:
        """What `serve` gives for the call, or raises."""
        if not changes(request.method):
            return await serve(client, request)
        at, result, error = time.time(), None, None
        try:
            result = await serve(client, request)
            return result
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._tell(at, client, request, result, error)

    def uploaded(self, client: Client, at: float, answer: Any) -> None:
        """A file came in a message that was read elsewhere, and answered so."""
        told, error = answer.get("result"), answer.get("error")
        params = shortened(told, _OF_FILES) if isinstance(told, dict) else {}
        how, why = (REFUSED, sentence(str(error["message"]))) if error else (DONE, "")
        self._note(_entry(client, at, "put_gcode_file", params, outcome=how, reason=why))

    def wrong_key(self, client: Client) -> None:
        """It showed a key that is none."""
        why = "Its key is not known."
        self._note(_entry(client, time.time(), "authenticate", {}, outcome=REFUSED, reason=why))

    def _tell(
        self,
        at: float,
        client: Client,
        request: jsonrpc.Request,
        result: Any,
        error: BaseException | None,
    ) -> None:
        method = self._table.get(request.method)
        names = [param.name for param in method.params] if method else []
        params = shortened(request.params, names)
        if request.method in _ADDS and isinstance(result, dict):
            params = shortened(result, _OF_FILES)
        how, why = outcome(error)
        job = of_job(self._job(), request.method, at)
        self._note(_entry(client, at, request.method, params, job=job, outcome=how, reason=why))


def _entry(
    client: Client, at: float, method: str, params: dict[str, Any], **more: Any
) -> AuditEntry:
    return AuditEntry(
        at,
        method,
        key=client.key.name if client.key else "",
        uid=client.uid,
        address=client.address,
        client=client.name,
        params=params,
        **more,
    )
