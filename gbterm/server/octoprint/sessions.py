"""Who is who on the push socket, whose requests hold no key: a session of a login says it."""

from __future__ import annotations

import secrets
from collections import OrderedDict

from gbterm.server.client import Client

MOST = 256
"""With more, the one that was used longest ago is forgotten."""


class Sessions:
    """The logins of clients, by names that nobody can guess."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, Client] = OrderedDict()

    def begin(self, client: Client) -> str:
        """A session of `client`, whose name only it is told."""
        session = secrets.token_urlsafe(24)
        self._clients[session] = client
        if len(self._clients) > MOST:
            self._clients.popitem(last=False)
        return session

    def client(self, auth: object) -> Client | None:
        """Whose it is, of what a push socket was told: `NAME:SESSION`."""
        if not isinstance(auth, str):
            return None
        session = auth.rpartition(":")[2]
        client = self._clients.get(session)
        if client is not None:
            self._clients.move_to_end(session)
        return client
