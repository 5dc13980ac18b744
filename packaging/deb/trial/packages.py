"""The package, and one of the next version with the same in it."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from root import Missing, run

BUILD = Path(__file__).parents[1] / "build"


def built() -> Path:
    """The package of this checkout."""
    done = run(BUILD)
    if done.returncode:
        raise Missing(done.stderr.strip())
    return Path(done.stdout.strip()).absolute()


def version_of(package: Path) -> str:
    """What the package says."""
    return run("dpkg-deb", "--field", package, "Version", check=True).stdout.strip()


def of_next_version(package: Path, folder: Path) -> Path:
    """The same, but for the version that it and its gbterm say they have."""
    version = version_of(package)
    later = f"{version}.1"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        root = Path(scratch) / "root"
        run("dpkg-deb", "--raw-extract", package, root, check=True)
        control = root / "DEBIAN/control"
        control.write_text(control.read_text().replace(f"Version: {version}", f"Version: {later}"))
        (module,) = root.glob("usr/lib/gbterm/lib/python3*/site-packages/gbterm/__init__.py")
        module.write_text(re.sub(r'(__version__ = ").*"', rf'\g<1>{later}"', module.read_text()))
        # What was compiled of it isn't compared with it any more.
        for compiled in module.parent.glob("__pycache__/__init__.*"):
            compiled.unlink()
        target = folder / f"gbterm_{later}.deb"
        run("dpkg-deb", "--root-owner-group", "-Znone", "--build", root, target, check=True)
    return target
