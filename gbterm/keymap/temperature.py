"""What the Temperature screen does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import NOTHING, RUNNING, Action, Condition, Footer, phase_in
from gbterm.model import Phase

SCREEN = "temperature"
_HEATING = (Phase.READY, Phase.STARTING, *RUNNING, Phase.PAUSED, Phase.FILAMENT_SWAP)
_CAN_HEAT = phase_in(*_HEATING)
_CAN_COOL = phase_in(*_HEATING, Phase.CANCELLING, Phase.ERROR)


def _action(
    name: str,
    title: str,
    help_text: str,
    keys: str,
    shown: str,
    needs: Capability = NOTHING,
    when: Condition = lambda _: True,
    footer: Footer = Footer.NEVER,
) -> Action:
    return Action(
        name, title, help_text, keys, shown, screen=SCREEN, needs=needs, when=when, footer=footer
    )


def _target(name: str, title: str, help_text: str, keys: str, shown: str) -> Action:
    footer = Footer.ALWAYS if keys == "enter" else Footer.NEVER
    heat = Capability.TEMPERATURE
    return _action(name, title, help_text, keys, shown, heat, _CAN_HEAT, footer)


ACTIONS: tuple[Action, ...] = (
    _action("heater_before", "Heater", "Select the heater above", "up", "↑"),
    _action("heater_after", "Heater", "Select the heater below", "down", "↓"),
    _target("warmer", "Warmer", "Raise the target by 1 °C", "right", "→"),
    _target("cooler", "Cooler", "Lower the target by 1 °C", "left", "←"),
    _target(
        "much_warmer",
        "Much warmer",
        "Raise the target by 10 °C",
        "plus,equals_sign,right_square_bracket",
        "+",
    ),
    _target(
        "much_cooler",
        "Much cooler",
        "Lower the target by 10 °C",
        "minus,left_square_bracket",
        "-",
    ),
    _target("set_target", "Target", "Type the target of the selected heater", "enter", "Enter"),
    _action(
        "apply_preset",
        "Preset",
        "Set the targets of a preset, as PLA or cool down",
        "p",
        "p",
        Capability.ACTIONS,
        _CAN_HEAT,
        Footer.ALWAYS,
    ),
    _action(
        "heater_off",
        "Off",
        "Turn the selected heater off",
        "o",
        "o",
        Capability.TEMPERATURE,
        _CAN_COOL,
        Footer.ALWAYS,
    ),
    _action(
        "cool_down",
        "All off",
        "Turn all heaters off",
        "c",
        "c",
        Capability.TEMPERATURE,
        _CAN_COOL,
        Footer.ALWAYS,
    ),
    _action("set_fan", "Fan", "Set a fan in percent", "f", "f", Capability.FANS, _CAN_HEAT),
    _action(
        "tune",
        "Tune",
        "Tune the PID of the selected heater, after a question",
        "t",
        "t",
        Capability.PID,
        phase_in(Phase.READY),
    ),
    _action("chart_span", "Minutes", "Show more or fewer minutes in the chart", "w", "w"),
)
