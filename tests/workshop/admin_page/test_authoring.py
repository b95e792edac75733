"""Something new is written step by step on the page, into the draft."""

from __future__ import annotations

import html
import re
from pathlib import Path

import httpx
import pytest

from bot.content.readers.loader import load, read_folder, scenarios
from bot.core.dialogue.manager import KnowledgeBase
from bot.errors import StoreError
from bot.workshop.admin_page import guides
from bot.workshop.authoring.guided import Given
from bot.workshop.drafts import is_draft
from tests.content.sample_folder import VENUE, checked, edit
from tests.workshop.admin_page.office import Clerk
from tests.workshop.admin_page.test_inbox import Desk
from tests.workshop.authoring.test_guided import POLICY, QUESTIONS, SUPPORT
from tests.workshop.authoring.test_new_policy import SOURCE

FILE = "policies/town-2016/supports/enrolment.yaml"
ADDITIONS = "scenarios/additions.yaml"


@pytest.fixture
def desk(tmp_path: Path, base: KnowledgeBase) -> Desk:
    """Return an office with a question that a new support may answer."""
    made = Desk(tmp_path, base)
    made.ask(QUESTIONS[0])
    return made


async def step_of(clerk: Clerk, kind: str = "support") -> str:
    """Open the guide and return the number of its step."""
    return await clerk.field(f"/new/{kind}", "step")


async def send(clerk: Clerk, kind: str = "support", **fields: str) -> httpx.Response:
    """Send a form of the guide as it stands."""
    step = await step_of(clerk, kind)
    return await clerk.post(f"/new/{kind}", {"do": "answer", "step": step, **fields})


async def answer(clerk: Clerk, given: Given, kind: str = "support") -> None:
    """Answer the question that waits, by what its form offers."""
    page = (await clerk.get(f"/new/{kind}")).text
    if 'name="pick-0"' in page and isinstance(given, str):
        fields = {"text": given, "end": given}
    elif isinstance(given, tuple) and "<textarea" not in page:
        boxes = re.findall(r'name="(pick-\d+)" value="([^"]*)"', page)
        fields = {name: value for name, value in boxes if html.unescape(value) in given}
        assert len(fields) == len(given), page
    else:
        fields = {"text": given if isinstance(given, str) else "\n".join(given)}
    response = await send(clerk, kind, **fields)
    assert response.status_code == 303, response.text


async def begun(desk: Desk, *given: Given) -> Clerk:
    """Return a clerk who has begun a support and given these answers."""
    clerk = await desk.office.signed_in()
    await clerk.get("/new")
    await clerk.post("/new/support", {"do": "start"})
    for each in given:
        await answer(clerk, each)
    return clerk


async def test_nothing_is_shown_or_done_without_sign_in(desk: Desk) -> None:
    clerk = desk.office.clerk()
    for path in ("/new", "/new/support", "/new/policy", "/new/scenario"):
        for response in (await clerk.get(path), await clerk.post(path, {"do": "start"})):
            assert response.headers.get("location") in ("/admin/sign-in", None), path
            assert response.status_code in (303, 405), path


async def test_a_form_needs_its_token_and_our_own_page(desk: Desk) -> None:
    clerk = await begun(desk)
    fields = {"do": "answer", "step": await step_of(clerk), "text": SUPPORT[0]}
    strings = {name: str(value) for name, value in fields.items()}
    foreign = await clerk.post("/new/support", strings, {"Origin": "https://evil.example"})
    without = await clerk.post("/new/support", {**strings, "token": "x"})
    assert (foreign.status_code, without.status_code) == (403, 403)
    assert await step_of(clerk) == "0"


async def test_a_support_is_written_with_its_scenario(desk: Desk) -> None:
    clerk = await begun(desk, *SUPPORT)
    page = (await clerk.get("/new/support")).text
    assert "要写进草稿的" in page
    assert "写好以后还要改" not in page
    assert desk.untouched()
    response = await send(clerk, do="write")
    assert "写好了，存在草稿里" in response.text
    assert set(desk.written()) == {FILE, ADDITIONS}
    assert checked(desk.draft) == []
    assert read_folder(desk.draft)[1].supports["enrolment"].questions == QUESTIONS
    assert desk.office.audit()[-1]["what"] == "support"
    assert (await clerk.get("/new/support")).headers["location"] == "/admin/new"


async def test_questions_of_the_inbox_are_proposed(desk: Desk) -> None:
    clerk = await begun(desk, *SUPPORT[:-2])
    page = (await clerk.get("/new/support")).text
    assert f'value="{QUESTIONS[0]}"' in page, page


async def test_an_inbox_that_cannot_be_read_proposes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(desk.inbox, "entries", failing)
    clerk = await begun(desk, *SUPPORT[:-2])
    assert "一行一条" in (await clerk.get("/new/support")).text


async def test_the_quote_is_marked_in_the_clause(desk: Desk) -> None:
    clerk = await begun(desk, SUPPORT[0])
    page = (await clerk.get("/new/support")).text
    assert "休学创业。</label>" in page
    assert "在校大学生创业可保留学籍休学,</label>" in page
    nothing = await send(clerk)
    assert (nothing.status_code, "先勾上" in nothing.text) == (422, True)
    wrong = await send(clerk, **{"pick-1": "on"}, text="<大学>")
    assert "没有“&lt;大学&gt;”" in wrong.text
    assert (await send(clerk, **{"pick-1": "on"})).status_code == 303
    page = (await clerk.get("/new/support")).text
    assert "“在校大学生创业可保留学籍休学”" in page
    assert "(主要责任单位:教育局等)</p>" in page  # the clause stays in view


async def test_a_text_that_check_would_refuse_is_shown_again(desk: Desk) -> None:
    clerk = await begun(desk, *SUPPORT[:4])
    response = await send(clerk, text="一定保留学籍<b>")
    assert response.status_code == 422
    assert "summary 写了“一定”" in response.text
    assert 'value="一定保留学籍&lt;b&gt;"' in response.text
    assert await step_of(clerk) == "4"


async def test_one_goes_back_a_step_and_leaves(desk: Desk) -> None:
    clerk = await begun(desk, *SUPPORT[:4])
    await send(clerk, do="back")
    assert await step_of(clerk) == "3"
    assert "写了 3 步" in (await clerk.get("/new")).text
    await send(clerk, do="drop")
    assert "开始写扶持" in (await clerk.get("/new")).text
    assert desk.untouched()


async def test_a_form_that_is_sent_twice_answers_once(desk: Desk) -> None:
    clerk = await begun(desk)
    fields = {"do": "answer", "step": await step_of(clerk), "text": "1.2"}
    for _ in range(2):
        assert (await clerk.post("/new/support", fields)).status_code == 303
    assert await step_of(clerk) == "1"


async def test_each_session_has_its_own_guide(desk: Desk) -> None:
    app = desk.office.app()
    first, second = await desk.office.signed_in(app), await desk.office.signed_in(app)
    await first.get("/new")
    await first.post("/new/support", {"do": "start"})
    assert (await second.get("/new/support")).headers["location"] == "/admin/new"


async def test_an_answer_that_the_draft_no_longer_allows_is_asked_for_again(desk: Desk) -> None:
    clerk = await begun(desk, *SUPPORT)
    edit(desk.office.desk.folder, "interview.yaml", "id: student", "id: pupil")
    assert await step_of(clerk) == str(SUPPORT.index(("student",)))


async def test_an_id_that_another_clerk_took_meanwhile_is_not_overwritten(desk: Desk) -> None:
    clerk = await begun(desk, *SUPPORT)
    step = await step_of(clerk)
    taken = desk.office.desk.folder / FILE
    taken.write_bytes((desk.office.desk.folder / VENUE).read_bytes())
    response = await clerk.post("/new/support", {"do": "write", "step": step})
    assert response.status_code == 409
    assert taken.read_bytes() == (desk.office.desk.folder / VENUE).read_bytes()


async def test_the_oldest_guide_is_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guides, "MOST_GUIDES", 1)
    clerk = await begun(desk)
    await clerk.post("/new/policy", {"do": "start", "source": SOURCE})
    assert (await clerk.get("/new/support")).headers["location"] == "/admin/new"
    assert (await clerk.get("/new/policy")).status_code == 200


async def test_a_policy_is_cut_corrected_and_written(desk: Desk) -> None:
    clerk = await desk.office.signed_in()
    await clerk.get("/new")
    source = SOURCE.replace("\n", "\r\n")  # as a browser sends it
    await clerk.post("/new/policy", {"do": "start", "source": source})
    page = (await clerk.get("/new/policy")).text
    assert 'value="合并 2"' in page
    assert "市人社局、青年局" in page
    await send(clerk, "policy", text="题目 2", more="租房补贴")
    for given in POLICY[1:]:
        await answer(clerk, given, "policy")
    response = await send(clerk, "policy", do="write")
    assert response.status_code == 200, response.text
    assert set(desk.written()) == {
        "bureaus.yaml", "sources/town-2027.txt", "policies/town-2027/policy.yaml",
    }  # fmt: skip
    assert checked(desk.draft) == []
    assert (desk.draft / "sources/town-2027.txt").read_bytes() == SOURCE.encode()
    titles = [c.title for c in read_folder(desk.draft)[1].clauses.values()]
    assert "租房补贴" in titles


@pytest.mark.parametrize(("source", "said"), [(" \n", "原文贴进来"), ("甲\t乙。", "Tab")])
async def test_a_source_that_cannot_be_read_begins_nothing(
    desk: Desk, source: str, said: str
) -> None:
    clerk = await desk.office.signed_in()
    await clerk.get("/new")
    response = await clerk.post("/new/policy", {"do": "start", "source": source})
    assert 400 <= response.status_code < 500
    assert said in response.text
    assert (await clerk.get("/new/policy")).headers["location"] == "/admin/new"


async def test_other_kinds_are_not_found(desk: Desk) -> None:
    clerk = await begun(desk)
    assert (await clerk.get("/new/x")).status_code == 404
    assert (await clerk.post("/new/..%2Ffiles", {"do": "start"})).status_code in (303, 404)
    assert (await send(clerk, do="x")).status_code == 400


async def test_a_conversation_of_the_preview_becomes_a_scenario(desk: Desk) -> None:
    clerk = await desk.office.signed_in()
    assert "还没有对话" in (await clerk.get("/new/scenario")).text
    await clerk.post("/preview", {"text": "补多少"})
    await clerk.post("/preview", {"choice": "c:start", "label": "<开始>"})
    page = (await clerk.get("/new/scenario")).text
    assert page.count('name="says-') == 2
    fields = {"step": "2", "name": "问 补多少", "file": "additions"}
    wrong = await clerk.post("/new/scenario", {**fields, "says-0": "没有这样说"})
    assert "回答里没有“没有这样说”" in wrong.text
    assert not is_draft(desk.draft)
    response = await clerk.post("/new/scenario", {**fields, "says-0": "补多少；<开始>"})
    assert response.status_code == 200, response.text
    assert set(desk.written()) == {ADDITIONS}
    load(desk.draft)
    found = next(each for each in scenarios(desk.draft) if each.name == "问 补多少")
    said, tapped = found.talk
    assert (said.say, said.expect.says) == ("补多少", ("补多少", "<开始>"))
    assert (said.expect.focus, said.expect.cites) == ("venue-grant", ("1.10",))
    assert tapped.tap == "c:start"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"step": "2"}, "已经变了"),
        ({"file": "../x"}, "哪个文件"),
        ({"file": "first/x"}, "哪个文件"),
        ({"name": " "}, "要有名字"),
    ],
)
async def test_a_scenario_that_cannot_be_kept_writes_nothing(
    desk: Desk, fields: dict[str, str], said: str
) -> None:
    clerk = await desk.office.signed_in()
    await clerk.get("/preview")
    await clerk.post("/preview", {"text": "补多少"})
    right = {"step": "1", "name": "问", "file": "first"}
    response = await clerk.post("/new/scenario", {**right, **fields})
    assert 400 <= response.status_code < 500
    assert said in response.text
    assert desk.untouched()
