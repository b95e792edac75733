"""Name the files of which a part may be missing, as the cause of their other problems."""

from __future__ import annotations

from collections.abc import Mapping

from bot.content.documents.problems import Problems
from bot.content.documents.tree import CUT_HINT

_LINE_ENDS = (b"\n", b"\r")


def report_cut_files(files: Mapping[str, bytes], problems: Problems) -> None:
    """Record a problem for each YAML file that has a problem and no line end at its end.

    Every tool writes one, and a save that stops in the middle rarely ends with one. A file without
    other problems is complete, whatever its end is. `files`: path → bytes.
    """
    found = problems.sorted()
    named = {problem.file for problem in found if problem.hint == CUT_HINT}
    for file in sorted({problem.file for problem in found} - named):
        data = files.get(file, b"")
        if not file.endswith(".yaml") or not data or data.endswith(_LINE_ENDS):
            continue
        last = data.count(b"\n") + 1
        message = "最后一行没有换行，文件可能没有存完整"
        problems.add(file, last, message, CUT_HINT)
