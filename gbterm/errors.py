"""Typed errors: one clear sentence each, with what to do."""

from __future__ import annotations


class GbtermError(Exception):
    """The root: `str(error)` is a sentence that a person can act on."""


class UsageError(GbtermError):
    """What was asked for makes no sense: a wrong option, file or value."""


class NoneChosen(UsageError):
    """No printer was named, and it can't be told which one is meant."""


class ConfigError(UsageError):
    """The configuration is wrong; the sentence names the file and, where there is one, the key."""


class WrongKey(ConfigError):
    """What `key` of the file `path` holds is wrong; the sentence names the line, too."""

    def __init__(self, sentence: str, path: str = "", key: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.path, self.key = path, key


class FileRefused(UsageError):
    """A G-code file that can't be printed; the sentence names the line."""


class NeedsConfirmation(GbtermError):
    """The user has to agree first; the sentence names the lines and what they do."""


class LinkError(GbtermError):
    """The port or the server can't be reached, or was lost."""


class AuthenticationRefused(LinkError):
    """The server did not accept the key, or the key may not do this."""


class CommandTimeout(GbtermError):
    """No answer came in time."""


class WrongState(GbtermError):
    """The printer can't do this now; the sentence says what it is doing."""


class OutOfRange(GbtermError):
    """A value beyond a limit of the printer or its profile."""


class NotSupported(GbtermError):
    """This backend or firmware can't do it at all; the sentence names which."""


class NoSuchFile(GbtermError):
    """The library holds no such file."""


class PrinterError(GbtermError):
    """The printer reported a fault, or stopped answering."""
