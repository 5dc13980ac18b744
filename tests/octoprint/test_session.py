"""Staying connected to a real OctoPrint."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm.backends.backoff import REFUSED_S
from gbterm.backends.capability import Capability
from gbterm.backends.octoprint import push
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.backends.octoprint.http import Http
from gbterm.backends.octoprint.push import PING_S, PONG_S, Push, Silence
from gbterm.credentials import Credentials
from gbterm.errors import AuthenticationRefused, LinkError
from gbterm.model import Phase, State
from tests.octoprint.live import OctoPrint, running
from tests.octoprint.seen import until
from tests.octoprint.waiting import Heard, phase


async def test_it_tells_the_state_of_the_printer_once_connected(server: OctoPrint) -> None:
    backend = OctoPrintBackend(server.url, credentials=Credentials(server.key))
    await backend.connect()
    assert backend.state.state is State.READY
    # No temperatures are told in the first two seconds.
    await until(lambda: backend.state.nozzles[0].current and backend.state.bed.current)
    await until(lambda: backend.heard_at)
    await backend.close()
    await phase(backend, Phase.DISCONNECTED)


@pytest.mark.parametrize(("key", "said"), [("F" * 32, "does not accept the key"), ("", "asks for")])
async def test_a_wrong_key_is_refused_in_so_many_words(
    server: OctoPrint, key: str, said: str
) -> None:
    # OctoPrint answers a POST with it "CSRF validation failed".
    backend = OctoPrintBackend(server.url, credentials=Credentials(key))
    with pytest.raises(AuthenticationRefused, match=said) as refused:
        await backend.connect()
    assert "CSRF" not in str(refused.value)


async def test_what_a_key_may_not_do_is_lacking_at_once(server: OctoPrint) -> None:
    reader = server.key_of("reader", groups=["readonly"])
    backend = OctoPrintBackend(server.url, "shop", Credentials(reader))
    await backend.connect()
    assert backend.state.state is State.READY
    may_not = Capability.JOB | Capability.MOVE | Capability.PROMPTS | Capability.CONNECTION
    assert backend.capabilities & may_not == Capability(0)
    for command in (backend.pause, backend.reconnect, backend.start_selected):
        with pytest.raises(AuthenticationRefused, match=r"shop can't .*: the key lacks"):
            await command()
    # Who may do more meanwhile is logged out, and in again.
    groups = {"active": True, "admin": False, "groups": ["users"]}
    server.put_json("/api/access/users/reader", groups)
    await until(lambda: backend.capabilities & may_not == may_not)
    await phase(backend, Phase.READY)
    await backend.close()


async def test_a_key_that_is_refused_by_now_is_not_shown_again_and_again(
    server: OctoPrint,
) -> None:
    backend = OctoPrintBackend(server.url, "shop", Credentials(server.key_of("gone", ["users"])))
    await backend.connect()
    server.put_json("/api/access/users/gone", {"active": False, "admin": False, "groups": []})
    # Who is logged out logs in again, and is not let in.
    await until(lambda: backend.retry and backend.retry.at - backend.clock() > REFUSED_S / 2)
    assert "login" in backend.state.reason
    await backend.close()


async def test_a_login_that_is_stale_or_senseless_is_found_out(server: OctoPrint) -> None:
    http = Http(server.url, Credentials(server.key))
    push = await Push.open(http, asyncio.get_running_loop().time)
    await push.send({"auth": "admin:stale"})
    assert [kind for kind, _ in await push.receive()] == ["connected"]
    with pytest.raises(AuthenticationRefused, match="fresh login"):
        await push.receive()
    await push.close()
    senseless = await Push.open(http, asyncio.get_running_loop().time)
    await senseless.send({"auth": "admin"})
    assert [kind for kind, _ in await senseless.receive()] == ["connected"]
    # There is no answer at all, which is why the session waits for one only so long.
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await senseless.receive()
    await senseless.close()
    await http.close()


async def test_a_server_that_has_nothing_to_tell_is_not_mute(
    server: OctoPrint, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As all the time while its printer is offline; it answers pings.
    monkeypatch.setattr(push, "PING_S", 1.0)
    http = Http(server.url, Credentials(server.key))
    quiet = await Push.open(http, asyncio.get_running_loop().time)
    assert [kind for kind, _ in await quiet.receive()] == ["connected"]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2.5):
            await quiet.receive()
    await quiet.close()
    await http.close()


def test_a_mute_server_is_noticed_within_10_s() -> None:
    now = 100.0
    silence = Silence(lambda: now)
    assert silence.left_s == PING_S
    now += PING_S
    assert (silence.left_s, silence.is_over) == (0.0, False)
    silence.asked()
    assert silence.left_s == PONG_S
    now += PONG_S
    assert silence.is_over
    assert now - 100.0 < 10.0
    silence.broken()
    assert not silence.is_over


def test_a_client_that_was_stopped_asks_before_it_calls_a_server_mute() -> None:
    now = 100.0
    silence = Silence(lambda: now)
    now += 3600.0
    assert (silence.left_s, silence.is_over) == (0.0, False)
    silence.asked()
    assert (silence.left_s, silence.is_over) == (PONG_S, False)


async def test_a_server_that_freezes_dies_and_comes_back_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "PING_S", 1.5)
    with running(tmp_path / "octoprint") as server:
        backend = OctoPrintBackend(server.url, "shop", Credentials(server.key))
        await backend.connect()
        heard = Heard(backend)
        server.freeze()
        await phase(backend, Phase.DISCONNECTED)
        assert "mute" in backend.state.reason
        await until(lambda: backend.retry)
        for command in (backend.reconnect, backend.connect_printer):
            with pytest.raises(LinkError, match="out of reach: it is tried again"):
                await command()
        monkeypatch.undo()
        server.thaw()
        await phase(backend, Phase.READY)
        assert backend.retry is None
        server.put("long.gcode", "G28\n" + "G4 P50\n" * 500)
        await backend.start_selected()
        await phase(backend, Phase.EXECUTING)
        server.kill()
        await phase(backend, Phase.DISCONNECTED)
        assert backend.state.reason
        await until(lambda: backend.retry)
        del heard.states[:]
        server.start()
        await phase(backend, Phase.READY)
        # Nothing of before is told to be so now.
        after = [state for state in heard.states if state.phase is not Phase.DISCONNECTED]
        assert {state.job for state in after} == {None}
        assert Phase.EXECUTING not in heard.phases
        await backend.home()
        await backend.close()


async def test_what_is_no_octoprint_is_told_to_be_none(server: OctoPrint) -> None:
    backend = OctoPrintBackend(f"{server.url}/elsewhere", credentials=Credentials(server.key))
    with pytest.raises(LinkError, match="no OctoPrint"):
        await backend.connect()
