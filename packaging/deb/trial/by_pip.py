"""The service of who has gbterm without the package, as pip puts it somewhere."""

from __future__ import annotations

from place import Place, wait_until
from printhost import NAME, PROFILE, Printhost, say
from upgrading import unlock

GBTERM = ("/opt/gbterm/bin/python", "-m", "gbterm")


def keep_a_copy(place: Place) -> None:
    """The package's environment where pip might have put it."""
    assert place.run("cp", "-a", "/usr/lib/gbterm", "/opt/gbterm").returncode == 0


def serve(host: Printhost) -> None:
    """`gbterm service install`, `status` and `remove`, once the package is gone."""
    place = host.place
    config = place.root / "etc/gbterm/config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(PROFILE)
    tell(host, "install")
    unlock(host)
    wait_until(host.answers, "a printer that is ready")
    tell(host, "status")
    tell(host, "remove")
    assert not place.pid("printer")
    assert not place.pid("server")
    left = [path.name for path in (place.root / "etc/systemd/system").glob("gbterm-*.service")]
    assert not left, left


def tell(host: Printhost, what: str) -> None:
    """Root's command, and what it says."""
    aim = () if what == "status" else ("--printer", NAME)
    done = host.place.run(*GBTERM, "service", what, *aim)
    assert done.returncode == 0, done.stdout + done.stderr
    say(f"without the package, gbterm service {what}", done.stdout.strip().replace("\n", " / "))
