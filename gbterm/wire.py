"""Values of the model as JSON and back, for the extension events of gbterm's own wire.

Dataclasses become objects, enums their values, tuples arrays, integer keys strings. Members that
an older or newer peer does not know are left out or ignored, so peers of two versions agree.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import types
import typing
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from gbterm import events

T = TypeVar("T")
LARGEST = 1 << 62
"""No number of the model comes near it; a larger one is none of them."""


def to_json(value: Any) -> Any:
    """`value` as what `json.dumps` takes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _hints(type(value))}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[T], value: Any) -> T:
    """`value` as a `kind`. Raises ValueError or TypeError where it is not one."""
    return typing.cast(T, _decode(kind, value))


def age_s(heard_at: float | None, now: float) -> float | None:
    """A moment as its age in seconds, since no two machines share a clock."""
    return None if heard_at is None else round(max(0.0, now - heard_at), 1)


def event_name(kind: type) -> str:
    """The wire name of an event class: `JobChanged` is `job_changed`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


EVENTS: dict[str, type] = {event_name(kind): kind for kind in get_args(events.Event)}


def _number(value: float) -> float:
    if not abs(value) < LARGEST:  # not a number is not less, either
        raise ValueError(f"{value} is out of all bounds")
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, value: Any) -> Any:
    if kind is Any:
        return value
    if get_origin(kind) in (typing.Union, types.UnionType):
        if value is None:
            return None
        (inner,) = [arg for arg in get_args(kind) if arg is not type(None)]
        return _decode(inner, value)
    if get_origin(kind) is tuple:
        return tuple(_decode(get_args(kind)[0], item) for item in value)
    if get_origin(kind) is dict:
        key, item = get_args(kind)
        return {_decode(key, k): _decode(item, v) for k, v in value.items()}
    if dataclasses.is_dataclass(kind):
        hints, make = _hints(typing.cast(type, kind)), typing.cast(Any, kind)
        return make(**{k: _decode(hints[k], v) for k, v in value.items() if k in hints})
    if kind in (int, float):
        return _number(kind(value))
    if kind is str:
        return str(value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind}")
    return value
