"""What the printer's server does by a name: macros, and targets of presets."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict

from gbterm.cli.verbs.gcode import answer
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.text import scrub


def _takes(parser: argparse.ArgumentParser) -> None:
    what = "one of those that are listed without it, in whatever case"
    parser.add_argument("name", nargs="*", metavar="NAME", help=what)


def _called(asked: Asked, names: Iterable[str]) -> str:
    """The name as it was configured; as it was typed where there is none, for its server to say."""
    typed = " ".join(asked.args.name)
    known = list(names)
    alike = [name for name in known if name.lower() == typed.lower()]
    return alike[0] if typed not in known and len(alike) == 1 else typed


async def _macro(asked: Asked) -> Answer:
    macros = await asked.backend.macros()
    if not asked.args.name:
        lines = tuple(scrub(f"{macro.name}: {macro.about}") for macro in macros)
        return Answer(lines, [asdict(macro) for macro in macros])
    name = _called(asked, (macro.name for macro in macros))
    return answer(await asked.backend.run_macro(name, confirmed=asked.confirmed))


async def _preset(asked: Asked) -> Answer:
    presets = await asked.backend.presets()
    if not asked.args.name:
        lines = tuple(scrub(f"{preset.name}: {preset.about}") for preset in presets)
        return Answer(lines, [asdict(preset) for preset in presets])
    name = _called(asked, (preset.name for preset in presets))
    await asked.backend.apply_preset(name, confirmed=asked.confirmed)
    return DONE


MACRO = Verb(
    "macro",
    "run a macro of the configuration, print what the printer says; list them",
    _macro,
    _takes,
    confirms=True,
    within_s=None,
    examples=("", "purge", "--yes purge"),
)
PRESET = Verb(
    "preset",
    "heat to the targets of a preset, as PLA or cool down; list them",
    _preset,
    _takes,
    confirms=True,
    examples=("", "PLA", "cool down"),
)
