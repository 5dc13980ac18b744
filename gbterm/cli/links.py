"""`gbterm links`: a small launcher for each `8NAME`, as files in a folder of the user's PATH."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

import gbterm
from gbterm import whole_file
from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs.table import BY_EIGHT
from gbterm.errors import UsageError

MARK = "# Made by gbterm links: it may overwrite and remove this."
SHEBANG_MAX = 127
"""Bytes of the first line that every kernel takes, `#!` among them."""
READ_MAX = 4096


def links(args: argparse.Namespace) -> ExitCode:
    """Write the launchers into a folder, or remove them from it."""
    folder = Path(args.folder).absolute()
    try:
        said = _remove(folder, _own(folder)) if args.remove else _write(folder)
    except OSError as error:
        raise UsageError(
            f"The launchers can't be {'removed from' if args.remove else 'written to'} {folder}"
            f" ({error.strerror}): name a folder of yours, as ~/.local/bin."
        ) from error
    print(said)
    return ExitCode.DONE


def launcher(name: str, interpreter: str, packages: str) -> str:
    """The file that runs `name` of the package in the folder `packages`."""
    code = f"import sys\nsys.path.insert(0, {packages!a})\n"
    code += f"from gbterm.quick import run\nrun({name!a})\n"
    first = f"#!{interpreter} -IS"
    if len(first.encode()) <= SHEBANG_MAX and not any(map(str.isspace, interpreter)):
        return f"{first}\n{MARK}\n{code}"
    return f'#!/bin/sh\n{MARK}\nexec {shlex.quote(interpreter)} -IS -c {shlex.quote(code)} "$@"\n'


def _write(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    own = _own(folder)
    for name in BY_EIGHT:
        path = folder / name
        if path not in own and (path.exists() or path.is_symlink()):
            raise UsageError(
                f"{path} is not gbterm's own: move it away, or name another folder. Nothing was"
                " written."
            )
    packages = str(Path(gbterm.__file__).absolute().parents[1])
    for name in BY_EIGHT:
        text = launcher(name, sys.executable, packages)
        whole_file.write(folder / name, text, mode=0o777, is_lasting=False)
    for path in own:
        if path.name not in BY_EIGHT:
            path.unlink()
    return f"{len(BY_EIGHT)} commands are in {folder}."


def _remove(folder: Path, own: Iterable[Path]) -> str:
    count = 0
    for count, path in enumerate(own, 1):  # noqa: B007
        path.unlink()
    return f"{count} commands were removed from {folder}."


def _own(folder: Path) -> list[Path]:
    """What was made here. A link is somebody else's, whatever it leads to."""
    return [
        path
        for path in sorted(folder.glob("8*"))
        if path.is_file() and not path.is_symlink() and _is_marked(path)
    ]


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:
        return MARK.encode() in file.read(READ_MAX).splitlines()[1:2]
