"""Methods and events of the API: parameters, scopes and events from the code, the rest as tried.

Examples, answers and states are those of the tables in `tests/server`, which are tried against a
server.
"""

import inspect
import json
import re
from functools import partial
from itertools import groupby
from operator import itemgetter
from types import SimpleNamespace

from gbterm import wire
from gbterm.config import Actions
from gbterm.host import methods as of_host
from gbterm.params import REQUIRED, Param, text
from gbterm.server.action_methods import ActionMethods
from gbterm.server.audit import Audit
from gbterm.server.check_methods import CheckMethods
from gbterm.server.console import Console
from gbterm.server.download_methods import DownloadMethods
from gbterm.server.file_methods import FileMethods
from gbterm.server.guard import AUTHENTICATE
from gbterm.server.history import TemperatureHistory
from gbterm.server.job_history import JobHistory
from gbterm.server.layer_methods import LayerMethods
from gbterm.server.methods import Methods
from gbterm.server.printer_methods import printer_methods
from gbterm.server.scopes import SCOPES
from gbterm.server.settings_copies import CopyMethods
from gbterm.server.table import Method
from gbterm.server.upload_methods import UploadMethods
from tests.server.api import ANY, WHOLE
from tests.server.api_extensions import EXTENSIONS, OF_THE_PRINTER_PROCESS, OF_THIS_MACHINE
from tests.server.api_opengb import OPENGB

TRIED = OPENGB | EXTENSIONS | OF_THIS_MACHINE
SERIES = re.compile(r"(\D+)(\d+)")


def served():
    """Every method with its parameters; what serves them is not needed for that."""
    nothing = SimpleNamespace()
    tables = (
        TemperatureHistory(1.0).table,
        UploadMethods(nothing).table,
        ActionMethods(nothing, Actions()).table,
        Console(nothing).table,
        JobHistory(nothing, nothing, nothing, nothing, nothing).table,
        Audit(nothing, nothing).table,
        LayerMethods(nothing, nothing).table,
        printer_methods(nothing),
        FileMethods(nothing, nothing, nothing, nothing, nothing).table,
        CheckMethods(nothing, nothing, nothing).table,
        DownloadMethods(nothing).table,
        CopyMethods(nothing, nothing).table,
    )
    table = Methods(nothing, nothing, nothing, "", nothing, *tables).table
    own = {
        name: Method(of_host._OWN_PARAMS.get(name, ()), unix_only=True)
        for name in OF_THE_PRINTER_PROCESS
    }
    return table | own | {AUTHENTICATE: Method((Param("key", text, REQUIRED),))}


SERVED = served()


def by_scope():
    """What a key of each scope may call."""
    yield from ("| scope | methods |", "|---|---|")
    for scope in dict.fromkeys(SCOPES.values()):
        names = (f"[`{name}`](#{name})" for name in SERVED if SCOPES.get(name) is scope)
        yield f"| `{scope}` | {', '.join(names)} |"


def method(name):
    """Its parameters, who may call it when, and an example."""
    about = SERVED[name]
    if about.params:
        yield from ("| parameters | | left out |", "|---|---|---|")
        for (kind, left_out), same in groupby(in_series(about.params), key=itemgetter(1, 2)):
            yield f"| {', '.join(names for names, *_ in same)} | {kind} | {left_out} |"
        yield ""
    yield f"{_who(name, about)} {_when(name)}".strip()
    if name in TRIED:
        yield from ("", "```json", *_example(name), "```", *_sent(name))


def in_series(params):
    """Names, kinds and what stands for each where it is left out; `nozzle1` to `16` are one."""
    found = {}
    for param in params:
        match = SERIES.fullmatch(param.name)
        found.setdefault(match[1] if match else param.name, []).append(param)
    for same in found.values():
        names = [f"`{param.name}`" for param in same]
        written = " … ".join((names[0], names[-1])) if len(names) > 1 else names[0]
        yield written, _kind(same[0]), _default(same[0].default)


def _kind(param):
    """In the words of the refusal of what is none."""
    try:
        param.read(object())
    except ValueError as error:
        return str(error)
    raise AssertionError(f"{param.name} takes anything")


def _default(value):
    if value is REQUIRED:
        return "must be there"
    return "" if value is None else f"`{json.dumps(value)}`"


def _who(name, about):
    if name in OF_THE_PRINTER_PROCESS:
        return "On the socket of the printer process alone."
    scope = f"Scope `{SCOPES[name]}`"
    return f"{scope}, on unix sockets alone." if about.unix_only else f"{scope}."


def _when(name):
    states = TRIED[name].states if name in TRIED else ANY
    return "" if set(states) == set(ANY) else f"In {', '.join(states)}."


def _example(name):
    tried = TRIED[name]
    made = {
        key: (1 if tried.params[key] is WHOLE else "f3a1") if callable(value) else value
        for key, value in tried.example.items()
    }
    call = {"jsonrpc": "2.0", "id": 1, "method": name} | ({"params": made} if made else {})
    yield json.dumps(call)
    yield json.dumps({"jsonrpc": "2.0", "id": 1, "result": tried.result})


def _sent(name):
    if sent := TRIED[name].sent:
        yield from ("", f"The board executes {', '.join(f'`{line}`' for line in sent)}.")


def events():
    """Those of the extension, as their classes have them."""
    yield from ("| event | params | means |", "|---|---|---|")
    for name, kind in wire.EVENTS.items():
        params = ", ".join(f"`{member}`" for member in kind.__annotations__) or "none"
        yield f"| `{name}` | {params} | {' '.join(inspect.getdoc(kind).split())} |"


PLACES = {
    "by_scope": by_scope,
    "events": events,
    **{name: partial(method, name) for name in SERVED},
}
