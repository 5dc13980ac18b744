"""TLS for the port: a certificate and its key, as they are configured."""

from __future__ import annotations

import ssl
from pathlib import Path

from gbterm.errors import UsageError


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For a server with this certificate (and its chain). Raises `UsageError`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (certificate, key):
        try:
            path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path} can't be read: {error.strerror}.") from error
    try:
        # An empty password, so that nobody is asked for one.
        made.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError) as error:
        raise UsageError(
            f"{certificate} and {key} are no certificate and its key without a password, in PEM."
        ) from error
    return made
