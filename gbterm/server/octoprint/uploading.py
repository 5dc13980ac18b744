"""A file as slicers send it: a form with the file, and whether to select and to print it.

The form is as OctoPrint's documentation of `POST /api/files/local` has it. It is read piece by
piece, and the file goes straight into the library: none of it is held.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from gbterm.errors import FileRefused, GbtermError, NoSuchFile, UsageError, WrongState
from gbterm.files import GcodeFile
from gbterm.server.octoprint import library, shapes
from gbterm.server.octoprint.amounts import says_yes
from gbterm.server.octoprint.answers import status_of
from gbterm.server.octoprint.api import BODY_S, Api, base_of
from gbterm.server.uploads import PIECE
from gbterm.text import scrub

PARTS_MOST = 32
FIELD_MOST = 1 << 12
"""Bytes of a part that is no file."""


@dataclass(slots=True)
class _Form:
    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    """Of the file, which is under way as `upload`."""
    upload: str = ""

    def says(self, what: str) -> bool:
        """Whether a field says yes."""
        return says_yes(self.fields.get(what))


def routes(api: Api) -> web.RouteTableDef:
    """The upload."""
    table = web.RouteTableDef()

    @table.post("/api/files/local")
    async def upload(request: web.Request) -> web.Response:
        form = _Form()
        try:
            await _read(api, request, form)
            if not form.upload:
                return _folder(form, base_of(request))
            file = await _stored(api, request, form)
        finally:
            with suppress(NoSuchFile):  # it became a file
                await api.uploads.abort(form.upload)
        return await _answered(api, request, form, file)

    return table


def _folder(form: _Form, base: str) -> web.Response:
    """The answer to a folder that is to be made, which is but a part of its files' names."""
    name = library.name_of(form.fields.get("foldername", ""))
    if not name:
        raise UsageError("The form holds neither a file, in a part called file, nor a foldername.")
    path = library.new_name(f"{form.fields.get('path', '')}/{name}")
    told = {"done": True, "folder": shapes.place(path, base)}
    return web.json_response(told, status=HTTPStatus.CREATED)


async def _read(api: Api, request: web.Request, form: _Form) -> None:
    """Raises `UsageError` for what is no such form, and what uploads raise."""
    size = request.content_length
    if size is None:
        raise web.HTTPLengthRequired
    if request.content_type != "multipart/form-data":
        raise UsageError("A file is sent as multipart/form-data, in a part called file.")
    try:
        reader = await request.multipart()
        for _ in range(PARTS_MOST):
            async with asyncio.timeout(BODY_S):
                part = await reader.next()
            if part is None:
                return
            if not isinstance(part, BodyPartReader):
                raise UsageError("A form within the form makes no sense here.")
            await _take(api, request, form, part, size)
    except (ValueError, HttpProcessingError) as error:
        raise UsageError("The form can't be read: send multipart/form-data.") from error
    raise UsageError(f"The form has more than {PARTS_MOST} parts.")


async def _take(
    api: Api, request: web.Request, form: _Form, part: BodyPartReader, size: int
) -> None:
    if part.name != "file" or part.filename is None:
        form.fields[part.name or ""] = await _text(part)
        return
    if form.upload:
        raise UsageError("The form holds several files: send one at a time.")
    form.name = part.filename
    library.new_name(form.name)
    try:
        # The form is a little longer than its file, whose length nobody says.
        begun = await api.call(request, "begin_upload", name=part.filename, size=size)
    except FileRefused as error:
        raise web.HTTPRequestEntityTooLarge(size, size, reason=str(error)) from error
    form.upload, offset = begun["upload"], 0
    while not part.at_eof():
        async with asyncio.timeout(BODY_S):
            piece = await part.read_chunk(PIECE)
        offset = await api.uploads.append(form.upload, offset, bytes(piece))


async def _text(part: BodyPartReader) -> str:
    value = b""
    async with asyncio.timeout(BODY_S):
        while not part.at_eof():
            value += await part.read_chunk()
            if len(value) > FIELD_MOST:
                raise UsageError(f"The field {scrub(part.name or '', 40)} is too long.")
    return value.decode("utf-8", "replace")


async def _stored(api: Api, request: web.Request, form: _Form) -> GcodeFile:
    name = library.new_name(f"{form.fields.get('path', '')}/{form.name}")
    same = [one for one in await library.everything(api, request) if one.name == name]
    if same and form.says("noOverwrite"):
        raise WrongState(f"There is a file {name} already.")
    sha256 = await api.uploads.end_here(form.upload)
    file = library.as_file(
        await api.call(request, "finish_upload", upload=form.upload, sha256=sha256)
    )
    if file.name != name:
        file = library.as_file(await api.call(request, "rename_gcode_file", id=file.id, name=name))
    for replaced in same:
        with suppress(WrongState, NoSuchFile):  # it is being printed
            await api.call(request, "delete_gcode_file", id=replaced.id)
    return file


async def _answered(api: Api, request: web.Request, form: _Form, file: GcodeFile) -> web.Response:
    told = shapes.file(file, base_of(request))
    answer: dict[str, Any] = {
        "done": True,
        "files": {shapes.LOCAL: told},
        "effectiveSelect": False,
        "effectivePrint": False,
    }
    status = HTTPStatus.CREATED
    try:
        if form.says("print"):
            await api.print(request, file)
            answer |= {"effectiveSelect": form.says("select"), "effectivePrint": True}
        elif form.says("select"):
            api.select(request, file)
            answer["effectiveSelect"] = True
    except GbtermError as error:
        # OctoPrint says nothing but that it does not print, so that nobody learns why.
        what = "printed" if form.says("print") else "selected"
        answer["error"] = f"{file.name} was stored, but is not {what}: {error}"
        status = status_of(error)
    return web.json_response(answer, status=status, headers={"Location": told["refs"]["resource"]})
