"""What the draft changes: check it, publish it, drop it; the history, and taking back."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from bot.core.domain.json_codec import dump
from bot.service.version_history import Files, VersionEntry
from bot.workshop.admin_page.desk import Desk, told
from bot.workshop.admin_page.gate import PATH, Refused, Visit, redirect
from bot.workshop.admin_page.jobs import Jobs, Result
from bot.workshop.drafts import drop_draft
from bot.workshop.folder import digest, unified_diff
from bot.workshop.publishing import find

CHANGES = f"{PATH}/changes"
OTHERS = "草稿里还有别人改的，没有发布。先问问改好了没有，再勾上“连同别人改的一起发布”。"


class Changes:
    """The pages of the draft and of the history."""

    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        self._desk = desk
        self._jobs = jobs

    async def show(self, visit: Visit) -> Response:
        """Handle GET /admin/changes. The page loads itself again while a job runs."""
        state = await self._desk.state()
        files = await self._desk.files()
        live = await told(self._desk.publisher.live.files)
        lines = list(unified_diff(live, files)) if state else []
        check = self._jobs.last.get("check")
        return visit.page(
            "changes.html",
            state=state,
            own=self._desk.editors(state, visit.user) if state else [],
            shown=digest(files),
            diff=lines,
            running=self._jobs.running,
            check=check if check and check.digest == digest(files) else None,
            publish=self._jobs.last.get("publish"),
            undo=self._jobs.last.get("undo"),
        )

    async def check(self, visit: Visit) -> Response:
        """Handle POST: check the draft and say what it would change."""
        files = await self._own_files()

        async def work() -> Result:
            return await self._desk.publisher.preview(self._desk.draft)

        self._jobs.start("check", visit.user, digest(files), work)
        return redirect(CHANGES)

    async def publish(self, visit: Visit) -> Response:
        """Handle POST: make the draft live."""
        why = " ".join(visit.form.get("why", "").split())
        if not why:
            raise Refused("请写一句为什么改，别人以后看得懂。")
        files = await self._own_files()
        if digest(files) != visit.form.get("shown"):
            raise Refused("您看的时候草稿又改过了，没有发布。请回去看看改了什么。", 409)
        state = await self._desk.state()
        own = self._desk.editors(state, visit.user) if state else []
        if any(each.others for each in own) and "others" not in visit.form:
            raise Refused(OTHERS, 409)
        rebase, accept = "rebase" in visit.form, "accept" in visit.form

        async def work() -> Result:
            published = await self._desk.publisher.publish(
                self._desk.draft, visit.user, why, rebase=rebase, accept=accept
            )
            names = ", ".join(published.files.names)
            visit.note("published", version=published.entry.note.version, files=names, why=why)
            return published

        visit.note("publish", why=why, accept=dump(accept), rebase=dump(rebase))
        self._jobs.start("publish", visit.user, digest(files), work)
        return redirect(CHANGES)

    async def drop(self, visit: Visit) -> Response:
        """Handle POST: drop the draft. It is kept aside once more."""
        if self._jobs.running:
            raise Refused("正在检查或发布，现在不能丢掉草稿。", 409)
        if self._desk.has_draft:
            await told(lambda: asyncio.to_thread(drop_draft, self._desk.draft))
            visit.note("drop_draft")
        return redirect(f"{CHANGES}?done=dropped")

    async def history(self, visit: Visit) -> Response:
        """Handle GET /admin/history: every version that went live, newest first."""
        entries = await self._entries()
        live = digest(await told(self._desk.publisher.live.files))
        newest = next((each.number for each in entries if each.note.digest == live), 0)
        return visit.page(
            "history.html",
            entries=entries,
            live=newest,
            running=self._jobs.running,
            undo=self._jobs.last.get("undo"),
            local=self._local,
        )

    async def version(self, visit: Visit) -> Response:
        """Handle GET /admin/history/<number>: what a version changed."""
        entries = await self._entries()
        number = visit.request.path_params["number"]
        entry = next((each for each in entries if each.number == number), None)
        if entry is None:
            raise Refused("没有这个版本，或者太早了，已经不留着。", 404)
        files = await self._version_files(entry)
        earlier = next((each for each in entries if each.number < number), None)
        before = await self._version_files(earlier) if earlier else files
        lines = list(unified_diff(before, files))
        live = await told(self._desk.publisher.live.files)
        return visit.page(
            "version.html",
            entry=entry,
            when=self._local(entry),
            first=earlier is None,
            diff=lines,
            is_live=entry.note.digest == digest(live),
            running=self._jobs.running,
        )

    async def undo(self, visit: Visit) -> Response:
        """Handle POST /admin/history/<number>: put a version back."""
        number = visit.request.path_params["number"]
        why = " ".join(visit.form.get("why", "").split())
        if not why:
            raise Refused("请写一句为什么换回去，别人以后看得懂。")
        entry = await told(lambda: self._found(str(number)))

        async def work() -> Result:
            undone = await self._desk.publisher.undo(str(number), visit.user, why)
            visit.note("undone", version=undone.entry.note.version, why=why)
            return undone

        visit.note("undo", number=str(number), why=why)
        self._jobs.start("undo", visit.user, entry.note.digest, work)
        return redirect(f"{PATH}/history")

    async def _own_files(self) -> Files:
        if not self._desk.has_draft:
            raise Refused("还没有草稿：先在“修改”里改点什么。", 409)
        return await self._desk.files()

    async def _found(self, wanted: str) -> VersionEntry:
        return find(await self._entries(), wanted)

    async def _entries(self) -> list[VersionEntry]:
        return await self._desk.publisher.live.history.entries()

    async def _version_files(self, entry: VersionEntry) -> Files:
        files = await self._desk.publisher.live.history.files(entry.number)
        if files is None:
            raise Refused("这个版本的文件已经不在了：只留最近的一些。", 404)
        return files

    def _local(self, entry: VersionEntry) -> str:
        return f"{self._desk.local(entry.note.at):%Y-%m-%d %H:%M}"
