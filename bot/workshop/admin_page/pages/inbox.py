"""What was not answered well, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.channels.web.http.request_parsing import clean
from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.desk import Desk
from bot.workshop.admin_page.gate import PATH, Refused, Visit, redirect
from bot.workshop.admin_page.unanswered import MOST_ENTRIES, Unanswered
from bot.workshop.editing.operations import NEW_SCENARIOS
from bot.workshop.editing.saving import Edit
from bot.workshop.inbox.actions import add_samples, add_topic_samples, add_word
from bot.workshop.inbox.groups import Group

INBOX = f"{PATH}/inbox"
# Characters of a question, and of a word, in the form.
MOST_TEXT, MOST_WORDS = 200, 60


class InboxPages:
    """The list of groups, and the forms below each."""

    def __init__(self, deps: AdminDependencies, desk: Desk, unanswered: Unanswered) -> None:
        self._deps = deps
        self._desk = desk
        self._unanswered = unanswered

    async def show(self, visit: Visit) -> Response:
        """Handle GET; `page` counts from 1."""
        knowledge = self._deps.knowledge()
        asked = visit.query.get("page", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
        zone = ZoneInfo(knowledge.locality.time_zone)
        return visit.page(
            "inbox.html",
            listing=await self._unanswered.listing(number, zone),
            supports=[(each.id, each.title) for each in knowledge.supports.values()],
            topics=[(each.id, each.title) for each in knowledge.signposts.values()],
            drafted=await self._drafted(),
            days=self._deps.inbox.days,
            most_entries=MOST_ENTRIES,
            most_text=MOST_TEXT,
            most_words=MOST_WORDS,
        )

    async def act(self, visit: Visit) -> Response:
        """Handle POST: `what` is sample or topic with a `name` and a `text`, synonym with `words`
        and a `text`, or ignore; `key` names the group."""
        what = visit.form.get("what", "")
        if what not in ("sample", "topic", "synonym", "ignore"):
            raise Refused("没有看懂要做什么，请退回去再点。")
        group = await self._unanswered.find(visit.form.get("key", ""))
        if what == "ignore":
            await self._unanswered.ignore(group)
            visit.note("inbox", what=what, entries=str(group.count))
            return redirect(f"{INBOX}?done=ignored")
        edits = await self._desk.change(self._edit(what, visit, group), visit.user)
        # Without the question: the log is kept longer than the texts of the inbox.
        visit.note("inbox", what=what, files=", ".join(dict.fromkeys(e.file for e in edits)))
        lines = [line for each in edits for line in each.diff.splitlines()]
        return visit.page("written.html", here="/inbox", edits=edits, lines=lines)

    async def _drafted(self) -> str:
        """Return the scenarios that stand in the draft beside samples and synonyms."""
        if not self._desk.has_draft:
            return ""
        return (await self._desk.files()).get(NEW_SCENARIOS, b"").decode("utf-8", "replace")

    def _edit(self, what: str, visit: Visit, group: Group) -> Callable[[Path], list[Edit]]:
        """Return the edit of a folder that the form asks for. Raises Refused."""
        text = _field(visit, "text", MOST_TEXT, "请写上要加的那句话。")
        if what == "synonym":
            words = _field(visit, "words", MOST_WORDS, "请写上同义词：说法=标准词。")
            answer = self._deps.inbox.answer
            return lambda folder: add_word(folder, text, words, lambda wanted: wanted, answer)
        name = _field(visit, "name", MOST_TEXT, "请选加到哪一项。")
        texts = [text, *(group.texts[1:] if "each" in visit.form else ())]
        add = add_samples if what == "sample" else add_topic_samples
        return lambda folder: add(folder, texts, name)


def _field(visit: Visit, name: str, most: int, missing: str) -> str:
    """Return a field of the form in one line. Raises Refused if it is empty or too long."""
    value = " ".join(clean(visit.form.get(name, ""), most + 1).split())
    if not value:
        raise Refused(missing)
    if len(value) > most:
        raise Refused(f"太长了：最多 {most} 个字，没有写进去。")
    return value
