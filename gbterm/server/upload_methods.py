"""The methods by which a file comes a piece at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gbterm.errors import UsageError
from gbterm.params import REQUIRED, Param, count, text
from gbterm.server.client import Client
from gbterm.server.library import BLANK
from gbterm.server.records import FILE_FIELDS, record
from gbterm.server.table import Method, Table
from gbterm.server.uploads import PIECE, Uploads

_UPLOAD = Param("upload", text, REQUIRED)


class UploadMethods:
    """Serves `table`; the uploads belong to no client, so that each can go on after a break."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        offset, data = Param("offset", count, REQUIRED), Param("data", text, REQUIRED)
        name, size = Param("name", text, REQUIRED), Param("size", count, REQUIRED)
        sha256 = Param("sha256", text, REQUIRED)
        self.table: Table = {
            "begin_upload": Method((name, size), self._begin),
            "append_upload": Method((_UPLOAD, offset, data), self._append),
            "finish_upload": Method((_UPLOAD, sha256, *FILE_FIELDS), self._finish),
            "get_upload": Method((_UPLOAD,), self._get),
            "abort_upload": Method((_UPLOAD,), self._abort),
        }

    async def _begin(self, _: Client, params: dict[str, Any]) -> Any:
        upload = await self._uploads.begin(params["name"], params["size"])
        return {"upload": upload, "offset": 0, "piece": PIECE}

    async def _append(self, _: Client, params: dict[str, Any]) -> Any:
        try:
            data = params["data"].encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise UsageError("data must be text.") from None
        return {"offset": await self._uploads.append(params["upload"], params["offset"], data)}

    async def _finish(self, client: Client, params: dict[str, Any]) -> Any:
        upload, sha256 = params.pop("upload"), params.pop("sha256")
        file = await self._uploads.finish(upload, sha256, replace(BLANK, **params))
        return record(file, is_extended=client.is_extended)

    async def _get(self, _: Client, params: dict[str, Any]) -> Any:
        offset, size = await self._uploads.reached(params["upload"])
        return {"offset": offset, "size": size, "piece": PIECE}

    async def _abort(self, _: Client, params: dict[str, Any]) -> Any:
        await self._uploads.abort(params["upload"])
        return True
