"""Merge a file that the draft and somebody else have both changed."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.service.version_history import Files, VersionEntry
from bot.workshop.admin_page.desk import ChangedMeanwhile, Desk, file_digest, told
from bot.workshop.admin_page.gate import PATH, Refused, Visit, redirect
from bot.workshop.drafts import DraftState
from bot.workshop.folder import unified_diff
from bot.workshop.merging import has_marks, merge

MERGE = f"{PATH}/merge"


class MergingPages:
    """The page of one file with both texts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, visit: Visit) -> Response:
        """Handle GET /admin/merge/<path>: what each has changed, and a text with both."""
        name, state = await self._file(visit)
        mine = (await self._desk.files()).get(name)
        theirs = (await told(self._desk.publisher.live.files)).get(name)
        base = await self._desk.base_file(name, state)
        merged = merge(None if base is None else _text(base), _text(mine), _text(theirs))
        return visit.page(
            "merge.html",
            name=name,
            mine=mine,
            theirs=theirs,
            mine_text=_text(mine),
            theirs_text=_text(theirs),
            mine_digest=file_digest(mine or b""),
            theirs_digest=file_digest(theirs or b""),
            mine_diff=_diff(name, theirs if base is None else base, mine),
            theirs_diff=_diff(name, mine if base is None else base, theirs),
            merged=merged,
            entries=await self._entries(state),
            local=lambda entry: f"{self._desk.local(entry.note.at):%Y-%m-%d %H:%M}",
        )

    async def take(self, visit: Visit) -> Response:
        """Handle POST /admin/merge/<path>: `take` is merged with a `text`, mine or theirs."""
        name, _ = await self._file(visit)
        form, what = visit.form, visit.form.get("take", "")
        theirs = (await told(self._desk.publisher.live.files)).get(name)
        text = form.get("text", "")
        if what == "merged":
            if has_marks(text):
                raise Refused("还有两边都改了的地方没有定：标着的那几行要留哪一边，改好再存。")
            content: bytes | None = _lines(text, theirs)
        elif what in ("mine", "theirs"):
            content = theirs if what == "theirs" else (await self._desk.files()).get(name)
        else:
            raise Refused("没有看懂要留哪一份，请退回去再点。")
        seen = form.get("mine", ""), form.get("theirs", "")
        try:
            await self._desk.merge(name, seen, content, visit.user)
        except ChangedMeanwhile:
            return visit.page("conflict.html", 409, name=name, text=text, first=1)
        visit.note("merge", file=name, take=what)
        return redirect(f"{PATH}/changes?done=merged")

    async def _file(self, visit: Visit) -> tuple[str, DraftState]:
        """Return the file of the path, which must be one that both have changed."""
        name = str(visit.request.path_params["path"])
        state = await self._desk.state()
        if state is None or name not in state.both:
            raise HTTPException(404)
        return name, state

    async def _entries(self, state: DraftState) -> list[VersionEntry]:
        """Return the versions that went live since the draft was made, newest first."""
        entries = await self._desk.publisher.live.history.entries()
        return [each for each in entries if each.number > state.base.number]


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")


def _diff(name: str, old: bytes | None, new: bytes | None) -> list[str]:
    before: Files = {} if old is None else {name: old}
    after: Files = {} if new is None else {name: new}
    return list(unified_diff(before, after))


def _lines(text: str, like: bytes | None) -> bytes:
    """Return the text of a field as a file, with the line ends of the live file."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.endswith("\n"):
        text += "\n"
    newline = b"\r\n" if b"\r\n" in (like or b"") else b"\n"
    return text.encode("utf-8", "replace").replace(b"\n", newline)
