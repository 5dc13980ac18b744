"""A whole house for a test: a simulated board, a host on it, and commands, as a user has them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gbterm.host import hosts
from tests.independent_gcode import Canonical, canonical, commands_of_file

GBTERM = (sys.executable, "-m", "gbterm")
GENEROUS_S = 90.0
LINGERING, HURRYING = 2.0, 100.0
"""Seconds of a board's life in a second: a print that lasts, and one that soon ends."""
OF_THE_HOST = ("M105", "M110", "M114", "M115", "M118", "M154", "M155", "M211", "M27")
"""What it asks the board by itself."""
AT_A_GREETING = ("M220", "M221", "M503")
"""What it asks besides once it has reached it, and is answered a moment later."""

COMMAND = re.compile(r"[GMT]\d+(\.\d+)?")


def wait_until(what: Callable[[], object], why: str, limit_s: float = GENEROUS_S) -> None:
    """Wait for an outcome. Fails with `why` after `limit_s`."""
    asked = time.monotonic()
    deadline = asked + limit_s
    while not what():
        now = time.monotonic()
        assert now < deadline, f"not within {limit_s:g} s: {why}"
        # A question that is a process of its own leaves the processor to what it asks about.
        time.sleep(max(0.02, now - asked))
        asked = time.monotonic()


def host_processes(root: Path, role: str) -> list[int]:
    """The printer processes or the servers of the hosts below `root`, by their command lines.

    What one of them starts has its command line until it becomes another program.
    """
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[3:5] != [b"host", role.encode()]:
                continue
            environment = (process / "environ").read_bytes()
            parent = parent_of(process)
        except OSError:
            continue
        if str(root / "state").encode() in environment:
            found[int(process.name)] = parent
    return [pid for pid, parent in found.items() if parent not in found]


def parent_of(process: Path) -> int:
    """Of this directory below /proc. Raises `OSError` where the process is gone."""
    # What follows the name, which may hold anything but ends with a bracket.
    _, _, rest = (process / "stat").read_text().rpartition(")")
    return int(rest.split()[1])


def processes(root: Path) -> dict[int, int]:
    """The parents of all processes that live below `root`, by their environment."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(root / "state").encode() in (process / "environ").read_bytes():
                found[int(process.name)] = parent_of(process)
    return found


def _restarts_numbering(line: str) -> bool:
    # Most lines don't, and reading one takes its time.
    return "M110" in line and canonical(line).code == "M110"


class House:
    """Everything below `root`; `close` ends every process that it started."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tty = root / "tty"
        self.executed_log = root / "executed.jsonl"
        self.control = root / "control"
        self.environment = os.environ | {
            "XDG_STATE_HOME": str(root / "state"),
            "XDG_DATA_HOME": str(root / "data"),
            "XDG_CONFIG_HOME": str(root / "config"),
            "PYTHONUNBUFFERED": "1",
        }
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `gbterm` in the background and wait for its READY line."""
        process = self.start_quietly(*arguments)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("READY"):
            raise AssertionError(f"no READY but {line!r}: {process.communicate()}")
        return process

    def start_quietly(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `gbterm` in the background."""
        process = subprocess.Popen(
            [*GBTERM, *arguments],
            env=self.environment,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def configure(self, *lines: str) -> None:
        """Give the board's port a profile with these lines; for hosts that start from now on."""
        path = self.root / "config/gbterm/config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(("[printer.bench]", f'port = "{self.tty}"', *lines, "")))

    def board(self, *options: str, speed: float = 300) -> subprocess.Popen[str]:
        """Switch a simulated board on."""
        return self.start(
            *("simulate", "--link", str(self.tty), "--speed", str(speed)),
            *("--log", str(self.executed_log), "--control", str(self.control), *options),
        )

    def serve(self, *options: str) -> subprocess.Popen[str]:
        """`gbterm serve` on the board."""
        return self.start("serve", "--port", str(self.tty), "--listen", "127.0.0.1:0", *options)

    def run(self, *arguments: str, limit_s: float = GENEROUS_S) -> subprocess.CompletedProcess[str]:
        """A one-shot command on the printer, to its end."""
        return self.plain("--port", str(self.tty), *arguments, limit_s=limit_s)

    def plain(
        self, *arguments: str, limit_s: float = GENEROUS_S
    ) -> subprocess.CompletedProcess[str]:
        """`gbterm` with these arguments alone."""
        return subprocess.run(
            [*GBTERM, *arguments],
            env=self.environment,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    def print_file(self, file: Path) -> None:
        """Upload `file` and start to print it."""
        done = self.run("runfile", str(file))
        assert done.returncode == 0, done.stderr

    def start_print(
        self, file: Path, line: int = 0, *options: str, speed: float = 300
    ) -> subprocess.Popen[str]:
        """A board, `gbterm serve` and a print of `file` that is past `line`; the middle one."""
        self.board(*options, speed=speed)
        serve = self.serve()
        self.print_file(file)
        if line:
            self.linger_at(line)
        return serve

    def linger_at(self, line: int) -> None:
        """Wait until the print is past command `line`, and let it last for minutes from there.

        What is done in mid-print takes much longer where others have the processor.
        """
        self.wait_for_line(line)
        self.live(LINGERING)

    def live(self, speed: float) -> None:
        """Let the board live so many seconds in a second from now on."""
        self.fault(f"speed {speed:g}")

    def finish(self) -> None:
        """See the print to its good end, quickly."""
        self.live(HURRYING)
        ended = self.run("waitend", limit_s=3 * GENEROUS_S)
        assert ended.returncode == 0, ended.stderr

    def status(self) -> str:
        """What `gbterm status` prints."""
        return self.run("status").stdout

    def state(self) -> str:
        """The first line of `gbterm status`."""
        return self.status().partition("\n")[0]

    def line(self) -> int:
        """The job's last acknowledged command."""
        job = self.ask("get_snapshot")["result"]["state"]["job"] or {}
        return int(job.get("line") or 0)

    def wait_for_state(self, state: str, limit_s: float = GENEROUS_S) -> None:
        """Wait until `gbterm status` begins with `state`."""
        wait_until(lambda: self.state() == state, f"{state}, but {self.status()}", limit_s)

    def wait_for_line(self, line: int) -> None:
        """Wait until the print is past command `line`."""
        wait_until(lambda: self.line() >= line, f"line {line}")

    @property
    def run_dir(self) -> Path:
        """The host's run directory."""
        (found,) = (self.root / "state/gbterm/run").iterdir()
        return found

    @property
    def kept_dir(self) -> Path:
        """Where the host keeps what outlives the machine."""
        return self.run_dir

    def pids(self, role: str) -> list[int]:
        """The process numbers of the printer process or the server, by their command lines."""
        return host_processes(self.root, role)

    def count(self, role: str) -> int:
        """How many processes have this role."""
        return len(self.pids(role))

    def pid(self, role: str) -> int:
        """The process number of the one with this role."""
        (pid,) = self.pids(role) or [0]
        assert pid, f"no {role} process"
        return pid

    def strays(self, known: set[int]) -> set[int]:
        """Processes of this house that are none of the `known` ones, nor started by one."""
        parents = processes(self.root)
        strays = set()
        for pid in parents:
            root = pid
            while root in parents and root not in known:
                root = parents[root]
            if root not in known:
                strays.add(pid)
        return strays

    def listen(self) -> str:
        """The server's address on TCP."""
        return str(self.notice()["listen"])

    def notice(self) -> dict[str, Any]:
        """What the last server to begin to serve left in the run directory."""
        notice: dict[str, Any] = json.loads((self.run_dir / "server.json").read_text())
        return notice

    def kill(self, role: str) -> int:
        """SIGKILL the printer process or the server; returns its number."""
        pid = self.pid(role)
        os.kill(pid, signal.SIGKILL)
        return pid

    def ask(self, method: str, params: Any = None) -> dict[str, Any]:
        """The printer process's answer to one call over its socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(GENEROUS_S)
            client.connect(str(self.run_dir / "printer.sock"))
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            client.sendall(json.dumps(call).encode() + b"\n")
            with client.makefile() as answers:
                answer: dict[str, Any] = json.loads(answers.readline())
            return answer

    def fault(self, text: str) -> None:
        """Make something go wrong on the board, as its control socket takes it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(str(self.control))
            client.sendall(text.encode() + b"\n")
            answer = client.recv(4096).decode().strip()
        assert answer == "ok", answer

    # What the board did, against what the file says.

    def executed(self) -> list[dict[str, object]]:
        """What the board executed since the last numbering began, M110 included."""
        lines = [json.loads(line) for line in self._settled_log().splitlines()]
        starts = [i for i, line in enumerate(lines) if _restarts_numbering(line["line"])]
        # What the emergency parser acts on is queued and executed once more.
        return [line for line in lines[starts[-1] :] if "via" not in line]

    def printed_first(self) -> list[Canonical]:
        """What the board executed for the longest print so far, whose file asks no questions."""
        prints: list[list[Canonical]] = [[]]
        for line in self._settled_log().splitlines():
            entry = json.loads(line)
            command = canonical(entry["line"])
            if command.code == "M110":
                prints.append([])
            elif command.code not in OF_THE_HOST and "via" not in entry:
                prints[-1].append(command)
        return max(prints, key=len)

    def _settled_log(self) -> str:
        """The board's log once it stands still."""
        text = self.executed_log.read_text()
        for _ in range(5):
            time.sleep(0.4)
            before, text = text, self.executed_log.read_text()
            if text == before:
                break
        return text[: text.rfind("\n") + 1]

    def own_numbers(self) -> set[int]:
        """The line numbers that the host's own lines had since then, as its core logged them."""
        logs = (self.kept_dir / f"own-lines.{end}" for end in ("old", "jsonl"))
        text = "".join(log.read_text() for log in logs if log.exists())
        lines = [json.loads(line) for line in text.splitlines()]
        starts = [i for i, line in enumerate(lines) if line["line"].startswith("M110")]
        return {line["n"] for line in lines[starts[-1] :]}

    def printed(self, strays: int = 0) -> list[Canonical]:
        """The commands that the board executed for the job.

        None of them unnumbered; besides them `strays` at most, of which the print has told.
        """
        everything, own = self.executed(), self.own_numbers()
        executed = [line for line in everything if line["n"] is not None]
        unnumbered = [canonical(str(line["line"])) for line in everything if line["n"] is None]
        # Of what is no command a board only complains.
        assert len([c for c in unnumbered if COMMAND.fullmatch(c.code)]) <= strays, unnumbered
        numbers = [int(str(line["n"])) for line in executed]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        return [canonical(str(line["line"])) for line in executed if line["n"] not in own]

    def assert_printed(self, file: Path, strays: int = 0) -> None:
        """The board executed exactly what `file` says, in order; `strays` as in `printed`."""
        self.assert_executed(list(commands_of_file(file)), strays)

    def assert_executed(self, wanted: list[Canonical], strays: int = 0) -> None:
        """The board executed exactly this for the job; `strays` as in `printed`."""
        printed: list[Canonical] = []

        def is_told() -> bool:
            # The logs are written a moment after the end, and what is in that of the board alone
            # is not known to be the host's own.
            printed[:] = self.printed(strays)
            return printed == wanted

        try:
            wait_until(is_told, "the whole log")
        except AssertionError as error:
            pairs = enumerate(zip(printed, wanted, strict=False))
            shorter = min(len(printed), len(wanted))
            differs = next((i for i, (one, other) in pairs if one != other), shorter)
            raise AssertionError(
                f"{len(printed)} of {len(wanted)} commands, the first difference at {differs}:"
                f" {printed[differs : differs + 2]} for {wanted[differs : differs + 2]}"
            ) from error

    def close(self) -> None:
        """End everything."""
        for process in reversed(self.processes):
            process.terminate()
        while numbers := [*self.pids("server"), *self.pids("printer")]:
            for number in numbers:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.05)
        # A killed process has lost its command line a moment before it loses its locks.
        wait_until(lambda: not any(map(hosts.is_alive, self._run_dirs())), "every lock is free")
        for process in self.processes:
            process.wait(GENEROUS_S)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def _run_dirs(self) -> Iterator[Path]:
        runs = self.root / "state/gbterm/run"
        if runs.is_dir():
            yield from runs.iterdir()


@contextmanager
def built() -> Iterator[House]:
    """A house for a while. Not below tmp_path: a socket's path holds 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="gbterm-") as root:
        house = House(Path(root))
        try:
            yield house
        finally:
            house.close()
