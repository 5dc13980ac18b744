"""How long the launchers take beside a bash script and plain curl, as whole processes.

In turn, on one real OctoPrint, idle but for the pause of a print, and the launchers on a host of
this machine too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.octoprint.live import KEY, OctoPrint, running

ROUNDS = 100


@dataclass(frozen=True)
class Measured:
    """A launcher with its words, and the one request of a script: a `path`, and a `body` to post.

    It is to take `most` of the script's time at most; on a host, all of it.
    """

    name: str
    most: float
    path: str
    body: str = ""
    words: tuple[str, ...] = ()


TARGET = '{"command": "target", "targets": {"tool0": 0}}'
IDLE = (
    Measured("8status", 0.8, "connection"),
    Measured("8gettemp", 0.8, "printer/tool"),
    Measured("8getbed", 0.8, "printer/bed"),
    Measured("8settemp", 1.0, "printer/tool", TARGET, ("0",)),
    Measured("8home", 1.0, "printer/printhead", '{"command": "home", "axes": ["x", "y", "z"]}'),
    Measured("8jog", 1.0, "printer/printhead", '{"command": "jog", "z": 0.01}', ("0.01",)),
)
PAUSED = Measured("8pause", 1.0, "job", '{"command": "pause", "action": "pause"}')
LONG = "G28\n" + "G1 X10 F600\nG1 X100\n" * 2000


def once(argv: list[str], environment: Mapping[str, str]) -> float:
    """The milliseconds that a command takes from its start to its end."""
    before = time.perf_counter()
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(argv[0], argv, environment, file_actions=nowhere)
    _, status = os.waitpid(process, 0)
    if status:
        raise SystemExit(f"{argv[0]} failed: {os.waitstatus_to_exitcode(status)}")
    return (time.perf_counter() - before) * 1000


def home(folder: Path, config: str) -> dict[str, str]:
    """A user's environment, whose printer the launchers know."""
    (folder / "gbterm").mkdir(parents=True)
    (folder / "gbterm" / "config.toml").write_text(config)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    names = ("CONFIG", "CACHE", "STATE", "DATA")
    return kept | {"HOME": str(folder)} | {f"XDG_{name}_HOME": str(folder) for name in names}


def remember(folder: Path, environment: Mapping[str, str]) -> None:
    """Have the whole program write the printer down, and the launchers be compiled."""
    while not (folder / "gbterm" / "quick").exists():
        gbterm("8status", environment=environment).wait()
    once([str(folder.parent / "bin" / "8status")], environment)


def gbterm(*argv: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """One of its commands, in the background."""
    command = [sys.executable, "-m", "gbterm", *argv]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def curl(server: OctoPrint, one: Measured) -> list[str]:
    """The request of `one`."""
    given = ["-d", one.body, "-H", "Content-Type: application/json"] if one.body else []
    url = f"{server.url}/api/{one.path}"
    return ["/usr/bin/env", "curl", "-s", "-H", f"X-Api-Key: {KEY}", *given, url]


def pause_a_print(server: OctoPrint) -> None:
    """So that one more pause is taken."""
    server.put("long.gcode", LONG)
    server.post("/api/job", {"command": "start"})
    server.until(lambda: server.state() == "Printing", "it prints")
    server.post("/api/job", {"command": "pause", "action": "pause"})
    server.until(lambda: server.state() == "Paused", "it has paused")


def measure(folder: Path, server: OctoPrint, device: str) -> None:
    """Print the medians of each, and the ratios."""
    told = json.dumps({"OctoPrint_URL": server.url, "OctoAPI_KEY": KEY})
    remote = home(folder / "remote", "")
    (folder / "remote" / ".octocmd.conf").write_text(told)
    direct = home(folder / "direct", f'[printer.bench]\nport = "{device}"\n')
    host = gbterm("serve", environment=direct)
    try:
        assert host.stdout is not None
        host.stdout.readline()
        gbterm("links", str(folder / "bin"), environment=remote).wait()
        (folder / "script").mkdir()
        remember(folder / "remote", remote)
        remember(folder / "direct", direct)
        for one in (*IDLE, PAUSED):
            (script := folder / "script" / one.name).symlink_to(
                Path(__file__).with_name("eight.sh")
            )
            launcher = [str(folder / "bin" / one.name), *one.words]
            ways = {
                "script": ([str(script), *one.words], remote),
                "launcher": (launcher, remote),
                "curl": (curl(server, one), remote),
            }
            if one is PAUSED:
                pause_a_print(server)
            else:
                # Nothing is printed there, so a pause would be refused.
                ways["direct"] = (launcher, direct)
            show(one, {way: [] for way in ways}, ways)
    finally:
        gbterm("stop", "--force", environment=direct).communicate()
        host.wait()


def show(
    one: Measured,
    took: dict[str, list[float]],
    ways: dict[str, tuple[list[str], dict[str, str]]],
) -> None:
    """Measure one command each way in turn."""
    for _ in range(ROUNDS):
        for way, (argv, environment) in ways.items():
            took[way].append(once(argv, environment))
    medians = {way: median(times) for way, times in took.items()}
    script = medians.pop("script")
    told = "  ".join(f"{way} {ms:5.1f} ms ({ms / script:.2f})" for way, ms in medians.items())
    goal = f"goal {one.most:g}, direct 1"
    print(f"{one.name:9} script {script:5.1f} ms  {told}  ({goal})", flush=True)


def main() -> None:
    """Start what they are measured on."""
    with tempfile.TemporaryDirectory(prefix="gb-") as kept:
        folder = Path(kept)
        device = str(folder / "tty")
        board = gbterm("simulate", "--link", device, environment=os.environ)
        try:
            assert board.stdout is not None
            board.stdout.readline()
            with running(folder / "octoprint") as server:
                measure(folder, server, device)
        finally:
            board.terminate()
            board.wait()


if __name__ == "__main__":
    main()
