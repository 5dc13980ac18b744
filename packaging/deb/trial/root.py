"""A clean Debian in a folder, and two ways to live in it: booted with systemd, or by hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}
INSIDE = ("systemd", "systemd-sysv", "dbus", "udev", "needrestart", "procps")
"""What a Debian has that somebody uses, besides what the package depends on."""
INDEX = "$(REPO_URI) $(ORIGIN) $(CODENAME) $(SUITE)"


class Missing(Exception):
    """What the trial needs and can't get, in a sentence."""


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """A command on this machine, to its end, with what it says."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        command, **{"capture_output": True, "text": True, "check": False, **options}
    )


def mirror() -> tuple[str, str]:
    """Where this machine's own Debian comes from, and its name, as apt is configured."""
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M))
    codename = release.get("VERSION_CODENAME", "")
    told = run("apt-get", "indextargets", "--format", INDEX, "Created-By: Packages").stdout
    for line in told.splitlines():
        uri, origin, name, _ = (line.split() + [""] * 4)[:4]
        if origin in ("Debian", "Raspbian") and name == codename:
            return uri, codename
    raise Missing(f"apt knows no mirror for {codename or 'this system'}: sudo apt-get update.")


def depends(package: Path) -> list[str]:
    """The names of what a package depends on, of alternatives the first."""
    told = run("dpkg-deb", "--field", package, "Depends", check=True).stdout
    return [re.split(r"[ |(]", one.strip())[0] for one in told.split(",")]


@contextmanager
def clean_root(package: Path) -> Iterator[Path]:
    """A new Debian with all that `package` depends on, without gbterm. Removed at the end."""
    uri, codename = mirror()
    with tempfile.TemporaryDirectory(prefix="gbterm-deb-") as folder:
        root = Path(folder) / "root"
        include = ",".join((*INSIDE, *depends(package)))
        done = run(
            *("debootstrap", "--variant=minbase", f"--include={include}", codename, root, uri),
            env=os.environ | QUIET,
        )
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()[-3:]
            raise Missing(f"debootstrap failed: {' '.join(said)}")
        # Nothing in it may reach a network, and what is asked of it needs no name of a host.
        for name in ("resolv.conf", "apt/sources.list"):
            (root / "etc" / name).unlink(missing_ok=True)
        (root / "etc/hostname").write_text("printhost\n")
        # It needn't outlast a power cut.
        (root / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n")
        try:
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)
