"""What the Jog screen does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import Action, Condition, Footer, phase_in
from gbterm.model import Phase

SCREEN = "jog"
IDLE = phase_in(Phase.READY)
MOVABLE = phase_in(Phase.READY, Phase.PAUSED)
"""A print that is paused finds back to its place."""


def _free(axis: str) -> Condition:
    """While nothing moves the head, and the board doesn't want `axis` homed first."""
    return lambda state: MOVABLE(state) and axis not in state.homing_demanded


def _jog(name: str, way: str, axis: str, keys: str, shown: str) -> Action:
    title = f"{axis.upper()} {way}"
    help_text = f"Move {axis.upper()} by a step, {way}"
    free = _free(axis.upper())
    return Action(
        name, title, help_text, keys, shown, screen=SCREEN, needs=Capability.MOVE, when=free
    )


def _home(
    name: str, what: str, key: str, footer: Footer = Footer.NEVER, when: Condition = IDLE
) -> Action:
    return Action(
        name,
        f"Home {what}",
        f"Home {what}, which moves the head to the end of its way",
        key,
        key,
        screen=SCREEN,
        needs=Capability.HOME,
        when=when,
        footer=footer,
    )


def _filament(name: str, title: str, help_text: str, key: str) -> Action:
    return Action(
        name,
        title,
        help_text,
        key,
        key,
        screen=SCREEN,
        needs=Capability.EXTRUDE,
        # In a change of filament only where the board leaves it to the host, which then says so.
        when=phase_in(Phase.READY, Phase.PAUSED, Phase.FILAMENT_SWAP),
    )


STEPS_MM = {"step_tenth": 0.1, "step_one": 1.0, "step_ten": 10.0, "step_hundred": 100.0}
"""How far a key moves the head, by the action that picks it."""

ACTIONS: tuple[Action, ...] = (
    _jog("jog_left", "to the left", "x", "left", "←"),
    _jog("jog_right", "to the right", "x", "right", "→"),
    _jog("jog_back", "to the back", "y", "up", "↑"),
    _jog("jog_front", "to the front", "y", "down", "↓"),
    _jog("jog_up", "up, away from the bed", "z", "pageup", "PgUp"),
    _jog("jog_down", "down, to the bed", "z", "pagedown", "PgDn"),
    *(
        Action(name, f"{mm:g} mm", f"Move by {mm:g} mm a key", str(key), str(key), screen=SCREEN)
        for key, (name, mm) in enumerate(STEPS_MM.items(), 1)
    ),
    _home("home", "all", "h", Footer.ALWAYS),
    _home("home_x", "X", "x", when=MOVABLE),
    _home("home_y", "Y", "y", when=MOVABLE),
    _home("home_z", "Z", "z"),
    Action(
        "go_to",
        "Move to",
        "Move to a place that is typed in",
        "g",
        "g",
        screen=SCREEN,
        needs=Capability.MOVE,
        when=lambda state: MOVABLE(state) and not state.homing_demanded,
        footer=Footer.ALWAYS,
    ),
    Action(
        "set_feed_rate",
        "Feed rate",
        "Set how quickly the head moves by hand",
        "f",
        "f",
        screen=SCREEN,
    ),
    _filament("extrude", "Push", "Push filament into the nozzle", "e"),
    _filament("retract", "Retract", "Retract filament from the nozzle", "r"),
    Action(
        "set_filament_length",
        "Length",
        "Set how much filament is pushed or retracted",
        "l",
        "l",
        screen=SCREEN,
    ),
    Action(
        "next_tool",
        "Tool",
        "Push and retract with the next nozzle",
        "t",
        "t",
        screen=SCREEN,
        when=lambda state: len(state.nozzles) > 1,
    ),
    Action(
        "bed",
        "Bed",
        "Show how the bed lies, measure it and level by that",
        "b",
        "b",
        screen=SCREEN,
        needs=Capability.MESH,
        when=MOVABLE,
        footer=Footer.POSSIBLE,
    ),
    Action(
        "board_settings",
        "Settings",
        "Show, change and store the settings that the board keeps",
        "s",
        "s",
        screen=SCREEN,
        needs=Capability.BOARD_SETTINGS,
        when=IDLE,
        footer=Footer.ALWAYS,
    ),
    Action(
        "level",
        "Level",
        "Level the bed by its screws, corner by corner, after a question",
        "c",
        "c",
        screen=SCREEN,
        needs=Capability.CORNERS,
        when=IDLE,
    ),
    Action(
        "e_steps",
        "E-steps",
        "Calibrate how many steps push a mm of filament, step by step",
        "k",
        "k",
        screen=SCREEN,
        needs=Capability.BOARD_SETTINGS,
        when=IDLE,
        footer=Footer.POSSIBLE,
    ),
    Action(
        "z_offset",
        "Keep babysteps",
        "Store the offset of Z that makes babysteps stay, after a question",
        "o",
        "o",
        screen=SCREEN,
        needs=Capability.Z_OFFSET,
        when=IDLE,
    ),
    Action(
        "motors_off",
        "Motors off",
        "Free the motors, which lose their place: home before the next move",
        "m",
        "m",
        screen=SCREEN,
        needs=Capability.STEPPERS,
        when=IDLE,
        footer=Footer.ALWAYS,
    ),
)
