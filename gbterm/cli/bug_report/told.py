"""What a printer's host or server tells while it lives."""

from __future__ import annotations

from collections.abc import Iterable

from gbterm import wire
from gbterm.actions import Reply
from gbterm.cli.bug_report.archive import Archive
from gbterm.cli.quick import PrinterSocket
from gbterm.errors import GbtermError
from gbterm.model import Phase, PrinterState

ASKED = "M115\nM503"
"""What the firmware is, and its settings."""
STATE = ("state.json", "what is known of the printer")
CAPABILITIES = ("capabilities.json", "what it can be asked")
STREAM = ("stream.json", "how the board is fed")
TRAFFIC = ("traffic.log", "the last lines to (>) and from (<) the board, in UTC")
FIRMWARE = ("firmware.txt", "the firmware, and its settings (M115, M503)")


def put(archive: Archive, printer: PrinterSocket) -> None:
    """Everything that the printer process of a host here tells, also without its server.

    Raises what `PrinterSocket` raises where it does not even tell its state.
    """
    known = printer.look()
    archive.put_json(*STATE, {"heard_s": known.heard_s, **wire.to_json(known.state)})
    for (name, what), method in ((CAPABILITIES, "capabilities"), (STREAM, "stream_statistics")):
        try:
            archive.put_json(name, what, printer.call(f"get_{method}"))
        except GbtermError as error:
            archive.lacks(name, error)
    put_known_firmware(archive, known.state)
    if may_ask(archive, known.state):
        try:
            answer = printer.call("send_gcode", commands=ASKED)["replies"]
            archive.put_lines(*FIRMWARE, replies([wire.from_json(Reply, one) for one in answer]))
        except (GbtermError, TypeError, KeyError, ValueError, AttributeError) as error:
            archive.lacks(FIRMWARE[0], error)


def may_ask(archive: Archive, state: PrinterState) -> bool:
    """Whether the board is asked something: never beside a print."""
    if state.phase is not Phase.READY:
        archive.lacks("M115, M503", f"the printer is {state.phase.value}, so it was not asked")
    return state.phase is Phase.READY


def put_known_firmware(archive: Archive, state: PrinterState) -> None:
    """What the board said of itself when it was connected; some servers don't tell."""
    if not state.firmware.name:
        archive.lacks("firmware.json", "nobody told what M115 said at connect")
        return
    archive.put_json("firmware.json", "what M115 said at connect", wire.to_json(state.firmware))


def replies(answers: Iterable[Reply]) -> list[str]:
    """What the board answered, behind what it was asked."""
    return [line for one in answers for line in (f"> {one.command}", *one.lines)]
