"""The real OctoPrint with its own virtual printer, on a port of the loopback interface."""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
OCTOPRINT = ROOT / ".venv-octoprint" / "bin" / "octoprint"
GENEROUS_S = 90.0

KEY = "0123456789ABCDEF0123456789ABCDEF"
"""Of the user who may do everything."""
LOOKING_KEY = "FEDCBA9876543210FEDCBA9876543210"
"""Of the user who may look at everything, and do nothing."""

_DISABLED = (
    *("announcements", "tracking", "errortracking", "softwareupdate", "pluginmanager"),
    *("discovery", "backup", "achievements", "health_check"),
)
CONFIG: dict[str, Any] = {
    "server": {
        "host": "127.0.0.1",
        "firstRun": False,
        "seenWizards": {"corewizard": 4, "backup": 1, "classicwebcam": 1, "tracking": 1},
        "onlineCheck": {"enabled": False},
        "pluginBlacklist": {"enabled": False},
        "pythonEolCheck": {"enabled": False},
        "ipCheck": {"enabled": False},
    },
    "api": {"allowCrossOrigin": False},
    "serial": {"port": "VIRTUAL", "baudrate": 0, "autoconnect": True},
    "plugins": {
        "_disabled": list(_DISABLED),
        "virtual_printer": {
            "enabled": True,
            "hasChamber": True,
            "simulated_errors": [],
            "brokenM29": False,
        },
    },
    "webcam": {"webcamEnabled": False, "timelapseEnabled": False},
    "devel": {"cache": {"enabled": True, "preemptive": False}},
}
PROFILE = {
    "id": "_default",
    "name": "Default",
    "model": "Virtual",
    "color": "default",
    "heatedBed": True,
    "heatedChamber": True,
    "extruder": {"count": 1, "nozzleDiameter": 0.4, "offsets": [[0.0, 0.0]], "sharedNozzle": False},
    "volume": {
        **{"width": 200.0, "depth": 200.0, "height": 200.0, "formFactor": "rectangular"},
        **{"origin": "lowerleft", "custom_box": False},
    },
    "axes": {
        axis: {"speed": speed, "inverted": False}
        for axis, speed in (("x", 6000), ("y", 6000), ("z", 200), ("e", 300))
    },
}


class OctoPrint:
    """One server with its files below `base`. `config` and `profile` are merged into ours."""

    def __init__(
        self,
        base: Path,
        config: dict[str, Any] | None = None,
        profile: dict[str, Any] | None = None,
    ) -> None:
        self.base, self.key = base, KEY
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        base.mkdir(parents=True, exist_ok=True)
        # JSON is YAML.
        (base / "config.yaml").write_text(json.dumps(_merged(CONFIG, config or {})))
        (base / "printerProfiles").mkdir(exist_ok=True)
        (base / "printerProfiles" / "_default.profile").write_text(
            json.dumps(_merged(PROFILE, profile or {}))
        )
        (base / "users.yaml").write_text(json.dumps({"_version": 2} | self._users()))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _users(self) -> dict[str, Any]:
        """Nobody logs in with a password."""
        return {
            "admin": _user(KEY, ["admins", "users"], ["user", "admin"]),
            "looker": _user(LOOKING_KEY, ["readonly"], []),
        }

    def start(self, *, ready: bool = True) -> None:
        """Start it, and wait until it answers and, where `ready`, its printer is Operational."""
        self._process = subprocess.Popen(
            [
                *(str(OCTOPRINT), "serve", "--iknowwhatimdoing", "--basedir", str(self.base)),
                *("--host", "127.0.0.1", "--port", str(self.port)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What it leaves of uploads that broke goes with it.
            env=os.environ | {"TMPDIR": str(self.base)},
        )
        self.until(self._answers, "it answers")
        if ready:
            self.until(lambda: self.state() == "Operational", "its printer is connected")

    def stop(self) -> None:
        """End it as its service would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It keeps its connections and says nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def get(self, path: str) -> Any:
        """A GET of the API, past gbterm."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """A POST to the API, past gbterm."""
        return self._ask("POST", path, body)

    @contextmanager
    def full(self, most: int) -> Iterator[None]:
        """For a while it can write no file of more bytes, as on a disk that is full."""
        assert self._process is not None
        pid, kind = self._process.pid, resource.RLIMIT_FSIZE
        before = resource.prlimit(pid, kind)
        resource.prlimit(pid, kind, (most, before[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, kind, before)

    def put(self, name: str, content: str) -> None:
        """A file in its library, selected."""
        edge = "gbterm-edge"
        part = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        form = (
            f'--{edge}\r\nContent-Disposition: form-data; name="select"\r\n\r\ntrue\r\n'
            f"--{edge}\r\n{part}\r\n\r\n{content}\r\n--{edge}--\r\n"
        )
        kind = f"multipart/form-data; boundary={edge}"

        def stored() -> bool:
            # It sometimes fails inside where it is just analysing another one.
            with suppress(urllib.error.HTTPError):
                return bool(self._send("POST", "/api/files/local", form.encode(), kind))
            return False

        self.until(stored, f"it takes {name}")

    def rest(self) -> None:
        """End what it prints, if it does. One that is cancelled while it starts may never rest."""
        self.until(lambda: self.state() in ("Printing", "Paused", "Operational"), "it is settled")
        # It may end by itself meanwhile.
        with suppress(urllib.error.HTTPError):
            if self.state() != "Operational":
                self.post("/api/job", {"command": "cancel"})
        self.until(lambda: self.state() == "Operational", "it prints nothing")

    def put_json(self, path: str, body: dict[str, Any]) -> Any:
        """A PUT to the API, past gbterm."""
        return self._ask("PUT", path, body)

    def key_of(self, name: str, groups: list[str]) -> str:
        """The key of another user, who may do what `groups` may."""
        user = {"name": name, "password": "none", "active": True, "groups": groups}
        self.post("/api/access/users", user | {"admin": False, "permissions": []})
        return str(self.post(f"/api/access/users/{name}/apikey", {})["apikey"])

    def fault(self, command: str) -> None:
        """What the virtual printer is to do wrong, as `go_awol`."""
        self.post("/api/printer/command", {"command": f"!!DEBUG:{command}"})

    def state(self) -> str:
        """The text of its state."""
        return str(self.get("/api/connection")["current"]["state"])

    def until(self, what: Callable[[], object], why: str) -> None:
        """Wait for an outcome. Fails with `why`."""
        deadline = time.monotonic() + GENEROUS_S
        while not what():
            assert time.monotonic() < deadline, f"not within {GENEROUS_S:g} s: {why}"
            time.sleep(0.05)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "OctoPrint ended"
        # While it starts, what it says is no HTTP.
        with suppress(OSError, http.client.HTTPException):
            return bool(self.get("/api/version"))
        return False

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, path, data, "application/json")

    def _send(self, method: str, path: str, data: bytes | None, kind: str) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data,
            {"X-Api-Key": self.key, "Content-Type": kind},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=GENEROUS_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self._signal(number)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _user(key: str, groups: list[str], roles: list[str]) -> dict[str, Any]:
    return {
        **{"password": "$argon2id$none", "active": True, "apikey": key, "groups": groups},
        **{"permissions": [], "settings": {}, "roles": roles},
    }


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    both = dict(old)
    for name, value in new.items():
        has = isinstance(both.get(name), dict) and isinstance(value, dict)
        both[name] = _merged(both[name], value) if has else value
    return both


@contextmanager
def running(
    base: Path, config: dict[str, Any] | None = None, profile: dict[str, Any] | None = None
) -> Iterator[OctoPrint]:
    """A server whose printer is Operational; ended afterwards."""
    server = OctoPrint(base, config, profile)
    try:
        server.start()
        yield server
    finally:
        server.kill()
