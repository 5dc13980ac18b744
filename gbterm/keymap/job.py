"""What the Job screen does."""

from __future__ import annotations

from functools import partial

from gbterm.backends.capability import Capability
from gbterm.keymap.action import RUNNING, Action, Condition, Footer, phase_in
from gbterm.model import Phase, PrinterState

_of_job = partial(Action, screen="job")
_under_way = phase_in(*RUNNING, Phase.PAUSED, Phase.FILAMENT_SWAP)
_has_z = phase_in(Phase.EXECUTING, Phase.PAUSING, Phase.PAUSED, Phase.RESUMING)


def _can_be_cancelled(state: PrinterState) -> bool:
    return _under_way(state) or state.holds_print


def _has_layers(state: PrinterState) -> bool:
    return state.job is not None and bool(state.job.layers)


def _both(*conditions: Condition) -> Condition:
    return lambda state: all(condition(state) for condition in conditions)


def _one_is_selected(state: PrinterState) -> bool:
    return state.phase is Phase.READY and state.selected is not None


def _lost_one_waits(state: PrinterState) -> bool:
    return state.phase is Phase.READY and bool(state.lost_print)


ACTIONS: tuple[Action, ...] = (
    _of_job(
        "pause",
        "Pause",
        "Pause the print",
        "p",
        "p",
        needs=Capability.JOB,
        when=phase_in(Phase.EXECUTING, Phase.RESUMING),
        footer=Footer.ALWAYS,
    ),
    _of_job(
        "resume",
        "Resume",
        "Go on with the paused print",
        "r",
        "r",
        needs=Capability.JOB,
        when=phase_in(Phase.PAUSED, Phase.FILAMENT_SWAP),
        footer=Footer.ALWAYS,
    ),
    _of_job(
        "cancel",
        "Cancel",
        "End the print and turn the heaters off, after a question",
        "c",
        "c",
        needs=Capability.JOB,
        when=_can_be_cancelled,
        footer=Footer.ALWAYS,
    ),
    _of_job(
        "resume_job",
        "Go on",
        "Go on with the print that a reset, a loss of power or a crash ended, after a question",
        "g",
        "g",
        needs=Capability.RESUME_JOB,
        when=_lost_one_waits,
        footer=Footer.POSSIBLE,
    ),
    _of_job(
        "forget_lost",
        "Give up",
        "Give up the print that was lost, after a question",
        "x",
        "x",
        needs=Capability.RESUME_JOB | Capability.JOB,
        when=_lost_one_waits,
        footer=Footer.POSSIBLE,
    ),
    _of_job(
        "start_selected",
        "Start",
        "Print the file that is selected at the printer, after a question",
        "t",
        "t",
        needs=Capability.SELECT | Capability.JOB,
        when=_one_is_selected,
        footer=Footer.POSSIBLE,
    ),
    _of_job(
        "restart",
        "Restart",
        "Begin the paused print anew, after a question",
        "R",
        "R",
        needs=Capability.SELECT | Capability.JOB,
        when=phase_in(Phase.PAUSED),
        footer=Footer.POSSIBLE,
    ),
    _of_job(
        "complete_swap",
        "Loaded",
        "Go on once the new filament is loaded, after a question",
        "n",
        "n",
        needs=Capability.FILAMENT_SWAP,
        when=phase_in(Phase.FILAMENT_SWAP),
        footer=Footer.POSSIBLE,
    ),
    *(
        _of_job(name, title, text, keys, shown, needs=Capability.OVERRIDES, when=_under_way)
        for name, title, text, keys, shown in (
            ("speed_up", "Faster", "Print faster by 5 %", "plus,equals_sign", "+"),
            ("speed_down", "Slower", "Print slower by 5 %", "minus", "-"),
            ("set_speed", "Speed", "Type the speed in percent", "e", "e"),
            ("flow_up", "More flow", "Push more filament by 1 %", "full_stop", "."),
            ("flow_down", "Less flow", "Push less filament by 1 %", "comma", ","),
            ("set_flow", "Flow", "Type the flow in percent", "f", "f"),
        )
    ),
    *(
        _of_job(name, title, text, key, key, needs=Capability.FANS, when=_under_way)
        for name, title, text, key in (
            ("job_fan", "Fan", "Type the fan's speed in percent", "b"),
            ("job_fan_off", "Fan off", "Turn the fan off", "o"),
        )
    ),
    *(
        _of_job(name, title, text, key, key, needs=Capability.BABYSTEP, when=_has_z)
        for name, title, text, key in (
            ("babystep_up", "Nozzle up", "Raise the nozzle by a babystep", "u"),
            ("babystep_down", "Nozzle down", "Bring the nozzle nearer to the bed by one", "d"),
            ("babystep_size", "Babystep", "Choose how far a babystep goes", "z"),
        )
    ),
    _of_job(
        "pause_layers",
        "Pause at layer",
        "Choose the layers before which the print pauses",
        "l",
        "l",
        needs=Capability.PAUSE_AT_LAYER,
        when=_both(_under_way, _has_layers),
    ),
    _of_job(
        "begin_swap",
        "Change filament",
        "Pause for another filament, after a question",
        "w",
        "w",
        needs=Capability.FILAMENT_SWAP,
        when=phase_in(Phase.EXECUTING, Phase.PAUSED),
    ),
    _of_job(
        "layer_view",
        "Layer",
        "Show the layer that is printed from above, or hide it",
        "v",
        "v",
        needs=Capability.LAYERS,
        when=_has_layers,
    ),
    _of_job(
        "statistics",
        "Statistics",
        "Show how the printer is fed, and what sets the pace",
        "s",
        "s",
        needs=Capability.STATISTICS,
    ),
    _of_job(
        "history",
        "History",
        "Show the prints of the past",
        "h",
        "h",
        needs=Capability.HISTORY,
    ),
)
