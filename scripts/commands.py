#!/usr/bin/env python3
"""Writes the tables of docs/commands.md as the program itself has them; --check only compares."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from gbterm.cli import contents, options  # noqa: E402
from gbterm.cli.exits import MEANINGS  # noqa: E402
from gbterm.cli.synopsis import commands_of, synopsis  # noqa: E402
from gbterm.cli.verbs.table import BY_NAME, EIGHTS  # noqa: E402

DOCUMENT = ROOT / "docs" / "commands.md"
TABLE = re.compile(r"(<!-- (\w+): scripts/commands.py -->\n).*?(<!-- end -->)", re.DOTALL)


def exits():
    yield from ("| exit code | means |", "|---|---|")
    yield from (f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items())


def commands():
    eights = [f"8{verb.name}" for verb in EIGHTS]
    known = options.declared(["simulate", *BY_NAME, *eights])[1]
    areas = [*contents.areas(known), ("launchers that differ", eights)]
    yield from ("| | command | does |", "|---|---|---|")
    for area, names in areas:
        for name in names:
            if name not in BY_NAME or BY_NAME[name].name == name:
                for parser in commands_of(known[name]).values() or (known[name],):
                    yield f"| {area} | {called(name, parser)} | {parser.description} |"
                    area = ""


def called(name, parser):
    also = BY_NAME[name].names[1:] if name in BY_NAME else ()
    written = (synopsis(parser).removeprefix("gbterm "), *also)
    return ", ".join(f"`{one}`".replace("|", "\\|") for one in written)


def made(found):
    lines = {"exits": exits, "commands": commands}[found[2]]()
    return "\n".join((found[1].rstrip(), *lines, found[3]))


if __name__ == "__main__":
    text = DOCUMENT.read_text()
    current = TABLE.sub(made, text)
    if "--check" not in sys.argv:
        DOCUMENT.write_text(current)
    elif current != text:
        sys.exit("docs/commands.md is not as the program is: run scripts/commands.py.")
