"""The pictures that slicers put into comments, one of which is kept.

    ; thumbnail begin 320x240 9876      PrusaSlicer, OrcaSlicer, Cura's thumbnail script
    ; iVBORw0KGgo…                      base64, some 78 characters a line
    ; thumbnail end

Creality's Cura writes `png begin 320*240 …` instead. `thumbnail_QOI`, `thumbnail_JPG` and
`jpg begin` hold other formats than the PNG that OpenGB wants, and are passed over.
"""

from __future__ import annotations

import base64
import binascii
import re

LARGEST = 128 << 10
"""Characters of base64: a list of files carries every picture."""
LARGEST_SIDE = 2048
_BEGIN = re.compile(rb"; *(?:(thumbnail|png)|thumbnail_\w+|jpg) begin\b")
_END = re.compile(rb"; *(?:thumbnail(?:_\w+)?|png|jpg) end\b")
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"IEND\xaeB`\x82"


class Thumbnails:
    """Feed it the comments of a file, one by one."""

    def __init__(self) -> None:
        self.best = ""
        """The largest PNG that is whole and not too large, in base64."""
        self._pixels = 0
        self._inside = False
        self._pieces: list[bytes] = []
        self._length = 0

    def see(self, comment: bytes) -> bool:
        """Whether this comment is a part of a picture."""
        if self._inside:
            self._inside = not _END.match(comment) and not _is_over(comment)
            if self._inside:
                self._add(comment.lstrip(b"; ").strip())
            else:
                self._keep(b"".join(self._pieces))
            return True
        if begin := _BEGIN.match(comment):
            # One that is not wanted is read to its end all the same.
            self._inside, self._pieces = True, []
            self._length = 0 if begin[1] else LARGEST + 1
        return self._inside

    def _add(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length <= LARGEST:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    def _keep(self, text: bytes) -> None:
        self._pieces = []
        try:
            picture = base64.b64decode(text, validate=True)
        except binascii.Error:
            return
        if not picture.startswith(_PNG) or not picture.endswith(_PNG_END):
            return
        width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
        fits = 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE
        if fits and width * height > self._pixels:
            self._pixels, self.best = width * height, text.decode("ascii")


def _is_over(comment: bytes) -> bool:
    """Whether a picture without an end is over: no slicer writes blanks within base64."""
    return b" " in comment.lstrip(b"; ").strip()
