#!/usr/bin/env python3
"""Writes what the program itself knows into the pages of docs; --check only compares.

A page has a place for it between `<!-- NAME: scripts/reference.py -->` and `<!-- end -->`.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tables import api, commands, house, keys  # noqa: E402

PAGES = {
    "commands.md": commands.PLACES,
    "keys.md": keys.PLACES,
    "api.md": api.PLACES,
    "architecture.md": house.PLACES,
}
"""What stands in the places of each page, as functions that give lines."""
PLACE = re.compile(r"(<!-- (\w+): scripts/reference.py -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page, places):
    """`page` with its places filled. Ends the program where they are not the known ones."""
    found = [name for _, name, _ in PLACE.findall(page)]
    if sorted(found) != sorted(places):
        wrong = ", ".join(sorted(set(found) ^ set(places))) or "one is there twice"
        sys.exit(f"The places of the page are not those that are known: {wrong}.")
    return PLACE.sub(lambda m: "\n".join((m[1], *places[m[2]](), "", m[3])), page)


if __name__ == "__main__":
    for name, places in PAGES.items():
        path = ROOT / "docs" / name
        page = path.read_text()
        current = written(page, places)
        if "--check" not in sys.argv:
            path.write_text(current)
        elif current != page:
            sys.exit(f"docs/{name} is not as the program is: run scripts/reference.py.")
