"""What goes over the cable."""

from __future__ import annotations

from collections.abc import Callable

from gbterm.actions import Reply
from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.capability import Capability
from gbterm.console_lines import EVERYTHING as CONSOLE_LINES
from gbterm.console_lines import ConsoleLine, ConsoleLines, Filter
from gbterm.model import StreamReport, StreamStatistics
from tests.memory_backend.core import NOON, Core


class Cable(Core):
    """Every command is answered by an ok."""

    async def send_gcode(
        self, commands: str, *, confirmed: bool = False, wait: bool = True
    ) -> list[Reply]:
        await self._called("send_gcode", Capability.GCODE)
        texts = commands.splitlines()
        for text in texts:
            said = [text.removeprefix("M118 ")] if text.startswith("M118 ") else []
            lines = [ConsoleLine(NOON, "in", line) for line in (*said, "ok")]
            self.over_the_cable(ConsoleLine(NOON, "out", text), *lines)
        return [Reply(text) for text in texts] if wait else []

    async def watch_console(
        self, listener: ConsoleListener, wanted: Filter = CONSOLE_LINES, backlog: int = 0
    ) -> Callable[[], None]:
        await self._called("watch_console", Capability.CONSOLE)

        def tell(lines: tuple[ConsoleLine, ...]) -> None:
            if (chosen := wanted.of(ConsoleLines(lines))).lines:
                listener(chosen)

        tell(tuple(self.cable[-backlog:] if backlog else ()))
        self._watches.append(tell)

        def stop() -> None:
            if tell in self._watches:
                self._watches.remove(tell)

        return stop

    async def stream_statistics(self) -> StreamStatistics:
        await self._called("stream_statistics", Capability.STATISTICS)
        sent = [line.text for line in self.cable if line.direction == "out"]
        return StreamStatistics(
            since=NOON,
            lines_sent=len(sent),
            bytes_sent=len("\n".join(sent)),
            oks=len(self.cable) - len(sent),
            stream=self._state.stream or StreamReport(),
        )

    @property
    def is_watched(self) -> bool:
        """Whether somebody is told what goes over the cable."""
        return bool(self._watches)

    def over_the_cable(self, *lines: ConsoleLine) -> None:
        """These lines go to the board and come from it."""
        self.cable.extend(lines)
        for tell in tuple(self._watches):
            tell(lines)
