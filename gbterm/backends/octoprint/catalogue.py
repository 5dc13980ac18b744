"""What an OctoPrint holds, asked for again only where it changed."""

from __future__ import annotations

from gbterm.backends.octoprint.files import SD_FOLDER, Entry, Listing, listing
from gbterm.backends.octoprint.http import Http
from gbterm.errors import NoSuchFile, NotSupported, UsageError

UNCHANGED = 304


class Catalogue:
    """Reads lists over `http`, with the ETag of the one before, so that most answers are empty."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._listing, self._etag = Listing(), ""

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


def refuse_card(folder: str, what: str) -> None:
    """Raise `NotSupported` for a folder of the printer's SD card."""
    if folder.partition("/")[0] == SD_FOLDER:
        raise NotSupported(f"OctoPrint can't {what} on the printer's SD card.")
