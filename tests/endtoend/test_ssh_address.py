"""A printer of another machine by `ssh://`, through a real sshd and the system's own ssh."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import AuthenticationRefused, GbtermError, LinkError
from gbterm.model import Phase
from tests.endtoend.far import Far
from tests.endtoend.house import GBTERM, GENEROUS_S, House, wait_until

LONG = "G28\n" + "G1 X10 F600\nG1 X90 F600\n" * 200


@pytest.fixture
def far(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    far = Far(house)
    monkeypatch.setenv("PATH", far.path)
    yield far
    far.sshd.close()


@pytest.fixture
def served(far: Far) -> Far:
    far.house.board(speed=30)
    far.house.serve()
    return far


async def until(condition: Callable[[], object]) -> None:
    """Wait for an outcome; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def test_everything_by_one_shot_commands(served: Far, tmp_path: Path) -> None:
    assert served.cli("status").stdout.startswith("READY")
    file = served.house.root / "long.gcode"
    file.write_text(LONG)
    assert served.cli("runfile", str(file)).returncode == 0
    served.house.wait_for_state("EXECUTING")
    assert served.cli("pause").returncode == 0
    served.house.wait_for_state("PAUSED")
    stopped = served.cli("estop")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    served.house.wait_for_state("ERROR")
    wait_until(lambda: not served.carriers(), "no ssh is left")


async def test_a_connection_that_is_cut_says_why_and_comes_back(served: Far) -> None:
    backend = OpenGbBackend("ssh://pi")
    await backend.connect()
    reasons: list[str] = []
    backend.subscribe(lambda _, state: reasons.append(state.reason))
    assert backend.state.phase is Phase.READY
    for number in served.sshd.sessions():
        os.kill(number, signal.SIGKILL)
    await until(lambda: any("ssh connection to pi ended" in reason for reason in reasons))
    await until(lambda: backend.state.phase is Phase.READY)
    await backend.set_temperature(bed=40)
    assert (await backend.emergency_stop()).confirmed
    await backend.close()
    await until(lambda: not served.carriers())


async def test_a_backend_that_nobody_waits_for_leaves_no_ssh_behind(served: Far) -> None:
    backend = OpenGbBackend("ssh://pi")
    connecting = asyncio.create_task(backend.connect())
    await until(served.carriers)
    connecting.cancel()
    await asyncio.wait([connecting])
    await backend.close()
    await until(lambda: not served.carriers())


async def refusal(url: str = "ssh://pi") -> GbtermError:
    backend = OpenGbBackend(url)
    with pytest.raises(GbtermError) as refused:
        await backend.connect()
    await backend.close()
    return refused.value


async def test_what_ssh_refuses_is_a_sentence(far: Far) -> None:
    allowed = far.folder / "authorized_keys"
    allowed.rename(far.folder / "kept")
    error = await refusal()
    assert isinstance(error, AuthenticationRefused)
    assert "pi does not let you in by ssh without asking" in str(error)
    (far.folder / "kept").rename(allowed)

    known = far.known_hosts.read_text()
    far.known_hosts.write_text("")
    assert "The host key of pi is not known here" in str(await refusal())
    assert far.known_hosts.read_text() == ""
    other = (far.folder / "key.pub").read_text()
    far.known_hosts.write_text(f"[127.0.0.1]:{far.sshd.port} {other}")
    assert "The host key of pi is not the one that is known here" in str(await refusal())
    far.known_hosts.write_text(known)

    far.configure(port=1)
    assert "pi refuses connections by ssh" in str(await refusal())
    assert "No machine called no-such-machine.invalid is known here" in str(
        await refusal("ssh://no-such-machine.invalid")
    )
    assert far.carriers() == []


async def test_what_is_wrong_over_there_is_a_sentence(far: Far) -> None:
    error = await refusal()
    assert isinstance(error, LinkError)
    assert str(error).startswith("pi says: No printer is configured here")
    far.house.board()
    configured = far.house.root / "config/gbterm"
    configured.mkdir(parents=True)
    (configured / "config.toml").write_text(f'[printer.ender]\nport = "{far.house.tty}"\n')
    assert str(await refusal("ssh://pi/ender")) == (
        "pi says: No host runs for ender; start it there with gbterm --printer ender."
    )
    assert "No printer is called 'mk3'" in str(await refusal("ssh://pi/mk3"))
    assert far.house.count("printer") == 0
    far.install("echo ready; cat")
    assert "is no gbterm" in str(await refusal())
    far.install("echo 'gbterm host: error: argument COMMAND: invalid choice: x' >&2; exit 2")
    assert "too old" in str(await refusal())
    far.install("printf 'evil \\033[2J\\033]0;x\\007' >&2; exit 9")
    assert str(await refusal()) == "pi says: evil ?[2J?]0;x?"
    (far.programs / "gbterm").unlink()
    assert "pi has no gbterm where its shell finds it" in str(await refusal())
    local = far.house.root / ".local/bin"
    local.mkdir(parents=True)
    (local / "gbterm").write_text("#!/bin/sh\necho found at home >&2; exit 9\n")
    (local / "gbterm").chmod(0o755)
    assert str(await refusal()) == "pi says: found at home"


async def test_without_ssh_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "ssh can't be started" in str(await refusal())


def test_a_key_of_ours_is_not_handed_to_ssh(served: Far) -> None:
    seen = served.folder / "seen"
    ssh = served.tools / "ssh"
    ssh.write_text(ssh.read_text().replace("exec", f"env > {seen}\nexec"))
    done = subprocess.run(
        [*GBTERM, "--url", "ssh://pi", "status"],
        env=served.house.environment | {"GBTERM_KEY": "hunter2"},
        cwd=served.house.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in seen.read_text()
    assert "SSH_ASKPASS_REQUIRE=never" in seen.read_text()
