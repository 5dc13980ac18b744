"""Addresses for ssh: what is one, and that no other comes near a shell."""

from __future__ import annotations

import pytest

from gbterm.address import check_url
from gbterm.backends.opengb import ssh
from gbterm.errors import UsageError
from gbterm.ssh_address import SshAddress, parse


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ssh://pi", SshAddress("pi")),
        ("ssh://Pi.local/", SshAddress("Pi.local")),
        ("SSH://me@pi:2222/ender-3", SshAddress("pi", "me", 2222, "ender-3")),
        ("ssh://10.0.0.7/mk3", SshAddress("10.0.0.7", printer="mk3")),
        ("ssh://me@[fe80::1%eth0]:22", SshAddress("fe80::1%eth0", "me", 22)),
    ],
)
def test_what_is_an_address(url: str, address: SshAddress) -> None:
    assert parse(url) == address
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("ssh://-oProxyCommand=touch%20x", "ssh://-l@pi", "ssh://me@-pi", "ssh://pi/-rf"),
        *("ssh://pi/a;reboot", "ssh://pi/$(reboot)", "ssh://pi/a'b", "ssh://pi/a b", "ssh://p i"),
        *(
            "ssh://pi/a/b",
            "ssh://me:word@pi",
            "ssh://pi:0",
            "ssh://pi:70000",
            "ssh://pi?x",
            "ssh:pi",
        ),
        *(
            "ssh://",
            "ssh://@pi",
            "ssh:pi",
            "ssh://pi\n",
            "ssh://pi/`x`",
            "ssh://[::1",
            "ssh://pi/\u017f",
        ),
    ],
)
def test_what_is_none(url: str) -> None:
    with pytest.raises(UsageError, match="address"):
        check_url(url)


def test_what_is_run_holds_nothing_but_words() -> None:
    words = ssh.command(parse("ssh://me@pi:2222/ender-3"))
    assert words[0] == "ssh"
    assert words[-7:-1] == ["-l", "me", "-p", "2222", "--", "pi"]
    assert words[-1].endswith("exec gbterm host pipe ender-3'")
