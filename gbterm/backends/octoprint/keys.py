"""Asking an OctoPrint for a key of one's own, by its application keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from gbterm.backends.given import mapping
from gbterm.backends.octoprint.http import Http
from gbterm.credentials import Credentials, checked
from gbterm.errors import AuthenticationRefused, LinkError, NoSuchFile, NotSupported, UsageError
from gbterm.text import scrub

APP = "gbterm"
POLL_S = 1.0
"""A request that nobody asks about for 5 s expires."""
GRANT_S = 600.0


async def ask(url: str, tls_ca: str, told: Callable[[str, str], None]) -> str:
    """The key, once somebody granted it in OctoPrint. Raises as `Backend.ask_for_key`."""
    http = Http(url, Credentials("", tls_ca))
    try:
        try:
            await http.get("/plugin/appkeys/probe")
        except (NoSuchFile, AuthenticationRefused) as error:
            raise NotSupported(f"{http.who} grants no keys on request.") from error
        token = _token(http, await http.post("/plugin/appkeys/request", {"app": APP}))
        page = scrub(http.url)
        told(
            f"Open {page} in a browser, log in, and allow the key that {APP} asks for.",
            f"{page}/plugin/appkeys/auth/{token}",
        )
        return await _granted(http, token)
    finally:
        await http.close()


async def _granted(http: Http, token: str) -> str:
    try:
        async with asyncio.timeout(GRANT_S):
            while True:
                answer = mapping(await http.get(f"/plugin/appkeys/request/{token}"))
                if "api_key" in answer:
                    return checked(str(answer["api_key"]))
                await asyncio.sleep(POLL_S)
    except TimeoutError as error:
        raise AuthenticationRefused(f"Nobody granted a key in {GRANT_S / 60:.0f} min.") from error
    except NoSuchFile as error:
        raise AuthenticationRefused(
            "The key was not granted: the request was denied, or it expired. Ask again."
        ) from error
    except UsageError as error:
        raise LinkError(f"{http.who} granted what is no key.") from error


def _token(http: Http, answer: Any) -> str:
    token = mapping(answer).get("app_token")
    if not isinstance(token, str) or not 0 < len(token) < 200:
        raise LinkError(f"{http.who} did not take the request for a key.")
    return quote(token, safe="")
