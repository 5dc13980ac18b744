"""What stands on and around a printer: fans, servos, its display, its beeper, its button."""

from __future__ import annotations

import argparse

from gbterm import config_file, orders
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.cli.verbs.words import argument, number, understood, whole
from gbterm.errors import WrongState
from gbterm.orders import FULL


def _speed(parser: argparse.ArgumentParser) -> None:
    kind = argument(orders.fan_speed)
    parser.add_argument("speed", type=kind, metavar="SPEED", help=f"on, off or 0 to {FULL}")


async def _fan(asked: Asked) -> Answer:
    await asked.backend.set_fan(0, asked.args.speed / FULL * 100)
    return DONE


def _on_off(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "to", type=str.lower, choices=("on", "off"), metavar="on|off", help="whether it turns"
    )


async def _fan2(asked: Asked) -> Answer:
    value = FULL if asked.args.to == "on" else 0
    return await _send(asked, orders.pin(config_file.load().suite.fan2_pin, value))


def _servo_angle(parser: argparse.ArgumentParser) -> None:
    what = "which one, from 0"
    parser.add_argument("servo", type=whole(0, orders.MOST_SERVOS), metavar="N", help=what)
    kind = number(0, orders.MOST_DEGREES)
    parser.add_argument("angle", type=kind, metavar="ANGLE", help="0 to 180 degrees")


async def _servo(asked: Asked) -> Answer:
    return await _send(asked, orders.servo(asked.args.servo, asked.args.angle))


def _text(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="+", metavar="TEXT", help='what it says, "" clears it')


async def _msg(asked: Asked) -> Answer:
    return await _send(asked, understood(orders.message, asked.args.text))


def _tone(parser: argparse.ArgumentParser) -> None:
    for name, most, what in (
        ("ms", orders.LONGEST_BEEP_MS, "how long"),
        ("hz", orders.HIGHEST_HZ, "how high"),
    ):
        told = f"{what}, else as configured"
        parser.add_argument(name, nargs="?", type=whole(1, most), metavar=name.upper(), help=told)


async def _beep(asked: Asked) -> Answer:
    suite = config_file.load().suite
    ms, hz = asked.args.ms or suite.beep_ms, asked.args.hz or suite.beep_hz
    return await _send(asked, orders.beep(ms, hz))


async def _click(asked: Asked) -> Answer:
    """Answers what the printer asks. M108 would do that unasked too, and end a wait for a heater:
    the print would begin cold."""
    backend = asked.backend
    if backend.state.prompt is None:
        raise WrongState(
            f"{backend.name} waits for no button; gbterm resume goes on where a print is paused."
        )
    await backend.answer_prompt(0)
    return DONE


async def _send(asked: Asked, command: str) -> Answer:
    await asked.backend.send_gcode(command, wait=False)
    return DONE


VERBS = (
    Verb("fan", "set the fan of the head", _fan, _speed, examples=("on", "128")),
    Verb("fan2", "switch the fan of the bed", _fan2, _on_off),
    Verb("servo", "turn a servo", _servo, _servo_angle, examples=("0 90",)),
    Verb(
        "msg",
        "show a text on the printer's display",
        _msg,
        _text,
        is_text=True,
        examples=("Back in 5 minutes",),
    ),
    Verb("beep", "have the printer beep", _beep, _tone, examples=("", "500 2000")),
    Verb("click", "go on where the printer asks for its button", _click),
)
