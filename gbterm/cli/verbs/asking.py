"""Questions of the printer and their answers, the change of filament, and the counters."""

from __future__ import annotations

import argparse

from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.errors import OutOfRange, WrongState
from gbterm.model import Prompt
from gbterm.text import scrub

LONGEST = 200
"""Characters of a question that are shown on a line."""


def _pending(asked: Asked) -> Prompt:
    prompt = asked.backend.state.prompt
    if prompt is None:
        raise WrongState(
            f"{asked.backend.name} asks nothing now; gbterm status tells what it does."
        )
    return prompt


async def _prompt(asked: Asked) -> Answer:
    prompt = _pending(asked)
    choices = [f"{number} {text}" for number, text in enumerate(prompt.choices, 1)]
    lines = tuple(scrub(line, LONGEST) for line in (prompt.text, *choices))
    return Answer(lines, {"text": prompt.text, "choices": list(prompt.choices)})


async def _answer(asked: Asked) -> Answer:
    prompt = _pending(asked)
    await asked.backend.answer_prompt(_chosen(prompt, asked.args.choice))
    return DONE


def _chosen(prompt: Prompt, said: str) -> int:
    """Which of its choices, from 0, `said` means: its number as `prompt` shows it, or its text."""
    texts = [text.casefold() for text in prompt.choices]
    if said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= len(texts):
        return int(said) - 1
    if said.casefold() in texts:
        return texts.index(said.casefold())
    known = ", ".join(f"{n} {scrub(text, 40)}" for n, text in enumerate(prompt.choices, 1))
    raise OutOfRange(f"{said!r} is no answer to it (known: {known or 'none'}).")


def _answer_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "choice", metavar="N|TEXT", help="its number, as gbterm prompt shows it, or its text"
    )


async def _swap(asked: Asked) -> Answer:
    if asked.args.step == "begin":
        await asked.backend.begin_swap()
    else:
        await asked.backend.complete_swap()
    return DONE


def _swap_arguments(parser: argparse.ArgumentParser) -> None:
    what = "begin, as without a word, pauses the print for it, complete prints on with the new one"
    steps = ("begin", "complete")
    parser.add_argument(
        "step", nargs="?", default="begin", choices=steps, metavar="|".join(steps), help=what
    )


async def _counters(asked: Asked) -> Answer:
    counters = await asked.backend.counters()
    return Answer(tuple(f"{scrub(name)}: {value}" for name, value in counters.items()), counters)


VERBS = (
    Verb("prompt", "print the question that the printer asks, and its choices", _prompt),
    Verb(
        "answer",
        "answer the question that the printer asks",
        _answer,
        _answer_arguments,
        examples=("1", "Continue"),
    ),
    Verb("swap", "change filament in the middle of a print", _swap, _swap_arguments),
    Verb("counters", "print the minutes of use of the printer's parts", _counters),
)
