"""TLS with a certificate made for the occasion."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.credentials import Credentials
from gbterm.errors import LinkError, UsageError
from gbterm.server import arrivals
from gbterm.server.admission import Rules
from gbterm.server.keys import Scope
from gbterm.server.options import Options
from gbterm.server.run import serve
from tests.server.running import Running
from tests.server.test_frontend import Answer


def make_certificate(folder: Path, name: str = "server") -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    command += f" -subj /CN=gbterm -addext subjectAltName=IP:127.0.0.1 -keyout {key}"
    subprocess.run([*command.split(), "-out", certificate], check=True, capture_output=True)
    return certificate, key


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


async def test_a_client_that_trusts_the_certificate_connects(
    certificate: tuple[Path, Path],
) -> None:
    async with Running(tls=certificate) as running:
        assert running.notice["tls"] is True
        url = f"wss://{running.notice['listen']}"
        backend = OpenGbBackend(url, credentials=Credentials(tls_ca=str(certificate[0])))
        await backend.connect()
        assert backend.state == running.device.state
        await backend.close()


async def test_a_client_that_does_not_says_what_to_do(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    other, _ = make_certificate(tmp_path)
    async with Running(tls=certificate) as running:
        url = f"wss://{running.notice['listen']}"
        for authority in ("", str(other)):
            backend = OpenGbBackend(url, credentials=Credentials(tls_ca=authority))
            with pytest.raises(LinkError, match="--tls-ca FILE"):
                await backend.connect()
            await backend.close()
        backend = OpenGbBackend(url, credentials=Credentials(tls_ca="/nowhere"))
        with pytest.raises(UsageError, match="/nowhere holds no certificate"):
            await backend.connect()
        await backend.close()
        plain = OpenGbBackend(url.replace("wss", "ws"))
        with pytest.raises(LinkError, match="No server answers"):
            await plain.connect()
        await plain.close()


async def test_a_cookie_stays_on_tls(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    async with Running(tls=certificate, frontend=tmp_path) as running:
        key = running.keys.create("panel", [Scope.OPERATE])
        context = ssl.create_default_context(cafile=certificate[0])
        host, _, port = running.notice["listen"].rpartition(":")

        def fetch() -> Answer:
            with (
                socket.create_connection((host, int(port))) as plain,
                context.wrap_socket(plain, server_hostname=host) as client,
            ):
                client.sendall(f"GET /?key={key} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                return Answer(b"".join(iter(lambda: client.recv(65536), b"")))

        answer = await asyncio.to_thread(fetch)
        assert answer.status == 303
        assert "Secure" in answer.headers["set-cookie"].split("; ")
        cookie = answer.headers["set-cookie"].partition(";")[0]
        async with connect(
            f"wss://{host}:{port}/ws",
            ssl=context,
            origin=Origin(f"https://{host}:{port}"),
            additional_headers={"Cookie": cookie},
        ) as connection:
            await connection.ping()


async def test_a_certificate_that_is_none_is_an_error_or_a_note(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "text.pem").write_text("hello")
    wrong = [(certificate[0], tmp_path / "text.pem"), (tmp_path / "absent.pem", certificate[1])]
    for pair in wrong:
        with pytest.raises(UsageError, match=r"text\.pem|absent\.pem"):
            await serve(
                Options(
                    tmp_path / "run",
                    tmp_path / "library",
                    listen=("127.0.0.1", 0),
                    listen_required=True,
                    tls=pair,
                )
            )
        async with Running(tls=pair) as running:
            # Never in plain text instead.
            assert running.notice["listen"] is None
            assert "can't be served" in running.notice["note"]
            async with await running.unix() as client:
                assert await client.result("get_status")


async def test_who_never_begins_with_tls_gives_way(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "TLS_S", 3600.0)
    context = ssl.create_default_context(cafile=certificate[0])
    async with Running(tls=certificate, rules=Rules(max_clients=5)) as running:
        address = running.notice["listen"]
        host, _, port = address.rpartition(":")
        silent = [await asyncio.open_connection(host, int(port)) for _ in range(15)]
        async with connect(f"wss://{address}/ws", ssl=context, proxy=None) as connection:
            await connection.ping()
        for reader, _ in silent[:5]:
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        for _, writer in silent:
            writer.close()


async def test_what_comes_with_the_end_of_the_handshake_is_heard(
    certificate: tuple[Path, Path],
) -> None:
    context = ssl.create_default_context(cafile=certificate[0])
    async with Running(tls=certificate) as running:
        host, _, port = running.notice["listen"].rpartition(":")

        def fetch() -> bytes:
            """In one piece with what ends the handshake, as TLS 1.3 lets a client do."""
            sent, received = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = context.wrap_bio(received, sent, server_hostname=host)
            with socket.create_connection((host, int(port))) as plain:
                while True:
                    try:
                        client.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        plain.sendall(sent.read())
                        received.write(plain.recv(65536))
                client.write(b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n")
                plain.sendall(sent.read())
                while True:
                    try:
                        return client.read()
                    except ssl.SSLWantReadError:
                        received.write(plain.recv(65536))

        for _ in range(10):
            assert (await asyncio.to_thread(fetch)).startswith(b"HTTP/1.1 404 ")
