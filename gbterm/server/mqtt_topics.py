"""What a broker is told of a printer: a JSON document below each of its topics. Without I/O."""

from __future__ import annotations

import hashlib
import re
import socket
from typing import Any

from gbterm.config import Mqtt
from gbterm.model import PrinterState, State
from gbterm.opengb_shapes import number
from gbterm.text import scrub

LONGEST = 200
"""Characters of a text; Home Assistant takes 255."""
LEVEL_MOST, MARK_LENGTH = 64, 6
ONLINE, OFFLINE = "online", "offline"
_WANTS_SOMEBODY = (State.PAUSED, State.FILAMENT_SWAP, State.ERROR)

Document = dict[str, Any]


class Topics:
    """Those of one printer: PREFIX/MACHINE/PRINTER and what follows."""

    def __init__(self, mqtt: Mqtt, printer: str, identity: str) -> None:
        """`identity` is no other machine's; the same for all time. Empty where nobody knows it.

        Many machines have one host name, as each Raspberry Pi does at first, so that alone names
        none of them.
        """
        mark = _mark(identity) if identity else ""
        host = "-".join(filter(None, (_level(socket.gethostname()), mark)))
        own = _level(printer.rstrip("/").rpartition("/")[2])
        self.base = f"{mqtt.prefix}/{_level(mqtt.machine) if mqtt.machine else host}/{own}"
        self.status, self.event = f"{self.base}/status", f"{self.base}/event"
        words = re.sub(r"[^A-Za-z0-9_-]", "_", "_".join(self.base.split("/")[-2:]))
        self.id = f"gbterm_{words}_{_mark(self.base)}"
        """Of the printer, for Home Assistant; the same for all time. The words alone may be
        another's."""
        self.client = f"{self.id}_{_mark(identity + socket.gethostname())}"
        """Of the connection: a broker ends the older one of two with one id, so that two machines
        that were given the same name would throw each other off for ever."""

    def are_of(self, topic: str, *, discovery: bool) -> bool:
        """Whether `topic` is one of them; those for Home Assistant are with `discovery` alone."""
        is_found = discovery and f"/{self.id}/" in topic
        return is_found or topic.startswith(f"{self.base}/")


def documents(state: PrinterState) -> dict[str, Document]:
    """What is told of `state`, by the last level of its topic."""
    return {
        "state": _state(state),
        "temperatures": temperatures(state),
        "job": _job(state),
        "prompt": {
            "text": scrub(state.prompt.text, LONGEST) if state.prompt else "",
            "choices": [scrub(one, LONGEST) for one in state.prompt.choices]
            if state.prompt
            else [],
        },
    }


def temperatures(state: PrinterState) -> Document:
    """All heaters, in °C; null for what nobody knows."""
    heaters = {f"nozzle{index}": one for index, one in enumerate(state.nozzles, 1)}
    heaters |= {"bed": state.bed} | ({"chamber": state.chamber} if state.chamber else {})
    return {
        name: {"current": _tenths(one.current), "target": _tenths(one.target)}
        for name, one in heaters.items()
    }


def _state(state: PrinterState) -> Document:
    return {
        "state": state.state.value,
        "phase": state.phase.value,
        "reason": scrub(state.reason, LONGEST),
        "waiting_for": scrub(state.waiting_for, LONGEST),
        "error": scrub(state.last_error, LONGEST),
        "printing": state.has_print and not state.is_given_file,
        "needs_attention": state.state in _WANTS_SOMEBODY or state.prompt is not None,
    }


def _job(state: PrinterState) -> Document:
    """The one under way, or the last one; all null before there was any."""
    job = state.print_job
    times = ("elapsed_s", "left_s", "left_low_s", "left_high_s", "left_from")
    names = ("name", "id", "progress", *times, "layer", "layers", "outcome")
    if job is None:
        return dict.fromkeys((*names, "reason"))
    return {
        "name": scrub(job.name, LONGEST),
        "id": scrub(job.id, LONGEST),
        "progress": _tenths(job.fraction * 100),
        "elapsed_s": round(job.elapsed_s),
        **{name: _whole(getattr(job, name)) for name in times[1:4]},
        "left_from": job.left_from,
        "layer": job.layer,
        "layers": job.layers,
        "outcome": job.outcome,
        "reason": scrub(job.reason, LONGEST),
    }


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _tenths(value: float | None) -> float | int | None:
    return number(None if value is None else round(value, 1))


def _level(name: str) -> str:
    """`name` as one level of a topic: nothing that separates levels or stands for several."""
    level = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:LEVEL_MOST]
    return level or "printer"


def _mark(identity: str) -> str:
    """Tells identities apart, and nothing of them."""
    return hashlib.sha256(f"gbterm {identity}".encode()).hexdigest()[:MARK_LENGTH]
