"""What clients ask first: what answers here, who they are, and how it is set up."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

import gbterm
from gbterm.config.printer_tables import Volume
from gbterm.errors import AuthenticationRefused
from gbterm.server.client import Client
from gbterm.server.keys import Scope
from gbterm.server.octoprint.amounts import says_yes
from gbterm.server.octoprint.api import CLIENT, Api, body
from gbterm.server.octoprint.sessions import Sessions

API, LIKE = "0.1", "1.11.0"
"""Of OctoPrint: the version of its API, and that of the server whose answers these are like."""
PROFILE = "_default"
NOBODY = "loopback"
"""Who needs no key."""

_PERMISSIONS: dict[Scope, tuple[str, ...]] = {
    Scope.WATCH: (
        *("STATUS", "CONNECTION_READ", "MONITOR_TERMINAL", "SETTINGS_READ"),
        *("FILES_LIST", "FILES_DOWNLOAD"),
    ),
    Scope.OPERATE: (
        *("CONNECTION", "CONTROL", "PRINT", "FILES_SELECT"),
        "PLUGIN_ACTION_COMMAND_PROMPT_INTERACT",
    ),
    Scope.FILES: ("FILES_UPLOAD", "FILES_DELETE"),
    Scope.ADMIN: ("SYSTEM",),
}
"""What a scope lets do, by OctoPrint's names."""


def routes(api: Api, sessions: Sessions) -> web.RouteTableDef:
    """All that is below `/api` and concerns no printer."""
    table = web.RouteTableDef()

    @table.get("/api/version")
    async def version(_: web.Request) -> web.Response:
        # PrusaSlicer and others look how the text begins.
        text = f"OctoPrint {LIKE} (answered by gbterm {gbterm.__version__})"
        return web.json_response({"api": API, "server": LIKE, "text": text})

    @table.get("/api/server")
    async def server(_: web.Request) -> web.Response:
        return web.json_response({"version": LIKE, "safemode": None})

    @table.get("/api/currentuser")
    async def user(request: web.Request) -> web.Response:
        return web.json_response(_user(request[CLIENT]))

    @table.post("/api/login")
    async def login(request: web.Request) -> web.Response:
        if not says_yes((await body(request)).get("passive")):
            raise AuthenticationRefused(
                "There are no passwords here: show a key in X-Api-Key, and log in with passive."
            )
        client = request[CLIENT]
        session = sessions.begin(client)
        told = {"session": session, "active": True, "_is_external_client": False}
        return web.json_response(_user(client) | told)

    @table.post("/api/logout")
    async def logout(_: web.Request) -> web.Response:
        # A session is its key's, and ends with that.
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @table.get("/api/settings")
    async def settings(request: web.Request) -> web.Response:
        presets = (await api.call(request, "get_presets"))["presets"]
        return web.json_response(_settings(api.name, presets))

    @table.get(f"/api/printerprofiles/{PROFILE}")
    async def profile(_: web.Request) -> web.Response:
        return web.json_response(_profile(api))

    @table.get("/api/printerprofiles")
    async def profiles(_: web.Request) -> web.Response:
        return web.json_response({"profiles": {PROFILE: _profile(api)}})

    return table


def name_of(client: Client) -> str:
    """What a client is called: as its key."""
    return client.key.name if client.key else NOBODY


def _user(client: Client) -> dict[str, Any]:
    allowed = [
        name for scope, names in _PERMISSIONS.items() if scope in client.scopes for name in names
    ]
    is_admin = Scope.ADMIN in client.scopes
    return {
        "name": name_of(client),
        "permissions": allowed,
        "groups": ["admins" if is_admin else "users"],
        "admin": is_admin,
        "user": True,
    }


def _settings(name: str, presets: list[dict[str, Any]]) -> dict[str, Any]:
    """What clients read of them; nothing can be changed here."""
    profiles = [
        {
            "name": one["name"],
            "extruder": one["nozzle"],
            "bed": one["bed"],
            "chamber": one["chamber"],
        }
        for one in presets
    ]
    return {
        "api": {"key": None, "allowCrossOrigin": False},
        "appearance": {"name": name, "color": "default"},
        "feature": {"sdSupport": False, "temperatureGraph": True, "autoUppercaseBlacklist": []},
        "folder": {},
        "plugins": {},
        "serial": {"autoconnect": True},
        "server": {"commands": {}},
        "temperature": {"profiles": profiles, "cutoff": 60},
        "webcam": {"webcamEnabled": False, "streamUrl": "", "snapshotUrl": ""},
    }


def _profile(api: Api) -> dict[str, Any]:
    """What is known of the machine."""
    name, state = api.name, api.state
    count = len(state.nozzles)
    return {
        "id": PROFILE,
        "name": name,
        "model": state.firmware.machine,
        "color": "default",
        "default": True,
        "current": True,
        "heatedBed": True,
        "heatedChamber": state.chamber is not None,
        "extruder": {"count": count, "sharedNozzle": False, "offsets": [[0.0, 0.0]] * count},
        "volume": _volume(api.volume),
        "axes": {axis: {"inverted": False} for axis in "xyze"},
    }


def _volume(given: Volume) -> dict[str, Any]:
    """The size of the machine in mm, as far as its configuration tells it."""
    spans = {"width": given.x, "depth": given.y, "height": given.z}
    sizes = {name: span[1] - span[0] for name, span in spans.items() if span}
    is_centred = given.round or bool(given.x and given.x[0] < 0)
    return {
        "formFactor": "circular" if given.round else "rectangular",
        "origin": "center" if is_centred else "lowerleft",
        "custom_box": False,
        **sizes,
    }
