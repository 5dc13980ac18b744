"""`gbterm completions SHELL`, and what that script asks at each Tab.

The script is argcomplete's. It runs gbterm with the line as it stands, which the parsers of the
command line complete: nothing is told to a shell that they don't know. Nobody is connected to for
it, so the files of a printer aren't offered.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs.table import BY_EIGHT
from gbterm.errors import GbtermError

SHELLS = ("bash", "zsh", "fish")
ASKED = "_ARGCOMPLETE"
"""What the script sets in the environment of a gbterm that is to complete a line."""
FILES, FOLDERS = ("FILE", "PATH", "DEVICE"), ("DIR",)
"""The metavars of arguments that are paths of this machine."""
_CALL = re.compile(r"(?:^|[;&|(])\s*(?:\S+\s+)*?(?:\S*/)?(gbterm|8\w+)(?=\s)")
"""A command of ours in a line, also behind another one, as `sudo gbterm`."""
_ZSH_HOMES = """
_gbterm_or_home() {{ if [[ $PREFIX == '~'* ]]; then _files; else $_gbterm_words; fi }}
typeset -g _gbterm_words=$_comps[gbterm]
compdef _gbterm_or_home {names}
"""
"""argcomplete quotes the ~ of a path, which is somebody's home no more then."""
_UNQUOTED = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def script(args: argparse.Namespace) -> ExitCode:
    """Print the script for a shell."""
    from argcomplete.shell_integration import shellcode

    names = ("gbterm", *BY_EIGHT)
    print(shellcode(names, shell=args.shell, argcomplete_script=_program()))
    if args.shell == "zsh":
        print(_ZSH_HOMES.format(names=" ".join(names)))
    return ExitCode.DONE


def answer(parser_of: Callable[[list[str]], argparse.ArgumentParser]) -> None:
    """Tell the shell that asks what can follow, then end. `parser_of` knows a line's words."""
    from argcomplete.finders import CompletionFinder
    from argcomplete.lexers import split_line

    line = os.environ.get("COMP_LINE", "")[: int(os.environ.get("COMP_POINT", "0"))]
    line = as_command(line)
    os.environ |= {ASKED: "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    words = split_line(line)[3]
    offered: Any = _offered  # it is called, whatever it is
    finder = CompletionFinder()
    finder(parser_of(words[1:]), always_complete_options=False, default_completer=offered)


def as_command(line: str) -> str:
    """`line` from its last command of ours on; a launcher's as `gbterm 8NAME` is."""
    calls = list(_CALL.finditer(line))
    if not calls:
        return line
    name, rest = calls[-1][1], line[calls[-1].end() :]
    return f"gbterm{rest}" if name == "gbterm" else f"gbterm {name}{rest}"


def _offered(*, prefix: str, action: argparse.Action, **_: Any) -> Iterable[str]:
    """What an argument without choices may be."""
    from argcomplete.completers import DirectoriesCompleter, FilesCompleter

    if action.dest == "printer":
        return _printers()
    if action.metavar in FILES:
        return FilesCompleter()(prefix)
    if action.metavar in FOLDERS:
        return DirectoriesCompleter()(prefix)
    return ()


def _printers() -> list[str]:
    """The names that `--printer` takes; where the configuration is wrong, nobody says so at Tab."""
    from gbterm import config_file, octocmd
    from gbterm.host import hosts

    names = {host.called for host in hosts.running()}
    if any(file.is_file() for file in octocmd.files()):
        names.add(octocmd.NAME)
    with suppress(GbtermError):
        names.update(config_file.load().printers)
    return sorted(filter(str.isprintable, names))


def _program() -> str:
    """How the script calls gbterm, also where it isn't on the PATH. The script doesn't quote it."""
    found = shutil.which(sys.argv[0]) or shutil.which("gbterm")
    path = str(Path(found).absolute()) if found else ""
    return path if _UNQUOTED.fullmatch(path) else "gbterm"
