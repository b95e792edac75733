"""Write something new, step by step: a policy, a support, or a scenario from the preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.channels.web.http.request_parsing import clean
from bot.content.readers.scenarios import Scenario
from bot.errors import EditRefused
from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.desk import Desk
from bot.workshop.admin_page.gate import PATH, Refused, Visit, redirect
from bot.workshop.admin_page.guides import KINDS, POLICY, SUPPORT, Begun, Guides, answer_of
from bot.workshop.admin_page.preview import Preview
from bot.workshop.admin_page.unanswered import Unanswered
from bot.workshop.authoring.guided import Asked, Given
from bot.workshop.authoring.new_scenario import played
from bot.workshop.editing.operations import NEW_SCENARIOS, add_scenario
from bot.workshop.editing.saving import Edit
from bot.workshop.folder import digest

NEW = f"{PATH}/new"
SCENARIO = "scenario"
# Characters of the name of a scenario, and of what a reply must say.
MOST_NAME, MOST_WORDS = 80, 200
TITLES = {POLICY: "加一份文件", SUPPORT: "加一项扶持"}


class AuthoringPages:
    """The pages of the guides."""

    def __init__(
        self, deps: AdminDependencies, desk: Desk, unanswered: Unanswered, preview: Preview
    ) -> None:
        self._deps = deps
        self._desk = desk
        self._unanswered = unanswered
        self._preview = preview
        self._guides = Guides()

    async def overview(self, visit: Visit) -> Response:
        """Handle GET /admin/new: what can be written, and what has been begun."""
        begun = {kind: self._guides.find(visit.session.key, kind) for kind in KINDS}
        return visit.page("new.html", begun=begun, titles=TITLES)

    async def show(self, visit: Visit) -> Response:
        """Handle GET /admin/new/<kind>: the question that waits, or what would be written."""
        kind = _kind(visit)
        begun = self._guides.find(visit.session.key, kind)
        if begun is None:
            return redirect(NEW)
        files = await self._desk.files()
        found = await self._desk.tried(lambda folder: begun.over(folder, digest(files)))
        self._guides.keep(visit.session.key, found)
        return self._page(visit, found)

    async def act(self, visit: Visit) -> Response:
        """Handle POST /admin/new/<kind>: `do` is start (a policy with a `source`), answer, back,
        write or drop; `step` is the number of the answers when the page was made."""
        kind, who, what = _kind(visit), visit.session.key, visit.form.get("do", "")
        begun = self._guides.find(who, kind)
        if what == "drop":
            self._guides.drop(who, kind)
            return redirect(NEW)
        if what == "start":
            if begun is None:
                self._guides.keep(who, await self._start(visit, kind))
            return redirect(f"{NEW}/{kind}")
        if begun is None or visit.form.get("step") != str(len(begun.given)):
            # Sent twice, or from a page that the browser kept.
            return redirect(f"{NEW}/{kind}")
        if what == "back":
            self._guides.keep(who, begun.back())
        elif what == "write":
            return await self._write(visit, begun)
        elif what == "answer":
            return await self._answer(visit, begun)
        else:
            raise Refused("没有看懂要做什么，请退回去再点。")
        return redirect(f"{NEW}/{kind}")

    async def scenario(self, visit: Visit) -> Response:
        """Handle GET /admin/new/scenario: the conversation of the preview, to be kept."""
        files = await self._desk.files()
        turns = self._preview.talks.get(visit.session.key, [])
        return visit.page(
            "scenario.html",
            turns=turns,
            is_whole=bool(turns) and turns[0].number == 1,
            is_old=bool(turns) and digest(files) != self._preview.digest,
            names=_scenario_files(files),
            usual=PurePosixPath(NEW_SCENARIOS).stem,
            most_name=MOST_NAME,
            most_words=MOST_WORDS,
        )

    async def write_scenario(self, visit: Visit) -> Response:
        """Handle POST /admin/new/scenario: write the conversation into the draft. `name`; `file`;
        `says-N` are words that the reply to message N must say."""
        turns = self._preview.talks.get(visit.session.key, [])
        if not turns or turns[0].number != 1 or visit.form.get("step") != str(len(turns)):
            raise Refused("试聊的那段对话已经变了，没有写。请再看一遍。", 409)
        name = " ".join(clean(visit.form.get("name", ""), MOST_NAME).split())
        file = visit.form.get("file", "")
        if file not in _scenario_files(await self._desk.files()):
            raise Refused("请选放进哪个文件。")
        words = (clean(visit.form.get(f"says-{n}", ""), MOST_WORDS) for n in range(len(turns)))

        def edit(folder: Path) -> list[Edit]:
            talk = tuple(
                played(turn.utterance, turn.expect, turn.record, must)
                for turn, must in zip(turns, words, strict=True)
            )
            scenario = Scenario(name, talk, "", 1)
            return [add_scenario(folder, scenario, file=f"scenarios/{file}.yaml", write=False)]

        return await self._written(visit, SCENARIO, edit)

    async def _start(self, visit: Visit, kind: str) -> Begun:
        day = self._deps.local(self._deps.clock()).date()
        if kind == POLICY:
            lines = visit.form.get("source", "").replace("\r\n", "\n").replace("\r", "\n")
            if not lines.strip():
                raise Refused("请把文件的原文贴进来。")
            begun = Begun(kind, day, f"{lines.strip()}\n".encode("utf-8", "replace"))
        else:
            begun = Begun(kind, day, proposed=await self._proposed())
        await self._desk.tried(lambda folder: begun.over(folder, ""))
        return begun

    async def _proposed(self) -> tuple[str, ...]:
        try:
            return await self._unanswered.texts()
        except Refused:  # a support can be described without them
            return ()

    async def _answer(self, visit: Visit, begun: Begun) -> Response:
        if begun.found is None:
            return redirect(f"{NEW}/{begun.kind}")
        try:
            answer = answer_of(begun, dict(visit.form))
        except EditRefused as refused:
            return self._page(visit, _refused(begun, str(refused), visit.form), 422)
        found = await self._desk.tried(lambda folder: begun.answered(folder, answer))
        if isinstance(found.found, Asked) and found.found.fault:
            return self._page(visit, found, 422)
        self._guides.keep(visit.session.key, replace(found, found=None))
        return redirect(f"{NEW}/{begun.kind}")

    async def _write(self, visit: Visit, begun: Begun) -> Response:
        response = await self._written(visit, begun.kind, begun.edits)
        self._guides.drop(visit.session.key, begun.kind)
        return response

    async def _written(
        self, visit: Visit, kind: str, edit: Callable[[Path], list[Edit]]
    ) -> Response:
        edits = await self._desk.change(edit, visit.user)
        visit.note("new", what=kind, files=", ".join(each.file for each in edits))
        lines = [line for each in edits for line in each.diff.splitlines()]
        return visit.page("written.html", here="/new", edits=edits, lines=lines)

    def _page(self, visit: Visit, begun: Begun, status: int = 200) -> Response:
        found = begun.found
        lines = [line for e in getattr(found, "edits", ()) for line in e.diff.splitlines()]
        return visit.page(
            "guide.html",
            status,
            title=TITLES[begun.kind],
            kind=begun.kind,
            found=found,
            asked=found if isinstance(found, Asked) else None,
            step=len(begun.given),
            lines=lines,
        )


def _kind(visit: Visit) -> str:
    kind = str(visit.request.path_params["kind"])
    if kind not in KINDS:
        raise HTTPException(404)
    return kind


def _refused(begun: Begun, fault: str, form: Mapping[str, str]) -> Begun:
    """Return the guide with what is wrong with a form, and the text that was typed."""
    given: Given = form.get("text", "")
    if isinstance(begun.found, Asked):
        return replace(begun, found=replace(begun.found, fault=fault, given=given))
    return begun


def _scenario_files(files: Mapping[str, bytes]) -> list[str]:
    """Return the names of the files of scenarios, without their ends."""
    names = {name for name in files if PurePosixPath(name).parent.name == "scenarios"}
    return sorted({PurePosixPath(name).stem for name in {*names, NEW_SCENARIOS}})
