"""All one-shot commands by their names."""

from __future__ import annotations

from gbterm.cli.verbs import (
    asking,
    bed,
    by_name,
    connection,
    e_steps,
    eeprom,
    filament,
    files,
    following,
    gcode,
    heat,
    history,
    job,
    motion,
    panel,
    pid,
    pins,
    reading,
    system,
    waiting,
)
from gbterm.cli.verbs.verb import Verb

AREAS: dict[str, tuple[Verb, ...]] = {
    "reading": (*reading.VERBS, *following.VERBS, history.VERB),
    "waiting": waiting.VERBS,
    "asking": asking.VERBS,
    "connection": connection.VERBS,
    "job": job.VERBS,
    "files": files.VERBS,
    "gcode": (*gcode.VERBS, by_name.MACRO),
    "heat": (*heat.VERBS, by_name.PRESET),
    "motion": motion.VERBS,
    "tuning": (*bed.VERBS, *eeprom.VERBS, *pid.VERBS, *e_steps.VERBS),
    "filament": filament.VERBS,
    "panel": panel.VERBS,
    "pins": pins.VERBS,
    "system": system.VERBS,
}
"""As `gbterm help` shows them."""

VERBS = tuple(verb for verbs in AREAS.values() for verb in verbs)

EIGHTS: tuple[Verb, ...] = (*reading.EIGHTS,)
"""Those whose `8NAME` differs from `gbterm NAME`: it says what scripts have always parsed."""

BY_NAME = {name: verb for verb in VERBS for name in verb.names}

BY_EIGHT = {
    f"8{name}": verb
    for verbs in (VERBS, EIGHTS)
    for verb in verbs
    if verb.eight
    for name in verb.names
}
"""As launchers are called; `EIGHTS` come first."""
