"""What is known, what is told by itself, leaving; and the stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gbterm.backends.stopping import stop
from gbterm.plain import account
from gbterm.plain.command import Command, Desk, WrongWords, choice, count, name_of, nothing, number

LEAST_S = 1.0


async def _status(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    return list(account.status(desk.backend.state, desk.backend.freshness()))


async def _position(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    return list(account.motion(desk.backend.state, is_old=desk.is_old))


async def _messages(desk: Desk, text: str) -> Sequence[str]:
    most = count(text, "number of messages") if text else 10
    messages = desk.backend.state.messages[-most:] if most else ()
    return [account.message(message) for message in messages] or ["No messages yet."]


async def _estop(desk: Desk, text: str) -> Sequence[str]:
    del text
    return account.stopped(await stop(desk.backend), "the printer")


async def _progress(desk: Desk, text: str) -> Sequence[str]:
    steps = {"on": 5, "off": 0}
    percent = steps[text] if text in steps else count(text, "step in percent")
    if percent > 100:
        raise WrongWords("A step is from 1 to 100 percent.")
    desk.narrator.step_percent = percent
    if not percent:
        return ["Progress is not told any more."]
    return [f"Progress is told every {percent} %, at most once a minute."]


async def _layers(desk: Desk, text: str) -> Sequence[str]:
    desk.narrator.layers = choice(text, "on", "off") == "on"
    return ["Layers are told." if desk.narrator.layers else "Layers are not told any more."]


async def _watch(desk: Desk, text: str) -> Sequence[str]:
    what, _, every = text.partition(" ")
    choice(what, "temperatures")
    now = asyncio.get_running_loop().time()
    if every == "off":
        desk.narrator.watch_temperatures(None, now)
        return ["Temperatures are not told any more."]
    seconds = number(every or "30", "number of seconds")
    if seconds < LEAST_S:
        raise WrongWords(f"That is too often: once in {LEAST_S:g} s at most.")
    desk.narrator.watch_temperatures(seconds, now)
    return [f"Temperatures are told every {seconds:g} s."]


async def _settings(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    told = desk.narrator
    step = f"every {told.step_percent} %" if told.step_percent else "off"
    every = f"every {told.temperatures_s:g} s" if told.temperatures_s else "off"
    return [
        f"progress: {step}",
        f"layers: {'on' if told.layers else 'off'}",
        f"watch temperatures: {every}",
        f"console: {'on' if desk.cable.is_on else 'off'}",
    ]


async def _quit(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    desk.leave()
    return []


async def _answer(desk: Desk, text: str) -> Sequence[str]:
    prompt = desk.backend.state.prompt
    if not text and prompt is not None:
        return list(account.question(prompt))
    number = count(name_of(text, "number of the answer"), "number of an answer")
    await desk.backend.answer_prompt(number - 1)
    return ["Answered."]


COMMANDS = (
    Command("status", _status, "tell everything that is known of the printer"),
    Command("estop", _estop, "emergency stop: halt the printer at once, without a question"),
    Command("quit", _quit, "leave; a print goes on"),
    Command("answer", _answer, "answer the question that the printer asks", "NUMBER"),
    Command("watch", _watch, "tell temperatures every so many seconds", "temperatures S|off"),
    Command("progress", _progress, "tell progress in steps of so many percent", "on|off|PERCENT"),
    Command("layers", _layers, "tell the layers that a print is in", "on|off"),
    Command("settings", _settings, "tell what is told by itself"),
    Command("position", _position, "tell where the head is, overrides and fans"),
    Command("messages", _messages, "tell the last messages", "[NUMBER]"),
)
