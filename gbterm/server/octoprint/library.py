"""The files of the library by their names, as OctoPrint has them; a folder is a part of a name."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from gbterm import wire
from gbterm.errors import FileRefused, NoSuchFile, UsageError
from gbterm.files import GcodeFile
from gbterm.server.library import LONGEST_NAME
from gbterm.server.octoprint.api import Api
from gbterm.text import scrub

JOINT = "_"
"""Stands for the / of a folder: this library has none."""


def name_of(path: str) -> str:
    """What a file at `path` is called here."""
    return JOINT.join(part for part in path.split("/") if part)


def new_name(path: str) -> str:
    """What a file that is put at `path` is to be called; nothing where that names none.

    Raises `UsageError`, or for a name that is too long `FileRefused`, as OctoPrint does.
    """
    if {".", ".."} & set(path.split("/")):
        raise UsageError("There is no . and no .. in a path here: name the folders and the file.")
    name = name_of(path)
    if len(name) > LONGEST_NAME:
        raise FileRefused(
            f"A name has {LONGEST_NAME} characters at most with its folders, and this one"
            f" {len(name)}: shorten it."
        )
    return name


async def files(api: Api, request: web.Request) -> dict[str, GcodeFile]:
    """By name, the newest first; of several with one name, only that."""
    found: dict[str, GcodeFile] = {}
    for record in await everything(api, request):
        found.setdefault(record.name, record)
    return found


async def everything(api: Api, request: web.Request) -> list[GcodeFile]:
    """All files, newest first."""
    told = await api.call(request, "get_gcode_files")
    return [as_file(record) for record in told["gcode_files"]]


async def file_at(api: Api, request: web.Request, path: str) -> GcodeFile:
    """The newest file of that name. Raises `NoSuchFile`."""
    found = (await files(api, request)).get(name_of(path))
    if found is None:
        raise NoSuchFile(f"There is no file {scrub(path, 60)}.")
    return found


def as_file(record: dict[str, Any]) -> GcodeFile:
    """What a method tells of a file."""
    return wire.from_json(GcodeFile, record)
