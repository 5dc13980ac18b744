"""Exit codes and commands, as the parsers have them."""

from gbterm.cli import contents, options
from gbterm.cli.exits import MEANINGS
from gbterm.cli.synopsis import commands_of, synopsis
from gbterm.cli.verbs.table import BY_NAME, EIGHTS


def exits():
    """What a script can tell from the exit code."""
    yield from ("| exit code | means |", "|---|---|")
    yield from (f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items())


def commands():
    """All commands by area."""
    eights = [f"8{verb.name}" for verb in EIGHTS]
    known = options.declared(["simulate", *BY_NAME, *eights])[1]
    areas = [*contents.areas(known), ("launchers that differ", eights)]
    yield from ("| | command | does |", "|---|---|---|")
    for area, names in areas:
        for name in names:
            if name not in BY_NAME or BY_NAME[name].name == name:
                for parser in commands_of(known[name]).values() or (known[name],):
                    yield f"| {area} | {_called(name, parser)} | {parser.description} |"
                    area = ""


def _called(name, parser):
    also = BY_NAME[name].names[1:] if name in BY_NAME else ()
    written = (synopsis(parser).removeprefix("gbterm "), *also)
    return ", ".join(f"`{one}`".replace("|", "\\|") for one in written)


PLACES = {"exits": exits, "commands": commands}
