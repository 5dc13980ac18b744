"""Who listens to console lines, and what of them each wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gbterm.backends.abilities import ConsoleListener
from gbterm.console_lines import ConsoleLine, ConsoleLines, Filter


class Watches:
    """Told in the order in which they came."""

    def __init__(self) -> None:
        self._watches: list[tuple[ConsoleListener, Filter]] = []

    @property
    def filters(self) -> list[Filter]:
        """What is wanted; empty while nobody listens."""
        return [wanted for _, wanted in self._watches]

    def add(
        self,
        listener: ConsoleListener,
        wanted: Filter,
        before: Iterable[ConsoleLine],
        on_stop: Callable[[], None] = lambda: None,
    ) -> Callable[[], None]:
        """Tell `listener` of what is `wanted`, first of those `before`; returns how to stop that.

        `on_stop` is called once, when it was stopped.
        """
        first = wanted.of(ConsoleLines(tuple(before)))
        if first.lines:
            listener(first)
        watch = (listener, wanted)
        self._watches.append(watch)
        is_over = False

        def stop() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._watches.remove(watch)
                on_stop()

        return stop

    def tell(self, batch: ConsoleLines) -> None:
        """These came."""
        # The same batch for all who want the same.
        chosen = {wanted: wanted.of(batch) for wanted in self.filters}
        for listener, wanted in tuple(self._watches):
            if chosen[wanted].lines or chosen[wanted].skipped:
                listener(chosen[wanted])
