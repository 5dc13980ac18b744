"""How a board is fed, in words."""

from __future__ import annotations

from gbterm.model import StreamReport, StreamStatistics
from gbterm.widgets.words import clock, counted, duration, link_word, size

_ERRORS = {
    "checksum": "lines arrived damaged (checksum)",
    "no_checksum": "lines lost their checksum",
    "line_number": "lines came out of turn",
    "refused": "lines were refused",
    "unasked_ok": "oks came that nobody asked for",
    "reported": "other errors were said by the board",
    "no_ok": "oks did not come in time",
    "reset": "restarts of the board",
}

_NO_STREAM = "nothing is printed now"


def stream_facts(told: StreamStatistics) -> list[tuple[str, str]]:
    """What the stream came to, a fact a row; what nobody knows is left out."""
    stream = told.stream
    facts = [
        ("Pace", stream.verdict or _NO_STREAM),
        ("Cable", _quality(told)),
        ("Now", _now(stream)),
        ("Window", f"{counted(told.window_lines_most, 'line')} at most: {told.window_why}"),
        ("Board", _slots(told)),
        ("Ran dry", _dry(told)),
        (
            "Sent",
            f"{counted(told.lines_sent, 'line')}, {size(told.bytes_sent)},"
            f" {counted(told.oks, 'ok')} back",
        ),
        *(
            ("Errors" if first else "", f"{number} {_ERRORS.get(kind, kind)}")
            for first, (kind, number) in zip(
                (True, *[False] * len(told.errors)), sorted(told.errors.items()), strict=False
            )
        ),
        ("Since", "" if told.since is None else moment(told.since)),
    ]
    return [(name, fact) for name, fact in facts if fact]


def moment(at: float) -> str:
    """A Unix time as a person here reads it."""
    return clock(at, "%Y-%m-%d %H:%M")


def _quality(told: StreamStatistics) -> str:
    again = told.stream.resends
    word = link_word(again, told.lines_sent)
    return f"{word}: {again} of {counted(told.lines_sent, 'line')} sent again"


def _now(stream: StreamReport) -> str:
    under_way = f"{stream.lines_under_way} of {counted(stream.window_lines, 'line')} under way"
    oldest = f", the oldest for {stream.oldest_s:.1f} s" if stream.oldest_s else ""
    return f"{stream.lines_s:.0f} lines/s, {under_way}{oldest}"


def _slots(told: StreamStatistics) -> str:
    planner, queue = told.stream.planner_free, told.stream.queue_free
    if planner is None or queue is None:
        return "it doesn't tell of its planner and its queue"
    of_planner = f" of {told.planner_slots}" if told.planner_slots else ""
    of_queue = f" of {told.queue_slots}" if told.queue_slots else ""
    return f"{planner}{of_planner} planner and {queue}{of_queue} queue slots are free"


def _dry(told: StreamStatistics) -> str:
    if told.planner_dry_s is None or not told.streamed_s:
        return ""
    share = 100 * told.planner_dry_s / told.streamed_s
    return f"{told.planner_dry_s:.1f} s of {duration(told.streamed_s)} printed ({share:.1f} %)"
