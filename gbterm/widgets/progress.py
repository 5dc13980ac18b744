"""The job: its name, how far it is and how long it takes."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from gbterm.keymap import key_of
from gbterm.widgets.job_slice import Progress
from gbterm.widgets.panel import Line, Panel, wrapped
from gbterm.widgets.words import doubt, duration, how_it_ended, line_of, size

NO_JOB = "There is no print to show. {} shows the files: select one and press {} to print it."


def bar(fraction: float, width: int) -> Content:
    """A bar of full cells, `width` wide."""
    width = max(1, width)
    full = min(width, int(fraction * width))
    return Content.assemble(("█" * full, "$success"), "░" * (width - full))


def outcome(job: Progress) -> str:
    """How a job ended, in a sentence or two; empty while it is under way."""
    how = how_it_ended(
        *(job.outcome, job.elapsed_s, job.line, job.lines, job.reason), heaters_off=job.heaters_off
    )
    return f"{job.outcome.capitalize()} {how}" if how else ""


class JobPanel(Panel):
    """The job's name and a bar; below them how it ended, or, unless `brief`, how far it is."""

    job: reactive[Progress | None] = reactive(None, repaint=False)

    def __init__(self, *, brief: bool = False) -> None:
        super().__init__()
        self.brief = brief

    def watch_job(self) -> None:
        """The job progressed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Name, bar, then layer or line and times."""
        job = self.job
        if job is None:
            return wrapped(NO_JOB.format(key_of("files"), key_of("print")), width, 3)
        what = "Upload" if job.is_written else "Print"
        label = f"Last {what.lower()}" if job.outcome else "Last known" if job.is_old else what
        name = Content.assemble((f"{label}  ", "bold"), job.name).truncate(width, ellipsis=True)
        lines: list[Line] = [name, self._bar(job, width)]
        if job.outcome:
            return lines + wrapped(outcome(job), width, 3)
        return lines if self.brief else lines + self._how_far(job, width)

    def _bar(self, job: Progress, width: int) -> Content:
        fraction = 1.0 if job.outcome == "finished" else job.percent / 100
        percent = f" {job.percent:>3} %{doubt(job.is_old)}"
        return Content.assemble(bar(fraction, width - len(percent)), percent)

    def _how_far(self, job: Progress, width: int) -> list[Line]:
        line = line_of(job.line, job.lines)
        read = f"Read {size(job.byte)} of {size(job.bytes)}"
        where = f"Layer {job.layer}" if job.layer else f"Line {line}" if line else read
        where += doubt(job.is_old)
        times = f"elapsed {duration(job.elapsed_s)}  left {duration(job.left_s)}"
        between = f" ({job.left_band})" if job.left_band else ""
        by = f" {job.left_from}" if job.left_from else ""
        for more in (between + by, between or by, ""):
            line = f"{where}   {times}{more}"
            if len(line) <= width:
                return [line]
        return [where, times]


class JobFacts(Panel):
    """How far the job under way is, a fact a row; nothing once it has ended."""

    job: reactive[Progress | None] = reactive(None, repaint=False)

    def watch_job(self) -> None:
        """The job progressed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """At most nine."""
        job = self.job
        if job is None or job.outcome:
            return []
        mark, line = doubt(job.is_old), line_of(job.line, job.lines)
        rows = (
            ("Layer", job.layer and f"{job.layer}{mark}"),
            ("Pauses", job.pauses and f"before {job.pauses}"),
            ("Line", line and f"{line}{mark}"),
            ("Read", f"{size(job.byte)} of {size(job.bytes)}{mark}"),
            ("Elapsed", f"{duration(job.elapsed_s)}{mark}"),
            ("Left", duration(job.left_s)),
            ("Between", job.left_band),
            ("Done at", job.done_at),
            ("By", job.left_from.removeprefix("by ")),
        )
        shown = (Content.assemble((f"{name:<9}", "bold"), value) for name, value in rows if value)
        return [row.truncate(width, ellipsis=True) for row in shown]
