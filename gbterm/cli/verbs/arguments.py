"""The table's commands as the command line takes them."""

from __future__ import annotations

from gbterm.cli.parser import Commands, Parser, add_target, command, count
from gbterm.cli.verbs.run import runner
from gbterm.cli.verbs.table import BY_EIGHT, BY_NAME
from gbterm.cli.verbs.verb import Verb


def add_verbs(commands: Commands, argv: list[str]) -> None:
    """Declare them all; the arguments only of those that `argv` may call, for there are many."""
    for name, verb in BY_NAME.items():
        if name in argv:
            complete(command(commands, name, runner(verb), verb.help), verb)
        else:
            commands.add_parser(name, help=verb.help, description=verb.help)
    for name in argv:
        if name in BY_EIGHT and name not in commands.choices:
            verb = BY_EIGHT[name]
            parser = command(commands, name, runner(verb, launched=True), verb.help)
            parser.prog = name
            complete(parser, verb)


def complete(parser: Parser, verb: Verb) -> None:
    """Declare what `verb` takes, but for the options that say which printer is meant."""
    verb.arguments(parser)
    what = "print JSON" if verb.follow is None else "print a JSON object a line"
    parser.add_argument("--json", action="store_true", help=what)
    if verb.follow is not None:
        parser.add_argument("--count", type=count, metavar="N", help="end after so many")
    what = "say on standard error what is asked, -vv what is answered too"
    parser.add_argument("-v", dest="verbose", action="count", default=0, help=what)
    if verb.examples:
        parser.show_examples(*verb.examples)
    if verb.confirms:
        parser.add_argument("--yes", action="store_true", help="agree to what would be asked")


def guarded(argv: list[str]) -> list[str]:
    """`argv` with the text of a command, if it has one, behind a `--`: that may begin with a -."""
    for at, word in enumerate(argv):
        verb = BY_NAME.get(word) or BY_EIGHT.get(word)
        if verb is None:
            continue
        if not verb.is_text:
            return argv
        text = at + 1 + _options(verb, argv[at + 1 :])
        return argv if "--" in argv[text : text + 1] else [*argv[:text], "--", *argv[text:]]
    return argv


def _options(verb: Verb, words: list[str]) -> int:
    """How many of `words` are options of `verb` and their values, before its text."""
    parser = Parser()
    add_target(parser)
    complete(parser, verb)
    return parser.leading_options(words)
