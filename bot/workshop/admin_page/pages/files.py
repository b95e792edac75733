"""Read and edit the files of the draft, a part at a time on a small screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.content.documents.problems import Problems
from bot.content.documents.tree import parse
from bot.errors import Problem
from bot.service.version_history import Files
from bot.workshop.admin_page.desk import ChangedMeanwhile, Desk, file_digest
from bot.workshop.admin_page.gate import PATH, Refused, Visit, redirect
from bot.workshop.admin_page.jobs import Jobs
from bot.workshop.folder import digest

# Lines of a part: a field with more is hard to find one's way in on a phone.
PART_LINES = 60
# Lines around the one that a link names.
BEFORE = 8
MOST_HITS = 100
# Bytes of a form with the largest file, each byte written as %XX.
EDIT_BYTES = 7_000_000
TITLES = {
    "": "整个机器人",
    "policies": "文件和扶持",
    "out_of_scope": "文件不管的事",
    "phrases": "机器人说的话",
    "language": "大家怎么说",
    "facts": "大家怎么说自己",
    "later_rules": "后来的规定",
    "scenarios": "对话样例",
    "sources": "原文",
}
_BREAKS = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Part:
    """Lines `first` to `last` (from 1) of a file with `total` lines, as the field shows them."""

    text: str
    first: int
    last: int
    total: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that a search found."""

    file: str
    line: int
    text: str


class FilePages:
    """The list of files, and the page of one file."""

    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        self._desk = desk
        self._jobs = jobs

    async def list(self, visit: Visit) -> Response:
        """Handle GET /admin/files; `q` searches all files."""
        files = await self._desk.files()
        state = await self._desk.state()
        wanted = visit.query.get("q", "").strip()
        return visit.page(
            "files.html",
            groups=[
                (TITLES.get(folder, folder), list(names))
                for folder, names in groupby(_by_folder(files), key=_folder)
            ],
            changed=set(state.own.names) if state else set(),
            query=wanted,
            hits=_hits(files, wanted) if wanted else [],
            most=MOST_HITS,
            has_draft=self._desk.has_draft,
        )

    async def show(self, visit: Visit) -> Response:
        """Handle GET /admin/files/<path>; `line` is to be in the part that is shown."""
        name = visit.request.path_params["path"]
        files = await self._desk.files()
        data = _known(files, name)
        line = visit.query.get("line", "")
        wanted = int(line) if line.isascii() and line.isdigit() and len(line) < 8 else 0
        part = part_of(data.decode("utf-8", "replace"), wanted)
        return visit.page(
            "file.html",
            name=name,
            part=part,
            line=wanted,
            shown=file_digest(data),
            problems=self._problems(files, name),
            has_draft=self._desk.has_draft,
            checked=self._checked(files),
        )

    async def save(self, visit: Visit) -> Response:
        """Handle POST /admin/files/<path>: put the lines of the field into the draft."""
        name = visit.request.path_params["path"]
        data = _known(await self._desk.files(), name)
        form = visit.form
        try:
            first, last = int(form.get("first", "")), int(form.get("last", ""))
        except ValueError:
            raise Refused("没有看懂要改哪几行，请退回去再试。") from None
        shown = form.get("shown", "")
        text = form.get("text", "")
        try:
            if file_digest(data) != shown:
                raise ChangedMeanwhile
            await self._desk.save(name, shown, replaced(data, first, last, text), visit.user)
        except ChangedMeanwhile:
            return visit.page("conflict.html", 409, name=name, text=text, first=first)
        visit.note("edit", file=name, lines=f"{first}-{last}")
        return redirect(f"{PATH}/files/{name}?line={first}&done=saved")

    def _problems(self, files: Files, name: str) -> Sequence[Problem]:
        """Return the problems of a file: those of its form, else those of the last check."""
        problems = Problems()
        if name.endswith(".yaml"):
            parse(name, files[name], problems)
        job = self._jobs.last.get("check")
        if problems or job is None or not self._checked(files):
            return problems.sorted()
        return [each for each in job.problems if each.file == name]

    def _checked(self, files: Files) -> bool:
        """Return whether the last check was of these very files."""
        job = self._jobs.last.get("check")
        return job is not None and job.digest == digest(files)


def part_of(text: str, line: int) -> Part:
    """Return the part of a text with this line, or its beginning."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    total = len(lines) - (lines[-1] == "")
    if total <= PART_LINES + BEFORE:
        first, last = 1, total
    else:
        first = max(1, min(line - BEFORE, total - PART_LINES + 1))
        last = min(total, first + PART_LINES - 1)
    return Part("\n".join(lines[first - 1 : last]), first, last, total)


def replaced(data: bytes, first: int, last: int, text: str) -> bytes:
    """Return a file with these lines (from 1) replaced by the text of a field. The others stay
    byte for byte; new lines end as the file's do. A field that is as it was changes nothing.
    Raises Refused for lines that the file does not have."""
    ends = [match.end() for match in _BREAKS.finditer(data)]
    starts = [0, *ends]
    total = len(starts) - (starts[-1] == len(data))
    if not (1 <= first <= last <= total or (total == 0 and (first, last) == (1, 0))):
        raise Refused("这个文件没有那么多行，请退回去刷新。", 409)
    begin = starts[first - 1]
    end = starts[last] if last < len(starts) else len(data)
    old = data[begin:end]
    found = _BREAKS.search(data)
    newline = found.group() if found else b"\n"
    new = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    if new == _BREAKS.sub(b"\n", old).removesuffix(b"\n"):
        return data
    if new:
        new = new.replace(b"\n", newline) + newline
    return data[:begin] + new + data[end:]


def _known(files: Files, name: str) -> bytes:
    """Return a file of the knowledge. Any other path is not found, whatever it names."""
    data = files.get(name)
    if data is None:
        raise HTTPException(404)
    return data


def _folder(name: str) -> str:
    return name.partition("/")[0] if "/" in name else ""


def _by_folder(files: Files) -> list[str]:
    """Return the names by folder, in the order of TITLES."""
    order = {folder: number for number, folder in enumerate(TITLES)}
    return sorted(files, key=lambda name: (order.get(_folder(name), len(order)), name))


def _hits(files: Files, wanted: str) -> list[Hit]:
    found = []
    for name in _by_folder(files):
        lines = files[name].decode("utf-8", "replace").splitlines()
        for number, line in enumerate(lines, 1):
            if wanted.casefold() in line.casefold():
                found.append(Hit(name, number, line.strip()[:120]))
                if len(found) >= MOST_HITS:
                    return found
    return found
