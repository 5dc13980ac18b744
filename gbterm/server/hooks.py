"""Programs and HTTP servers that hear of what happens to a printer, as its configuration has it.

What waits and what was told of is in a file, so that a server that begins anew goes on with what
waits and finds what happened meanwhile. Each occasion is taken out of it before its hook begins: no
hook runs twice for one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from gbterm import whole_file, wire
from gbterm.config import Hook
from gbterm.host import program
from gbterm.model import PrinterState
from gbterm.server.occasions import Occasion, Occasions, Told

MOST_WAITING = 16
"""Occasions for one hook; with more, the oldest is left out."""
RETRY_S = 10.0
_log = logging.getLogger(__name__)


class Hooks:
    """Runs `hooks`, one occasion after the other for each of them."""

    def __init__(
        self,
        hooks: tuple[Hook, ...],
        path: Path,
        printer: str,
        announce: Callable[[str], None],
        now: Callable[[], float],
    ) -> None:
        """`announce` tells everybody that a hook failed; `now` never goes back."""
        self._hooks, self._path, self._printer = hooks, path, printer
        self._announce, self._now = announce, now
        self._occasions: Occasions | None = None
        self._waiting: dict[str, deque[Occasion]] = {}
        self._wake = {hook.name: asyncio.Event() for hook in hooks}
        self._changed, self._turn = asyncio.Event(), asyncio.Lock()
        self._failed: set[str] = set()
        self._failure = ""

    def see(self, state: PrinterState) -> None:
        """Look what happened. Never waits."""
        if self._occasions is None:
            return
        before = self._occasions.told
        for occasion in self._occasions.see(state, self._now()):
            for hook in self._hooks:
                if occasion.event in hook.on:
                    self._put(hook.name, occasion)
        if self._occasions.told != before:
            self._changed.set()

    async def load(self) -> None:
        """Find what waits and what was told of, before there is anything to see."""
        if not self._hooks:
            # Whoever configures some later is told of what happens then.
            await asyncio.to_thread(_forget, self._path)
            return
        told, self._waiting = await asyncio.to_thread(_read, self._path, self._hooks)
        self._occasions = Occasions(told)

    async def run(self) -> None:
        """Run them until cancelled, which kills what runs."""
        if not self._hooks:
            return
        async with asyncio.TaskGroup() as group:
            for hook in self._hooks:
                group.create_task(self._serve(hook))
            group.create_task(self._keep())

    def _put(self, name: str, occasion: Occasion) -> None:
        waiting = self._waiting[name]
        if len(waiting) == MOST_WAITING:
            _log.warning("the hook %s is slow: an event was left out", name)
        waiting.append(occasion)
        self._wake[name].set()

    async def _serve(self, hook: Hook) -> None:
        waiting, wake = self._waiting[hook.name], self._wake[hook.name]
        while True:
            while not waiting:
                wake.clear()
                await wake.wait()
            occasion = waiting.popleft()
            await self._store()
            why = await self._do(hook, occasion)
            if why:
                self._fail(hook.name, f"The hook {hook.name} {why}.")
            else:
                self._failed.discard(hook.name)

    async def _do(self, hook: Hook, occasion: Occasion) -> str:
        """What went wrong, as the end of a sentence, or nothing."""
        facts = {"printer": self._printer, **asdict(occasion)}
        try:
            if hook.url:
                # Loading it takes a moment, and few have such a hook.
                from gbterm.server.hook_post import post

                return await post(hook, facts)
            return await _run(hook, facts)
        except Exception:  # noqa: BLE001 - one that fails must not end the others
            _log.exception("the hook %s", hook.name)
            return "failed inside gbterm"

    def _fail(self, name: str, sentence: str) -> None:
        _log.warning("%s", sentence)
        if name not in self._failed:
            self._failed.add(name)
            self._announce(f"{sentence} Until it works again, only the server's log tells of that.")

    async def _keep(self) -> None:
        """Write down what was told of, whenever it changed; what a disk refuses is tried again."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not await self._store():
                await asyncio.sleep(RETRY_S)
                self._changed.set()

    async def _store(self) -> bool:
        """Write down how things are; False where the disk does not take it."""
        async with self._turn:
            told = self._occasions.told if self._occasions else None
            waiting = {name: list(map(asdict, several)) for name, several in self._waiting.items()}
            text = json.dumps({"told": asdict(told) if told else None, "waiting": waiting})
            failure = ""
            try:
                await asyncio.to_thread(whole_file.write, self._path, text, mode=0o600)
            except OSError as error:
                failure = f"what hooks were told of can't be stored: {error}"
            if failure not in ("", self._failure):
                _log.warning("%s", failure)
            self._failure = failure
            return not failure


async def _run(hook: Hook, facts: Mapping[str, object]) -> str:
    try:
        result, is_late = await program.run(hook.run, hook.timeout_s, _environment(facts))
    except OSError as error:
        return f"can't be started ({error.strerror}): correct run in [hook.{hook.name}]"
    if is_late:
        return f"was killed after {hook.timeout_s:g} s"
    return f"ended with code {result.exit_code}" if result.exit_code else ""


def _environment(facts: Mapping[str, object]) -> dict[str, str]:
    """The facts as a program sees them: `GBTERM_EVENT` and so on, empty where nobody knows."""
    return {
        f"GBTERM_{name.upper()}": "" if fact is None else str(fact) for name, fact in facts.items()
    }


def _read(path: Path, hooks: tuple[Hook, ...]) -> tuple[Told | None, dict[str, deque[Occasion]]]:
    """What was told of, None where nobody knows, and what waits for each of `hooks`. Blocks."""
    waiting: dict[str, deque[Occasion]] = {hook.name: deque(maxlen=MOST_WAITING) for hook in hooks}
    try:
        stored = json.loads(path.read_bytes())
        told = None if stored["told"] is None else wire.from_json(Told, stored["told"])
        for hook in hooks:
            several = [
                wire.from_json(Occasion, one) for one in stored["waiting"].get(hook.name, [])
            ]
            waiting[hook.name].extend(one for one in several if one.event in hook.on)
    except FileNotFoundError:
        return None, waiting
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        _log.warning("hooks begin anew, since %s can't be read: %s", path, error)
        return None, waiting
    return told, waiting


def _forget(path: Path) -> None:
    """Nobody is told of anything. Blocks."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
