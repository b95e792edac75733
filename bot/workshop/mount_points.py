"""Tell whether a folder is a mount point, also one of the same file system.

`Path.is_mount` compares devices and misses a folder that is bound onto itself, as
`ReadWritePaths` of systemd does it. Such a folder must not be exchanged: who sees it through the
mount would keep the old one.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

# The mounts that this process sees, where the system is Linux.
MOUNTS = Path("/proc/self/mountinfo")
# Where a line of MOUNTS has the mount point.
_FIELD = 4
_ESCAPES = (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\"))


def is_mount_point(folder: Path) -> bool:
    """Return whether something is mounted at this folder, as this process sees it."""
    if folder.is_mount():
        return True
    with suppress(OSError):
        text = MOUNTS.read_text("utf-8", "surrogateescape")
        return str(folder.resolve()) in mount_points(text)
    return False


def mount_points(text: str) -> frozenset[str]:
    """Return the mount points in a text of the form of MOUNTS."""
    fields = (line.split(" ") for line in text.splitlines())
    return frozenset(_unescaped(each[_FIELD]) for each in fields if len(each) > _FIELD)


def _unescaped(path: str) -> str:
    for escape, letter in _ESCAPES:
        path = path.replace(escape, letter)
    return path
