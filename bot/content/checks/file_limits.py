"""Name the files that come near a limit of the reader, before they are refused."""

from __future__ import annotations

from collections.abc import Mapping

from bot.content.documents.snapshot import MAX_FILES
from bot.content.documents.tree import MAX_BYTES

# Share of a limit in percent from which it is named. Below, nobody has to act soon; above, there
# is still room for a thousand supports, each a file.
NEAR = 75
_MEGABYTE = 1024 * 1024


def near_limits(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return a note for each limit of which more than NEAR percent are used, by file name.

    A note is no problem: the folder is valid and can be published.
    """
    notes = [
        f"{name}：已经 {len(data) / _MEGABYTE:.1f} MB，到 {MAX_BYTES // _MEGABYTE} MB 就读不了了，"
        "请早点拆成几个文件"
        for name, data in files.items()
        if len(data) * 100 > MAX_BYTES * NEAR
    ]
    if len(files) * 100 > MAX_FILES * NEAR:
        notes.append(f"一共 {len(files)} 个文件，最多读 {MAX_FILES} 个，请合并一些小文件")
    return tuple(notes)
