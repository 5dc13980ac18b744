"""Several printers on the Printers screen: what they do, which one is opened, or stopped."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

import pytest
from textual.worker import WorkerCancelled

from gbterm import config_file, keymap
from gbterm.cli.opening import Opened
from gbterm.cli.target import Target
from gbterm.config import Config
from gbterm.discovery.printers import CONFIGURED, PORT, Listed
from gbterm.discovery.servers import OCTOPRINT, OPENGB, FoundServer
from gbterm.errors import AuthenticationRefused, ConfigError, LinkError
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, Prompt, StopReport, Temperature
from gbterm.screens.printers import PrintersScreen
from gbterm.screens.stop import SEEN_AFTER_S
from gbterm.terminal import Glyphs
from tests.cli.server import WebSocketServer
from tests.console.conftest import Console, configure, opened
from tests.console.test_every_look import LOOKS, Look, check
from tests.memory_backend import MemoryBackend

PRINTING = PrinterState(
    phase=Phase.EXECUTING,
    nozzles=(Temperature(214.6, 215.0),),
    bed=Temperature(57.2, 60.0),
    job=Job("bracket.gcode", line=350, lines=1000, byte=350, bytes=1000, left_s=5400.0),
)


class Street:
    """Printers in memory, by their names; those that are `shut` can't be reached."""

    def __init__(self, *names: str) -> None:
        self.listed = [Listed(name, CONFIGURED, f"ws://{name}", "printer", name) for name in names]
        self.backends = {name: self._backend(name) for name in names}
        self.shut: dict[str, Exception] = {}
        self.made: list[str] = []

    @staticmethod
    def _backend(name: str) -> MemoryBackend:
        backend = MemoryBackend()
        backend.name, backend.address = name, f"ws://{name}"
        return backend

    def survey(self, config: Config, servers: Iterable[FoundServer]) -> tuple[Listed, ...]:
        return tuple(self.listed)

    def open(self, option: str, value: str) -> Opened:
        backend = self._backend(value)

        class There(Opened):
            unkept = ""  # they are configured

            def backend(self) -> MemoryBackend:
                return backend

        return There(Target(value, url=f"ws://{value}"), "gbterm")

    def backend_of(self, printer: Listed, *, unasked: bool = True) -> MemoryBackend:
        self.made.append(printer.name)
        if printer.name in self.shut:
            raise self.shut[printer.name]
        return self.backends[printer.name]

    def stopped(self) -> list[str]:
        """Who was stopped."""
        return [name for name, b in self.backends.items() if "emergency_stop" in b.calls]


async def refresh(console: Console) -> None:
    """The list is read again."""
    screen = console.app.screen_stack[0]
    assert isinstance(screen, PrintersScreen)
    screen.look()
    looks = [worker for worker in console.app.workers if worker.group == "look"]
    while looks:
        # Its own timer may look once more, which takes the place of the look before.
        with suppress(WorkerCancelled):
            await console.app.workers.wait_for_complete(looks)
        looks = [w for w in console.app.workers if w.group == "look" and not w.is_finished]


async def test_each_shows_what_it_does(backend: MemoryBackend) -> None:
    street = Street("ender", "prusa", "attic")
    street.shut["attic"] = LinkError("No route to the attic.")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("ender READY 21 20")
        await console.shows("attic no answer")
        street.backends["prusa"].report_all(PRINTING)
        await console.shows("prusa EXECUTING 215/215 57/60 35 % 1:30:00")
        await console.press("down")
        await console.shows("bracket.gcode: 35 %, ends at ")
        await console.press("down")
        await console.shows("No route to the attic. Next try at ")
        street.backends["prusa"].lose("Its server went away.")
        await console.shows("prusa DISCONNECTED")
        assert "57/60" not in console.words  # nothing old is shown as if it were so now


async def test_one_that_fell_silent_is_not_shown_as_it_was(backend: MemoryBackend) -> None:
    street = Street("ender")
    ender = street.backends["ender"]
    ender.clock = lambda: 1000.0
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        ender.report_all(PRINTING)
        ender.heard = 1000.0
        await console.shows("ender EXECUTING 215/215 57/60 35 % 1:30:00")
        ender.heard = 970.0
        await console.shows("ender EXECUTING? 35 %?")
        await console.shows("Last heard 30 s ago.")
        assert "57/60" not in console.words
        assert "1:30:00" not in console.words


async def test_one_that_asks_says_so(backend: MemoryBackend) -> None:
    street = Street("ender")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        asking = replace(PRINTING, prompt=Prompt("Filament is out", ("Continue",)))
        street.backends["ender"].report_all(asking)
        await console.shows("ender asks you 215/215 57/60 35 %")
        await console.shows("It asks: Filament is out")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.draws.value}-{look.theme}")
@pytest.mark.parametrize("size", [(40, 24), (80, 24), (120, 40)])
async def test_it_can_be_read_everywhere(
    look: Look, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, backend: MemoryBackend
) -> None:
    if look.theme == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    street = Street("ender", "a printer whose name is long – 日本", "attic")
    street.shut["attic"] = AuthenticationRefused("The attic wants a key.")
    async with opened(
        backend, elsewhere=street, size=size, draws=look.draws, theme=look.theme
    ) as console:
        await console.press("f8")
        await console.shows("ender READY")
        street.backends["ender"].report_all(PRINTING)
        await console.shows("ender EXECUTING")
        await console.shows("35 %")
        await console.shows("attic needs a key")
        await console.shows("STOP memory")
        await console.shows("STOP ender")
        check(console, look)
        await console.press("ctrl+u")
        await console.shows("ender")
        await console.shows("STOPPED")
        check(console, look)


@pytest.mark.parametrize("draws", Glyphs)
async def test_the_selected_one_is_stopped_and_named(backend: MemoryBackend, draws: Glyphs) -> None:
    street = Street("ender", "prusa")
    async with opened(backend, elsewhere=street, draws=draws) as console:
        await console.press("f8")
        await console.shows("prusa READY")
        await console.press("down", "ctrl+u")
        await console.shows("prusa STOPPED: the printer confirmed that it halted")
        assert (street.stopped(), backend.calls.count("emergency_stop")) == (["prusa"], 0)
        await console.press("enter")
        await console.shows("prusa ERROR")


async def test_the_printer_on_show_has_both_keys(backend: MemoryBackend) -> None:
    street = Street("memory", "prusa")
    backend.address = "ws://memory"
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("* memory READY")
        await console.press("ctrl+u")
        await console.shows("memory STOPPED")
        assert (street.stopped(), backend.calls.count("emergency_stop")) == ([], 1)
        assert "memory" not in street.made  # it is not connected twice


async def test_a_stop_of_one_leaves_the_other_key_to_the_printer_on_show(
    backend: MemoryBackend,
) -> None:
    street = Street("ender")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("ender READY")
        street.backends["ender"].stop_report = StopReport(False, "It said nothing.")
        await console.press("ctrl+u")
        await console.shows("ender NOT CONFIRMED: CUT THE POWER")
        await console.shows("Ctrl+U tries the stop once more")
        assert "emergency_stop" not in backend.calls
        await console.press("ctrl+backslash")
        await console.shows("memory STOPPED")
        await console.press("enter")
        await console.shows("ender NOT CONFIRMED")
        street.backends["ender"].stop_report = StopReport(True, "Halted.")
        await console.press("ctrl+u")
        await console.shows("ender STOPPED")
        assert street.backends["ender"].calls.count("emergency_stop") == 2


async def test_one_that_can_not_be_reached_is_tried_and_never_called_stopped(
    backend: MemoryBackend,
) -> None:
    street = Street("attic")
    street.shut["attic"] = LinkError("No route to the attic.")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("attic no answer")
        await console.press("ctrl+u")
        await console.shows("attic NOT CONFIRMED: CUT THE POWER No route to the attic.")
        del street.shut["attic"]
        await console.press("ctrl+u")
        await console.shows("attic STOPPED")


@pytest.mark.parametrize("broken", ["connect", "made"])
async def test_a_mistake_of_one_kind_keeps_no_stop_without_a_report(
    backend: MemoryBackend, broken: str
) -> None:
    street = Street("ender")
    connect = street.backends["ender"].connect

    async def fails() -> None:
        await connect()
        raise ValueError("not foreseen")

    street.backends["ender"].connect = fails  # type: ignore[method-assign]
    if broken == "made":
        street.shut["ender"] = ValueError("not foreseen")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("ender no answer")
        await console.press("ctrl+u")
        await console.shows(
            "STOPPED: the printer" if broken == "connect" else "NOT CONFIRMED: CUT THE POWER"
        )
        assert street.stopped() == (["ender"] if broken == "connect" else [])


async def test_a_report_does_not_wait_for_a_server_to_close(backend: MemoryBackend) -> None:
    street = Street("ender")
    ender, closes = street.backends["ender"], asyncio.Event()
    street.shut["ender"] = LinkError("It does not answer yet.")

    async def close() -> None:
        await closes.wait()

    ender.close = close  # type: ignore[method-assign]
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("ender no answer")
        del street.shut["ender"]
        await console.press("ctrl+u")
        await console.shows("STOPPED: the printer")
        closes.set()


async def test_one_whose_connection_is_lost_is_stopped(backend: MemoryBackend) -> None:
    street = Street("ender")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("ender READY")
        street.backends["ender"].lose()
        await console.shows("ender DISCONNECTED")
        await console.press("ctrl+u")
        await console.until(lambda: street.stopped() == ["ender"])


async def test_the_selection_goes_with_the_printer_when_the_list_changes(
    backend: MemoryBackend,
) -> None:
    street = Street("ender", "prusa", "voron")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("voron READY")
        await console.press("down")
        await console.shows("STOP prusa")
        street.listed.reverse()
        street.listed.insert(0, Listed("shed", PORT, "/dev/ttyUSB7", "port", "/dev/ttyUSB7"))
        await refresh(console)
        console.app.screen.action_stop_selected()  # type: ignore[attr-defined]
        await console.until(lambda: street.stopped() == ["prusa"])
        await console.shows("prusa STOPPED")


async def test_printers_without_a_name_are_told_apart_by_the_ends_of_their_paths(
    backend: MemoryBackend,
) -> None:
    street = Street("/dev/printers/one", "/dev/printers/two")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("STOP one")
        await console.press("down")
        await console.shows("STOP two")


async def test_a_key_before_the_list_changes_counts(backend: MemoryBackend) -> None:
    street = Street("ender", "prusa", "voron")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("voron READY")
        table = console.app.screen.query_one("PrinterTable")
        table.action_cursor_down()  # type: ignore[attr-defined]  # and nobody was told yet
        street.listed.reverse()
        await refresh(console)
        await console.press("ctrl+u")
        await console.until(lambda: street.stopped() == ["prusa"])


async def test_what_slides_under_the_cursor_is_not_stopped_before_it_can_be_seen(
    backend: MemoryBackend,
) -> None:
    street = Street("ender", "prusa", "voron")
    now_s = 1000.0
    async with opened(backend, elsewhere=street, clock=lambda: now_s) as console:
        await console.press("f8")
        await console.shows("voron READY")
        await console.press("down")
        gone = street.listed.pop(1)
        await refresh(console)
        await console.press("ctrl+u")
        await console.shows("prusa STOPPED")
        assert street.stopped() == [gone.name]
        await console.press("enter")
        now_s += SEEN_AFTER_S
        await console.shows("STOP voron")
        await console.press("ctrl+u")
        await console.shows("voron STOPPED")


async def test_one_that_leaves_the_configuration_is_left(backend: MemoryBackend) -> None:
    street = Street("ender", "prusa")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("prusa READY")
        street.listed.pop()
        await refresh(console)
        await console.until(lambda: street.backends["prusa"].closed)
        assert not street.backends["ender"].closed
    assert street.backends["ender"].closed


async def test_they_stay_connected_on_other_screens_and_while_nobody_looked_none_is(
    backend: MemoryBackend,
) -> None:
    street = Street("ender")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f4")
        assert street.made == []
        await console.press("f8")
        await console.shows("ender READY")
        await console.press("f2", "f8")
        await console.shows("ender READY")
        assert (street.made, street.backends["ender"].closed) == (["ender"], False)


async def test_mere_ports_and_servers_that_only_announce_themselves_are_left_alone(
    backend: MemoryBackend,
) -> None:
    street = Street("shed")
    street.listed = [
        Listed("shed", PORT, "/dev/ttyUSB7", "port", "/dev/ttyUSB7"),
        Listed("open", OPENGB, "ws://10.0.0.1", "url", "ws://10.0.0.1"),
        Listed("octo", OCTOPRINT, "http://10.0.0.2", "url", "http://10.0.0.2"),
    ]
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("shed not opened")
        await console.shows("open not opened")
        await console.shows("octo needs a key")
        await console.shows("to open it may reset the board")
        await console.rest()
        assert street.made == []


async def test_one_that_is_opened_is_not_connected_again_and_the_one_left_stays(
    backend: MemoryBackend,
) -> None:
    street = Street("ender", "prusa")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("ender READY")
        await console.shows("prusa READY")
        for name in ("ender", "prusa"):
            await console.press(*(("down",) if name == "prusa" else ()), "enter")
            await console.until(lambda name=name: console.app.backend is street.backends[name])  # type: ignore[misc]
            await console.press("f8")
            await console.shows(f"* {name} READY")
        await console.shows("ender READY")
        assert [b.calls.count("connect") for b in street.backends.values()] == [1, 1]
        assert not street.backends["ender"].closed
        await console.press("ctrl+backslash")
        await console.shows("prusa STOPPED")
        assert street.stopped() == ["prusa"]


async def test_a_key_that_is_refused_is_not_shown_again_by_itself(
    backend: MemoryBackend,
) -> None:
    with WebSocketServer() as server:
        server.refused = HTTPStatus.UNAUTHORIZED
        configure(f'[printer.attic]\nurl = "{server.url}"\n')
        async with opened(backend) as console:
            await console.press("f8")
            await console.shows("attic needs a key")
            await console.shows("Enter asks for a key, r tries again.")
            for _ in range(3):
                await refresh(console)
            await asyncio.sleep(0)
            assert server.refusals == 1
            server.refused = None
            await console.press("r")
            await console.shows("attic READY")
            server.refused = HTTPStatus.UNAUTHORIZED
            server.hang_up()
            await console.until(lambda: re.search(r"to reach it in (5\d|60) s", console.words))
            assert server.refusals == 2


async def test_a_key_that_names_no_server_is_shown_to_none_unasked(
    monkeypatch: pytest.MonkeyPatch, backend: MemoryBackend
) -> None:
    monkeypatch.setenv("GBTERM_KEY", "of-another")
    with WebSocketServer() as server:
        server.refused = HTTPStatus.UNAUTHORIZED
        configure(f'[printer.attic]\nurl = "{server.url}"\n')
        async with opened(backend) as console:
            await console.press("f8")
            await console.shows("attic needs a key")
            assert server.shown == [None]
            server.refused = None
            server.answers["emergency_stop"] = lambda _: True
            await console.press("ctrl+u")
            await console.shows("attic STOPPED")
            assert set(server.shown[1:]) == {"Bearer of-another"}


async def test_nothing_that_is_not_seen_is_stopped(backend: MemoryBackend) -> None:
    street = Street("ender")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("ender READY")
        await console.press("f4", "ctrl+u")
        await console.press("ctrl+p", *"stop sel", "enter")
        await console.says("Select the printer first.")
        assert (console.top, street.stopped()) == ("PrintersScreen", [])


async def test_names_of_others_are_nobodys_markup(backend: MemoryBackend) -> None:
    street = Street("[red]x\x1b[2J")
    async with opened(backend, elsewhere=street) as console:
        await console.press("f8")
        await console.shows("[red]x")
        street.backends["[red]x\x1b[2J"].report_all(
            replace(PRINTING, job=Job("[b]y\x1b]0;z\x07", lines=3), reason="[i]\x9bm")
        )
        await console.shows("[b]y")
        await console.press("ctrl+u")
        await console.shows("STOPPED")
        assert "\x1b" not in console.text


async def test_the_key_that_stops_can_be_chosen(backend: MemoryBackend) -> None:
    configure('[keys]\nstop_selected = "F12"\n')
    with pytest.raises(ConfigError, match="F12"):
        keymap.choose(config_file.load())
    configure('[keys]\nstop_selected = "Ctrl+W"\n')
    keymap.choose(config_file.load())
    street = Street("ender")
    try:
        async with opened(backend, elsewhere=street) as console:
            await console.press("f8")
            await console.shows("ender READY")
            street.backends["ender"].stop_report = StopReport(False, "Nothing.")
            await console.press("ctrl+u")
            assert street.stopped() == []
            await console.press("ctrl+w")
            await console.shows("Ctrl+W tries the stop once more")
            await console.press("ctrl+w")
            await console.until(lambda: street.backends["ender"].calls.count("emergency_stop") == 2)
    finally:
        keymap.choose(Config())
