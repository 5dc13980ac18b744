"""Telling an HTTP server of something, once and not longer than asked for."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping

import aiohttp

from gbterm.config import Hook


async def post(hook: Hook, facts: Mapping[str, object]) -> str:
    """Send `facts` as JSON; what went wrong as the end of a sentence, or nothing.

    The address is never in it: its path may be a secret.
    """
    timeout = aiohttp.ClientTimeout(total=hook.timeout_s)
    try:
        tls = await asyncio.to_thread(ssl.create_default_context, cafile=hook.tls_ca or None)
    except OSError:
        return f"could not be sent: {hook.tls_ca} holds no certificate of an authority"
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(hook.url, json=facts, ssl=tls, allow_redirects=False) as answer,
        ):
            return "" if answer.status < 300 else f"was answered with status {answer.status}"
    except TimeoutError:
        return f"was not answered within {hook.timeout_s:g} s"
    except aiohttp.ClientConnectorCertificateError:
        return (
            "could not be sent, since its server's certificate can't be trusted: name who vouches"
            f" for it with tls_ca in [hook.{hook.name}]"
        )
    except aiohttp.ClientConnectorError as error:
        # Of a name that isn't found the number is none of the system's, and there is only text.
        known = error.errno is not None and error.errno > 0
        why = os.strerror(error.errno or 0) if known else error.strerror
        return f"could not reach its server: {why}"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return f"could not be sent ({type(error).__name__})"
