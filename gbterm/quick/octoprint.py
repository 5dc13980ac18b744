"""Commands for an OctoPrint: as the whole program asks it, and only where that looks no further."""

from __future__ import annotations

from time import sleep

from gbterm import octoprint_requests as requests
from gbterm import orders
from gbterm.quick import Beyond, words
from gbterm.quick.http import Http
from gbterm.quick.json_text import members, text

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Callable

    from gbterm.quick.profile import Known

    Look = Callable[[Http], None]
    """Raises `Beyond` where it is another moment than is thought of here."""
    Plan = tuple[Look | None, requests.Request]
    """A look first, where it takes one, then what is asked for."""

CONNECTION = "/api/connection"
STATE = "/api/printer?exclude=temperature,sd"
READY, PAUSED, PAUSING = "Operational", "Paused", "Pausing"
BEGUN_LOOK_S = 0.05


def answer(known: Known, name: str, given: list[str]) -> str:
    """What the command prints. Raises `Beyond` and `Failed`."""
    if name in READINGS:
        if given and (name, given) != ("8status", ["-q"]):
            raise Beyond
        return READINGS[name](Http(*known.leads), known, given)
    if name not in PLANS:
        raise Beyond
    # Before anything is asked: what is wrong with them, the whole program says.
    try:
        look, asked = PLANS[name](given, known)
    except ValueError as error:
        raise Beyond from error
    server = Http(*known.leads)
    if look is not None:
        look(server)
    path, body = asked
    server.post(path, text(body))
    if name == "8start":
        _until_begun(server)
    return ""


def _status(server: Http, known: Known, given: list[str]) -> str:
    from gbterm.quick.reading import state

    return state(members(server.get(CONNECTION).get("current")).get("state"), known.shown, given)


def _temperatures(path: str) -> Callable[[Http, Known, list[str]], str]:
    def run(server: Http, known: Known, given: list[str]) -> str:
        from gbterm.quick.reading import temperatures

        del known, given
        return temperatures(server.get(path).values(), "actual")

    return run


def _in(*states: str) -> Look:
    """The printer is in one of these, by OctoPrint's own words."""

    def look(server: Http) -> None:
        if members(server.get(STATE).get("state")).get("text") not in states:
            raise Beyond

    return look


def _has_one_nozzle(server: Http) -> None:
    profiles = members(server.get(requests.PROFILES).get("profiles")).values()
    used = [members(one) for one in profiles if members(one).get("current") is True]
    if [members(one.get("extruder")).get("count") for one in used] != [1]:
        raise Beyond


def _has_paused(server: Http) -> None:
    """It ignores a resume while it still pauses."""
    if server.get(requests.JOB).get("state") in (None, PAUSING):
        raise Beyond


def _asks(server: Http) -> None:
    if not server.get(requests.PROMPT).get("choices"):
        raise Beyond


def _can_start(server: Http) -> None:
    job = server.get(requests.JOB)
    has_file = members(members(job.get("job")).get("file")).get("path")
    if not has_file or job.get("state") != READY:
        raise Beyond


def _until_begun(server: Http) -> None:
    """Its answer alone means nothing."""
    while str(server.get(requests.JOB).get("state")).startswith(requests.IDLE):
        sleep(BEGUN_LOOK_S)


def _alone(request: requests.Request, look: Look | None = None) -> Callable[..., Plan]:
    """A request that takes no words."""

    def plan(given: list[str], known: Known) -> Plan:
        del known
        words.none(given)
        return look, request

    return plan


HOTTEST_C = requests.HOTTEST_C
_ready, _not_printing = _in(READY), _in(READY, PAUSED)

READINGS: dict[str, Callable[[Http, Known, list[str]], str]] = {
    "8status": _status,
    "8gettemp": _temperatures(requests.TOOL),
    "8getbed": _temperatures(requests.BED),
}

PLANS: dict[str, Callable[[list[str], Known], Plan]] = {
    "8settemp": lambda given, _: (
        None,
        requests.heat_nozzles({0: words.number(given, 0, HOTTEST_C)}),
    ),
    "8setbed": lambda given, _: (
        None,
        requests.heat(requests.BED, words.number(given, 0, HOTTEST_C)),
    ),
    # A paused print would go on with another E, which the whole program keeps. Where the head is
    # then, which it asks for besides, nobody here is told.
    "8jog": lambda given, _: (_ready, requests.jog(words.jog(given))),
    "8home": lambda given, _: (_ready, requests.home(orders.axes(given))),
    "8speed": lambda given, _: (None, requests.set_speed(words.percent(given))),
    "8feed": lambda given, _: (_has_one_nozzle, requests.set_flow(words.percent(given))),
    "8fan": lambda given, _: (None, requests.send(orders.fan(0, words.fan(given)))),
    "8msg": lambda given, _: (None, requests.send(words.message(given))),
    "8fan2": lambda given, known: (None, requests.send(words.fan2(given, known))),
    "8beep": lambda given, known: (None, requests.send(words.beep(given, known))),
    # What is no setting would come between the lines of a print.
    "8servo": lambda given, _: (_not_printing, requests.send(words.servo(given))),
    "8stepon": _alone(requests.send(orders.MOTORS_ON)),
    "8stepoff": _alone(requests.send(orders.MOTORS_OFF), _ready),
    "8click": _alone(requests.answer(0), _asks),
    "8start": _alone(requests.start(), _can_start),
    "8print": _alone(requests.start(), _can_start),
    "8pause": _alone(requests.pause("pause")),
    "8resume": _alone(requests.pause("resume"), _has_paused),
}
