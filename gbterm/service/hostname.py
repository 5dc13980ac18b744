"""The machine's name: given, and taken back."""

from __future__ import annotations

import re
from pathlib import Path

from gbterm import whole_file
from gbterm.errors import UsageError

_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""Of a name in the network, by RFC 1123."""
_MARK = "# gbterm"


def check(name: str) -> None:
    """Raises `UsageError` where it is no name for a machine."""
    if not _LABEL.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a machine: use up to 63 letters, digits and dashes, as"
            " printer-1."
        )


def read(root: Path) -> str | None:
    """What /etc/hostname holds, None where it is missing."""
    path = root / "etc/hostname"
    return path.read_text() if path.exists() else None


def give(root: Path, name: str) -> None:
    """Have the machine be called `name` from its next start on."""
    whole_file.write(root / "etc/hostname", f"{name}\n")
    hosts = _hosts_without_ours(root)
    if name not in re.sub(r"#.*", "", hosts).split():
        # The first line wins where a name is asked for; the old name is still known.
        _write_hosts(root, f"127.0.1.1\t{name} {_MARK}\n{hosts}")


def take_back(root: Path, name: str, before: str | None) -> bool:
    """Undo `give`; False where somebody else has named the machine since, which stays."""
    is_ours = (read(root) or "").strip() == name
    if is_ours and before is None:
        (root / "etc/hostname").unlink()
    elif is_ours and before is not None:
        whole_file.write(root / "etc/hostname", before)
    _write_hosts(root, _hosts_without_ours(root))
    return is_ours


def _hosts_without_ours(root: Path) -> str:
    path = root / "etc/hosts"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return "".join(line for line in lines if not line.rstrip().endswith(_MARK))


def _write_hosts(root: Path, text: str) -> None:
    path = root / "etc/hosts"
    if not text:
        path.unlink(missing_ok=True)
    elif not path.exists() or text != path.read_text():
        whole_file.write(path, text)
