"""The id of a call of which only the beginning and the end are at hand."""

from __future__ import annotations

import json
import re
from typing import Any

AROUND = 1024
"""Bytes at either end of a message in which its id is looked for."""

_VALUE = rb'(?:-?\d{1,18}|null|"[^"\\\x00-\x1f]{0,200}")'
_MEMBER = rb'\s*"(?:jsonrpc|method|id)"\s*:\s*' + _VALUE + rb"\s*"
_BEGINNING = re.compile(rb"\s*\{((?:" + _MEMBER + rb",)+)")
_END = re.compile(rb"((?:," + _MEMBER + rb")+)\}\s*\Z")
_ID = re.compile(rb'"id"\s*:\s*(' + _VALUE + rb")")


def call_id(beginning: bytes, end: bytes) -> Any:
    """The id, where it stands before or after the parameters; None where it can't be known.

    What precedes the last brace can't be inside of anything else, nor what follows the first.
    """
    for members in (_BEGINNING.match(beginning), _END.search(end)):
        found = _ID.search(members[1]) if members else None
        if found:
            return json.loads(found[1].decode("utf-8", "replace"))
    return None
