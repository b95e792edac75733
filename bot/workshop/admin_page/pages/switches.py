"""Stop the whole bot, or single supports, at once."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from bot.core.domain.knowledge import SupportStatus
from bot.errors import EditRefused, KnowledgeError
from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.desk import Desk, told
from bot.workshop.admin_page.gate import PATH, Refused, Visit, redirect
from bot.workshop.switches import Switches, publish_switches, read_switches

SWITCHES = f"{PATH}/switches"


class SwitchPages:
    """The page of the switches."""

    def __init__(self, deps: AdminDependencies, desk: Desk) -> None:
        self._deps = deps
        self._desk = desk

    async def show(self, visit: Visit) -> Response:
        """Handle GET."""
        now, knowledge = self._now(), self._deps.knowledge()
        return visit.page(
            "switches.html",
            paused=now.paused,
            taken_over=knowledge.locality.paused == now.paused
            and set(knowledge.locality.suspended) == set(now.suspended),
            off=[(name, self._title(name)) for name in now.suspended],
            supports=[
                (each.id, each.title)
                for each in knowledge.supports.values()
                if each.id not in now.suspended and each.status is not SupportStatus.SUSPENDED
            ],
            paused_phrase=knowledge.say("paused"),
        )

    async def switch(self, visit: Visit) -> Response:
        """Handle POST: `what` is pause, resume, or off or on with a `support`."""
        why = " ".join(visit.form.get("why", "").split())
        if not why:
            raise Refused("请写一句为什么，别人以后看得懂。")
        now = self._now()
        what, support = visit.form.get("what", ""), visit.form.get("support", "")
        rest = tuple(name for name in now.suspended if name != support)
        if what in ("pause", "resume"):
            wanted = replace(now, paused=what == "pause")
        elif what == "off" and support in self._deps.knowledge().supports:
            wanted = replace(now, suspended=(*rest, support))
        elif what == "on" and support in now.suspended:
            wanted = replace(now, suspended=rest)
        else:
            raise Refused("没有看懂要停哪一项，请退回去再选。")
        visit.note("switch", what=what, support=support, why=why)
        try:
            await told(
                lambda: publish_switches(self._desk.publisher.live, wanted, visit.user, why)
            )
        except KnowledgeError as error:
            told_first = "；".join(str(each) for each in error.problems[:3])
            raise Refused(f"知识库的文件现在有问题，开关写不进去：{told_first}") from None
        except EditRefused as error:
            raise Refused(str(error)) from None
        await self._deps.refresh()
        return redirect(f"{SWITCHES}?done=switched")

    def _now(self) -> Switches:
        found = read_switches(self._deps.folder)
        if found is None:
            raise Refused("place.yaml 读不了，先把它改好，或在“历史”里换回以前的版本。", 409)
        return found

    def _title(self, name: str) -> str:
        support = self._deps.knowledge().supports.get(name)
        return support.title if support else name
