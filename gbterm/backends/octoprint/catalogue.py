"""What an OctoPrint holds, asked for again only where it changed."""

from __future__ import annotations

from gbterm.backends.octoprint.files import SD_FOLDER, Entry, Listing, listing
from gbterm.backends.octoprint.http import Http
from gbterm.errors import NoSuchFile, NotSupported, UsageError, WrongState
from gbterm.files import GcodeFile

UNCHANGED = 304


class Catalogue:
    """Reads lists over `http`, with the ETag of the one before, so that most answers are empty."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._listing, self._etag = Listing(), ""
        self._shown: dict[int, Entry] = {}
        """Each file as somebody was last told of it."""

    async def read(self) -> Listing:
        """All there is now."""
        headers = {"If-None-Match": self._etag} if self._etag else {}
        # Without recursive, folders are told to be empty that are not.
        asked = self._http.request(
            "GET", "/api/files", params={"recursive": "true"}, headers=headers, takes=(UNCHANGED,)
        )
        async with asked as answer:
            if answer.status != UNCHANGED:
                self._listing = listing(await self._http.read_json(answer, scrubs=False))
                self._etag = answer.headers.get("ETag", "")
        return self._listing

    async def show(self) -> list[GcodeFile]:
        """All files, as somebody is told of them now."""
        self._shown = dict((await self.read()).entries)
        return [entry.file for entry in self._shown.values()]

    async def show_one(self, file_id: int) -> GcodeFile:
        """One as somebody is told of it now. Raises `NoSuchFile`."""
        self._shown[file_id] = entry = found(await self.read(), file_id)
        return entry.file

    async def as_shown(self, file_id: int) -> Entry:
        """The file of that number, which is of its path: another one may lie there by now.

        Raises `NoSuchFile`, and `WrongState` where it is not what somebody was told of.
        """
        now = found(await self.read(), file_id)
        if not now.is_same(self._shown.get(file_id, now)):
            raise WrongState(
                f"{now.file.name} has changed since it was listed: read the list again, and look at"
                " it first."
            )
        return now

    async def entry(self, file_id: int) -> Entry:
        """The file of that number, of the last list where it was in there. Raises `NoSuchFile`."""
        known = self._listing.entries.get(file_id)
        return known or found(await self.read(), file_id)

    async def folder(self, path: str) -> str:
        """The server's path of a folder of its disk. Raises `UsageError` where there is none."""
        if not path:
            return ""
        refuse_card(path, "change anything")
        folders = (await self.read()).folders
        if path not in folders:
            raise UsageError(f"There is no folder {path}.")
        return folders[path]


def found(listed: Listing, file_id: int) -> Entry:
    """One of a list. Raises `NoSuchFile`."""
    if file_id not in listed.entries:
        raise NoSuchFile("That file is not there any more: read the list again.")
    return listed.entries[file_id]


def in_use(what: str) -> WrongState:
    """Of a file that may not go because it is printed, which OctoPrint says of others as well."""
    return WrongState(
        f"{what} is in use, as while it is printed: wait for the end of the print or cancel it,"
        " then delete it."
    )


def refuse_card(folder: str, what: str) -> None:
    """Raise `NotSupported` for a folder of the printer's SD card."""
    if folder.partition("/")[0] == SD_FOLDER:
        raise NotSupported(f"OctoPrint can't {what} on the printer's SD card.")
