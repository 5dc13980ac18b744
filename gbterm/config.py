"""The configuration: `/etc/gbterm/config.toml`, then the user's own, as frozen values.

    default = "ender"

    [printer.ender]
    port = "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"
    baud = 115200

    [printer.ender.limits]
    nozzle_max = 275

    [preset.PLA]
    nozzle = 210
    bed = 60

    [printer.ender.preset.PLA]
    nozzle = 205

    [macro.purge]
    gcode = '''
    G28
    G1 E20 F200
    '''
    confirm = "Is the bed empty?"
    key = "ctrl+u"
    description = "home, then push 20 mm"

    [command.lights]
    run = ["/usr/local/bin/lights", "on"]
    confirm = false
    safe = true
    timeout_s = 10
    description = "the lamp over the printer"

    [server]
    allow = ["http://panel.example"]

    [auth]
    loopback = "key"

    [keys]
    pause = "space"
    estop = ["F9", "Ctrl+\\\\"]

    [mdns]
    search = true
    interfaces = ["192.168.1.5"]

    [console]
    theme = "light"
    glyphs = "ascii"
    slow = true
    mouse = false
    bell = false

    [suite]
    eject_mm = 800
    eject_mm_min = 2500
    pins = [63, 40, 42, 65]

A printer that both files name is taken from the user's file alone.

Presets, macros and commands are every printer's, unless they stand below `[printer.NAME]`: there
they add to the others, or replace those of the same name. Temperatures are in °C, `nozzle` is every
one. Without any `[preset]` there are PLA, PETG, ABS and cool down, as far as the limits let them.
`gcode` is up to 100 commands, a line each. `confirm` is a question, or true for one made from the
name, or false. `run` is a program with its full path and its arguments, run as the server's user,
by no shell and with nothing that a client sends; it may run during a print where it is `safe`, and
is killed after `timeout_s` (60, at most 600). A change of any of it counts once the printer's host
was ended and started again. What `[console]` leaves out, the console finds out by its terminal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from gbterm import paths, ssh_address
from gbterm.actions import HostCommand, Macro, Preset
from gbterm.errors import UsageError

URL_EXAMPLES = "ws://HOST:PORT, http://HOST, ssh://USER@HOST or unix:PATH"
"""The first is OpenGB's, the second OctoPrint's."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?!/*$)\S.*")

FRAME_MIB = 128
"""The largest message, of either side of the wire, where nothing else is configured."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What no client may exceed: temperatures in °C, the feed rate in mm/s."""

    nozzle_max: float = 300.0
    bed_max: float = 150.0
    chamber_max: float = 100.0
    feed_max_mm_s: float = 500.0


@dataclass(frozen=True, slots=True)
class Streaming:
    """How a board is fed, for one that differs from what nearly all have.

    `window_lines` may be under way at most, 0 for what the board proves to bear; `ring_bytes` is
    what its receive ring holds (RX_BUFFER_SIZE less one); more than `damaged_lines` damaged ones in
    any 1,000 pause a print.
    """

    window_lines: int = 0
    ring_bytes: int = 127
    damaged_lines: int = 3


ESTOP_RESETS = ("", "dtr")
Z_HOMES = ("", "max")


@dataclass(frozen=True, slots=True)
class Program:
    """A command of the host: what clients know of it, and what is run, which they never do."""

    about: HostCommand
    run: tuple[str, ...]


BUILT_IN_PRESETS = (
    Preset("PLA", 210.0, 60.0),
    Preset("PETG", 240.0, 80.0),
    Preset("ABS", 245.0, 100.0),
    Preset("cool down", 0.0, 0.0, 0.0),
)


@dataclass(frozen=True, slots=True)
class Actions:
    """What a printer's user can have done by name."""

    presets: tuple[Preset, ...] = BUILT_IN_PRESETS
    macros: tuple[Macro, ...] = ()
    programs: tuple[Program, ...] = ()


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """A printer by name, on a `port` of this machine or behind a `url`; the other one is empty.

    `baud` is None where it is to be found out. What follows `url` holds for a port: a server has
    its own. `estop_reset` is "dtr" where an emergency stop that nobody confirms may reset the board
    by its DTR line. `z_home` is "max" where Z is homed at its top, and so may be over a part.
    `second_motors` names the axes with two motors, which the counters
    count. `key_file` and `tls_ca` go with a url: the files of the key to show
    there, and of who vouches for the server's certificate.
    """

    name: str
    port: str = ""
    baud: int | None = None
    url: str = ""
    limits: Limits = Limits()
    streaming: Streaming = Streaming()
    estop_reset: str = ""
    z_home: str = ""
    second_motors: str = ""
    key_file: str = ""
    tls_ca: str = ""
    actions: Actions = Actions()


LOOPBACK = ("open", "key")


@dataclass(frozen=True, slots=True)
class Serving:
    """How the server of a host serves clients on TCP.

    `loopback` is "key" where also this machine's own connections need one; `allow` holds host names
    and origins that browsers may use besides the server's own; `frame_mib` bounds a message in MiB,
    `file_mib` a file that comes in pieces.
    `tls_cert` and `tls_key` are files in PEM, the second empty where the first holds both;
    `frontend` is the directory of a web frontend's static files.
    """

    loopback: str = "open"
    allow: tuple[str, ...] = ()
    clients: int = 256
    calls_per_s: int = 500
    frame_mib: int = FRAME_MIB
    file_mib: int = 2048
    tls_cert: str = ""
    tls_key: str = ""
    frontend: str = ""


CONSOLE_THEMES = ("dark", "light", "none")
CONSOLE_GLYPHS = ("unicode", "console", "ascii")


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """How the console is drawn; what is empty or None is chosen by the terminal.

    `theme` is one of `CONSOLE_THEMES`, `glyphs` of `CONSOLE_GLYPHS`: all characters, those of the
    Linux console, or ASCII. `slow` is for a slow line, `bell` rings where somebody is needed.
    """

    theme: str = ""
    glyphs: str = ""
    slow: bool | None = None
    mouse: bool | None = None
    bell: bool | None = None


@dataclass(frozen=True, slots=True)
class Mdns:
    """Whether servers are looked for on the network, and on which of this machine's interfaces.

    `interfaces` are their addresses; all of them where there are none.
    """

    search: bool = True
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """What one-shot commands take where they are told nothing; mm, mm/min, ms and Hz.

    `eject_…` is what `eject` pushes first and pulls then; `fan2_pin` and `pins` are the board's,
    the latter by the numbers 0, 1 … of `gsetpin`; a pin rests for `edge_ms` before it rises or
    falls, and a pulse lasts for `pulse_ms`; `gpio` is the program for the pins of this
    machine, which `gpio_pins` are.
    """

    fast_mm_min: float = 2000.0
    eject_push_mm: float = 3.0
    eject_push_mm_min: float = 700.0
    eject_mm: float = 800.0
    eject_mm_min: float = 2500.0
    beep_ms: int = 500
    beep_hz: int = 2000
    fan2_pin: int = 57
    pins: tuple[int, ...] = (63, 40, 42, 65)
    edge_ms: int = 10
    pulse_ms: int = 50
    gpio: str = "gpio"
    gpio_pins: tuple[int, ...] = (26, 27, 28, 29)


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """The keys of an action of the console as somebody wrote them, and the file that says so."""

    action: str
    keys: tuple[str, ...]
    file: Path = Path()


@dataclass(frozen=True, slots=True)
class Config:
    """The printers by name, and the name of the one that is meant where none is named."""

    printers: dict[str, PrinterProfile] = field(default_factory=dict)
    default: str = ""
    serving: Serving = Serving()
    actions: Actions = Actions()
    """Of a printer that is not configured."""
    mdns: Mdns = Mdns()
    keys: tuple[KeyChoice, ...] = ()
    """Whether the console has such actions and keys is for its key map to say."""
    console: ConsoleSettings = ConsoleSettings()
    suite: Suite = Suite()

    def default_printer(self) -> PrinterProfile | None:
        """The default printer or the only one, else None."""
        if self.default:
            return self.printers[self.default]
        return next(iter(self.printers.values())) if len(self.printers) == 1 else None

    def on_port(self, port: str) -> PrinterProfile | None:
        """The printer on this port, however the port is spelt."""
        name = paths.host_name(port)
        return next((p for p in self.printers.values() if paths.host_name(p.port) == name), None)


def check_url(url: str) -> str:
    """`url` as it stands. Raises UsageError where it has not even the form of an address.

    Whether there is a backend for it is known to `gbterm.backends.kinds`, which takes longer.
    """
    if not url.lower().startswith(("ssh:", "unix:")) and set(url) & set("@?"):
        # Not said again: it may hold a password or a key.
        raise UsageError(
            "The address of a server holds neither @ nor ?: leave out names, passwords and keys,"
            " and give the key with --key-file or in GBTERM_KEY."
        )
    if not _ADDRESS.fullmatch(url):
        raise UsageError(f"{url!r} is no address of a server; write it as {URL_EXAMPLES}.")
    if url.lower().startswith("ssh:"):
        ssh_address.parse(url)
    return url
