"""`gbterm serve` over TLS and with a web frontend, as real processes."""

from __future__ import annotations

import ssl
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, assert_refused
from tests.cli.service import start
from tests.server.test_tls import make_certificate


def test_a_host_serves_tls_and_a_frontend(gbterm: Shell, board: str) -> None:
    certificate, key = make_certificate(gbterm.home)
    pages = gbterm.home / "www"
    pages.mkdir()
    (pages / "index.html").write_text("<h1>OpenGB</h1>")
    tls = ("--tls-cert", str(certificate), "--tls-key", str(key))
    service, ready = start(gbterm, "--port", board, *tls, "--frontend", str(pages))
    url = next(word for word in ready.split() if word.startswith("wss://"))

    assert_refused(gbterm("--url", url, "status"), 4, "can't be trusted", "--tls-ca FILE")
    status = gbterm("--url", url, "--tls-ca", str(certificate), "status")
    assert status.stdout.startswith("READY\n"), status.stderr
    context = ssl.create_default_context(cafile=certificate)
    page = url.replace("wss://", "https://").removesuffix("ws")
    with urllib.request.urlopen(page, context=context) as answer:
        assert answer.read() == b"<h1>OpenGB</h1>"
    again = gbterm("serve", "--port", board, "--frontend", str(pages))
    assert_refused(again, 2, "leave --frontend out")
    assert service.end()[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tls-key", "key.pem"), "--tls-key goes with --tls-cert"),
        (("--frontend", "absent"), "absent is no directory"),
        (("--tls-cert", "absent.pem"), "absent.pem can't be read"),
    ],
)
def test_what_can_not_be_served_is_said(
    gbterm: Shell, board: str, words: tuple[str, ...], said: str
) -> None:
    done = gbterm("serve", "--port", board, "--listen", "127.0.0.1:0", *words)
    assert_refused(done, 2, said)
    assert not list(Path(gbterm.home / "state").rglob("printer.sock"))
