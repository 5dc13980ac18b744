"""Macros and programs of the configuration, chosen from a list or by a macro's own key."""

from __future__ import annotations

import pytest

from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply, named
from gbterm.backends import agreement
from gbterm.backends.capability import Capability
from gbterm.cli.opening import Opened
from gbterm.cli.target import Target
from gbterm.errors import WrongState
from gbterm.screens.connect import Connected
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend

LIFT = Macro("lift", ("G91", "G1 Z10", "G90"), "Is nothing above the head?", "ctrl+w", "up 10 mm")
WHERE = Macro("where", ("M114",), key="ctrl+l")
TAKEN = Macro("taken", ("M105",), key="f2", description="asks for temperatures")
LIGHTS = HostCommand("lights", "Switch them on?", "the lamp over the printer", safe=True)


class Configured(MemoryBackend):
    """One whose user has configured several."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[str] = []
        self.offered: list[Macro] = [LIFT, WHERE, TAKEN]
        self.exit_code = 0

    async def macros(self) -> list[Macro]:
        await self._called("macros", Capability.ACTIONS)
        return self.offered

    async def run_macro(self, name: str, *, confirmed: bool = False) -> list[Reply]:
        await self._called("run_macro", Capability.ACTIONS)
        macro = next((macro for macro in self.offered if macro.name == name), WHERE)
        agreement.require(agreement.of_macro(macro), confirmed=confirmed)
        self.ran.append(name)
        return [Reply("M114", ("X:1 Y:2 Z:3",))] if name == "where" else [Reply("G91")]

    async def presets(self) -> list[Preset]:
        await self._called("presets", Capability.ACTIONS)
        return [Preset("PETG", 240.0, 80.0), Preset("cool down", 0.0, 0.0, 0.0)]

    async def apply_preset(
        self, name: str, nozzle: int | None = None, *, confirmed: bool = False
    ) -> None:
        await self._called("apply_preset", Capability.ACTIONS)
        preset = named("preset", name, await self.presets())
        agreement.require(agreement.of_preset(preset, self.state), confirmed=confirmed)
        self.ran.append(name)

    async def commands(self) -> list[HostCommand]:
        await self._called("commands", Capability.ACTIONS)
        return [LIGHTS] if self.offered else []

    async def run_command(self, name: str, *, confirmed: bool = False) -> CommandResult:
        await self._called("run_command", Capability.ACTIONS)
        agreement.require(LIGHTS.confirm, confirmed=confirmed)
        self.ran.append(name)
        return CommandResult(self.exit_code, ("they are on",))


@pytest.fixture
def backend() -> Configured:
    return Configured()


async def learnt(console: Console) -> None:
    """The macros' keys are known."""
    await console.until(lambda: "ctrl+l" in console.app._bindings.key_to_bindings)


async def test_a_macro_is_chosen_asked_for_and_run(backend: Configured) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+k")
        await console.shows("1 lift up 10 mm (Ctrl+W)")
        await console.shows("2 where M114 (Ctrl+L)")
        await console.shows("3 taken asks for temperatures (F2, which is taken)")
        await console.press("1")
        await console.shows("Is nothing above the head?")
        await console.press("enter")
        assert backend.ran == []
        await console.press("ctrl+k", "1", "right", "enter")
        await console.says("lift is done.")
        assert backend.ran == ["lift"]


async def test_a_macro_asks_what_its_commands_would_where_they_are_typed(
    backend: Configured,
) -> None:
    backend.offered = [Macro("store", ("G28", "M500")), Macro("reset", ("M502",), "Really?")]
    async with opened(backend) as console:
        await console.press("ctrl+k", "1")
        await console.shows("settings in the printer. Run it?")
        await console.press("enter", "ctrl+k", "2")
        await console.shows("The macro reset holds 'M502'")
        assert backend.ran == []
        await console.press("right", "enter")
        await console.says("reset is done.")
        assert backend.ran == ["reset"]


async def test_what_the_board_says_to_a_macro_is_shown(backend: Configured) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+k", "2")
        await console.shows("M114 X:1 Y:2 Z:3")
        await console.press("escape")
        assert console.top == "DashboardScreen"


async def test_a_macros_key_works_on_every_screen_and_takes_nobodys(backend: Configured) -> None:
    async with opened(backend) as console:
        await learnt(console)
        for number, screen in enumerate(("f2", "f3", "f4", "f5"), 1):
            await console.press(screen, "ctrl+l")
            await console.shows("X:1 Y:2 Z:3")
            await console.press("escape")
            assert backend.ran == ["where"] * number
        await console.press("f4", "f2")
        assert console.top == "DashboardScreen"
        await console.press("f4", "ctrl+w")
        await console.shows("Is nothing above the head?")
        assert "taken" not in backend.ran


async def test_a_macro_that_may_not_run_now_says_why(backend: Configured) -> None:
    async with opened(backend) as console:
        await learnt(console)
        await printing(console)
        backend.refuse = WrongState("memory is printing.")
        await console.press("ctrl+l")
        await console.says("memory is printing.")
        assert backend.ran == []


@pytest.mark.parametrize(
    ("code", "word"), [(0, "lights succeeded"), (2, "lights failed with exit code 2")]
)
async def test_a_program_is_asked_for_and_its_output_is_shown(
    backend: Configured, code: int, word: str
) -> None:
    backend.exit_code = code
    async with opened(backend) as console:
        await console.press("ctrl+e")
        await console.shows("1 lights the lamp over the printer")
        await console.press("1")
        await console.shows("Switch them on?")
        await console.press("right", "enter")
        await console.shows(word)
        await console.shows("they are on")


async def test_where_there_are_none_it_says_how_to_make_one(backend: Configured) -> None:
    backend.offered = []
    async with opened(backend) as console:
        await console.press("ctrl+k")
        await console.says("[macro.NAME] in the configuration makes one")
        await console.press("ctrl+e")
        await console.says("[command.NAME] in the configuration makes one")


async def test_the_keys_come_with_a_server_that_comes_back(backend: Configured) -> None:
    backend.offered = []
    async with opened(backend) as console:
        await console.press("ctrl+l")
        assert backend.ran == []
        backend.lose()
        await console.shows("DISCONNECTED")
        backend.offered = [WHERE]
        backend.come_back()
        await learnt(console)
        await console.press("ctrl+l")
        await console.shows("X:1 Y:2 Z:3")


async def test_a_backend_without_them_greys_their_keys() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.ACTIONS)
    async with opened(backend) as console:
        await console.press("ctrl+k", "ctrl+e")
        assert console.top == "DashboardScreen"
        assert {"macros", "commands"}.isdisjoint(backend.calls)


async def test_a_key_runs_the_macro_that_the_printer_on_show_has_there(backend: Configured) -> None:
    other = Configured()
    other.offered = [
        Macro("where", ("M112",), key="ctrl+w"),
        Macro("rinse", ("G28",), key="ctrl+l"),
    ]
    await other.connect()
    async with opened(backend) as console:
        await learnt(console)
        await console.press("f8")
        console.app._connected(Connected(Opened(Target("attic"), "gbterm"), other))
        await console.until(lambda: console.top == "DashboardScreen")
        await console.until(lambda: "macros" in other.calls)
        await console.press("ctrl+l")
        await console.until(lambda: other.ran)
        assert (backend.ran, other.ran) == ([], ["rinse"])


async def test_the_palette_finds_a_macro_by_its_name_asks_and_runs_it(backend: Configured) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+p", *"macro lift")
        await console.shows("Macro lift up 10 mm (Ctrl+W)")
        await console.press("enter")
        await console.shows("Is nothing above the head?")
        await console.press("right", "enter")
        await console.says("lift is done.")
        assert backend.ran == ["lift"]


async def test_the_palette_finds_presets_and_programs(backend: Configured) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+p", *"pet")
        await console.shows("Preset PETG nozzle 240 °C, bed 80 °C")
        await console.press("enter")
        await console.says("Preset PETG is set.")
        assert backend.ran == ["PETG"]
        await console.press("ctrl+p", *"lamp over")
        await console.shows("Program lights the lamp over the printer")
        await console.press("enter")
        await console.shows("Switch them on?")
        await console.press("right", "enter")
        await console.shows("lights succeeded")


@pytest.mark.parametrize(
    ("way", "choice"), [(("ctrl+p", *"preset cool"), "enter"), (("f6", "p"), "2")]
)
async def test_a_preset_that_takes_the_heat_from_a_print_is_asked_about_in_the_same_words(
    backend: Configured, way: tuple[str, ...], choice: str
) -> None:
    async with opened(backend) as console:
        await printing(console)
        for keys, ran in ((("enter",), []), (("right", "enter"), ["cool down"])):
            await console.press(*way)
            await console.shows("cool down")
            await console.press(choice)
            await console.shows("without their heat. Set it?")
            await console.shows("Keep heating")
            await console.press(*keys)
            if ran:
                await console.says("Preset cool down is set.")
            assert backend.ran == ran


async def test_what_a_macro_is_called_is_nobodys_markup_in_the_palette(backend: Configured) -> None:
    backend.offered = [Macro("[red]x[/red]", ("M117 [b]",), description="[@click=app.quit]go[/]")]
    async with opened(backend) as console:
        await console.press("ctrl+p", *"macro")
        await console.shows("Macro [red]x[/red] [@click=app.quit]go[/]")


async def test_the_palette_works_where_nobody_can_tell_of_macros(backend: Configured) -> None:
    async with opened(backend) as console:
        await learnt(console)
        backend.refuse = WrongState("memory tells nothing.")
        await console.press("ctrl+p", *"macros")
        await console.shows("Macros (^k)")
        await console.press("escape")
        assert console.top == "DashboardScreen"


async def test_a_macros_key_may_be_written_as_the_other_keys(backend: Configured) -> None:
    backend.offered = [Macro("where", ("M114",), key="Ctrl+L"), Macro("bad", ("M105",), key="Up+L")]
    async with opened(backend) as console:
        await learnt(console)
        await console.press("ctrl+l")
        await console.shows("X:1 Y:2 Z:3")
        await console.press("escape", "ctrl+k")
        await console.shows("2 bad M105 (Up+L, which is no key)")
