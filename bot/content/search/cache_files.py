"""Files of the cache folder: written atomically, read only if this user owns them.

They are plain JSON or numpy arrays: a planted file can change data, it cannot run code. A file
that is unreadable is ignored. A failed write (disk full, no permission) is ignored too: the next
start computes the content again.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

# Files of each kind (the first word of the name) that stay, the newest by modification time.
KEPT_FILES = 4
# A knowledge version has several classifiers, each in a file.
KEPT_CLASSIFIERS = 32
CLASSIFIER = "classifier"

Array = NDArray[Any]


def private_folder(wanted: Path) -> Path:
    """Return a folder that only this user can read: `wanted`, created if missing, or a new
    temporary folder if it cannot be created, written or is owned by another user."""
    try:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(wanted, os.W_OK) and is_own(wanted):
            wanted.chmod(0o700)
            return wanted
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="liuchuangtong-"))


def is_own(path: Path) -> bool:
    """Return whether this user owns a path; always true on Windows, which has no user ids."""
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def read_json(file: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file; None if it is unreadable or owned by another user."""
    try:
        if not is_own(file):
            return None
        found = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_json(file: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file, and delete the oldest files of its kind."""
    write_bytes(file, orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS))


def read_arrays(file: Path) -> dict[str, Array] | None:
    """Return the arrays in a file by name, and mark it as used; None if it is unreadable or owned
    by another user."""
    try:
        if not is_own(file):
            return None
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    with contextlib.suppress(OSError):
        os.utime(file)
    return found


def write_arrays(file: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays to a file, and delete the oldest files of its kind."""
    content = io.BytesIO()
    # Uncompressed, as they are read at each start.
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
    write_bytes(file, content.getvalue())


def write_bytes(file: Path, content: bytes) -> None:
    """Write a file, and delete the oldest files of its kind."""
    part = file.with_suffix(f".{os.getpid()}.part")
    kind = file.name.partition("-")[0]
    try:
        part.write_bytes(content)
        part.replace(file)
        old = sorted(file.parent.glob(f"{kind}-*{file.suffix}"), key=lambda p: p.stat().st_mtime)
        for stale in old[: -(KEPT_CLASSIFIERS if kind == CLASSIFIER else KEPT_FILES)]:
            stale.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
