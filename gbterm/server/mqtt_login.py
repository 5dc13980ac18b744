"""How a server gets into its broker, and why it doesn't. What reads files blocks."""

from __future__ import annotations

import ssl
from pathlib import Path

from gbterm.config import Mqtt
from gbterm.errors import LinkError
from gbterm.text import scrub

PASSWORD_MOST, WHY_MOST = 1024, 200
_PORT, _TLS_PORT = 1883, 8883
_MACHINE = Path("/etc/machine-id")
_REFUSED = (134, 135)
"""A wrong user or password, or one that may not come in, as MQTT 5 has it, section 3.2.2.2; the
library gives what MQTT 3.1.1 says in the same numbers."""


def port(mqtt: Mqtt) -> int:
    """The configured one, or the usual one."""
    return mqtt.port or (_TLS_PORT if mqtt.is_encrypted else _PORT)


def identity() -> str:
    """Of this machine, as machine-id(5) has it; empty without one."""
    try:
        return _MACHINE.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def password(path: str) -> str | None:
    """The first line of the file. Raises `LinkError`."""
    if not path:
        return None
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.readline(PASSWORD_MOST).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise LinkError(f"The password of the MQTT broker can't be read from {path}: {why}.") from (
            error
        )


def tls(mqtt: Mqtt) -> ssl.SSLContext | None:
    """Who vouches for it, None without TLS. Raises `LinkError`."""
    if not mqtt.is_encrypted:
        return None
    try:
        return ssl.create_default_context(cafile=mqtt.tls_ca or None)
    except OSError as error:
        raise LinkError(f"{mqtt.tls_ca} holds no certificate of an authority.") from error


def why_not(error: Exception) -> str:
    """What went wrong, as the end of a sentence."""
    # A number without a value is of the library's own, and means something else.
    if getattr(getattr(error, "rc", None), "value", None) in _REFUSED:
        return "refuses this user or password: correct mqtt.user and mqtt.password_file"
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "has a certificate that can't be trusted: name who vouches for it as mqtt.tls_ca"
    said = (cause.strerror if isinstance(cause, OSError) else "") or str(cause)
    return f"can't be reached: {scrub(said, WHY_MOST)}"
