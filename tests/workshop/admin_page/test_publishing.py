"""Check, publish, history and undo on the page."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import httpx

from bot.app.knowledge_versions import publisher_for
from bot.service.version_history import Origin
from bot.workshop.drafts import is_draft
from bot.workshop.folder import read_files
from bot.workshop.publishing import nothing
from tests.content.sample_folder import VENUE, edit
from tests.content.sample_knowledge import playable
from tests.knowledge_base import linked_cache
from tests.workshop.admin_page.office import PASSWORD, Clerk, Office
from tests.workshop.admin_page.test_files import BUREAUS, edited
from tests.workshop.publishing_folder import OLD, write

NEW = b"bureaus: new\n"


async def done(clerk: Clerk, path: str = "/changes") -> str:
    """Return the page once no job runs any more."""
    for _ in range(6000):
        page = (await clerk.get(path)).text
        if 'http-equiv="refresh"' not in page:
            return page
        await asyncio.sleep(0.01)
    raise AssertionError("the job does not end")


def _waited(event: threading.Event) -> None:
    assert event.wait(60)


async def published(clerk: Clerk, why: str = "改个名", **more: str) -> str:
    """Publish the draft and return the page after it."""
    shown = await clerk.field("/changes", "shown")
    response = await clerk.post("/publish", {"why": why, "shown": shown, **more})
    assert response.headers["location"] == "/admin/changes", response.text
    return await done(clerk)


async def test_a_draft_is_checked_published_and_taken_back(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: new")
    await clerk.post("/check")
    page = await done(clerk)
    assert "检查过了，没有问题" in page
    assert "比较过了" in page
    assert "+bureaus: new" in page
    assert read_files(office.desk.folder) == OLD
    assert "发布好了：改个名" in await published(clerk)
    assert read_files(office.desk.folder)["bureaus.yaml"] == NEW
    newest = await office.desk.history.newest()
    assert newest is not None
    assert (newest.note.who, newest.note.why) == ("admin", "改个名")
    page = (await clerk.get("/history")).text
    assert page.count("现在用的") == 1
    earlier = min(map(int, re.findall(r"/admin/history/(\d+)", page)))
    assert "-bureaus: old" in (await clerk.get(f"/history/{newest.number}")).text
    await clerk.get(f"/history/{earlier}")
    await clerk.post(f"/history/{earlier}", {"why": "退回去"})
    assert "换回去了" in await done(clerk, "/history")
    assert read_files(office.desk.folder) == OLD
    assert (await office.desk.origins())[0] is Origin.UNDO
    actions = [line["action"] for line in office.audit()]
    assert actions == ["sign_in", "edit", "publish", "published", "undo", "undone"]
    assert {line["user"] for line in office.audit()} == {"admin"}


async def test_what_the_check_refuses_is_not_published(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: 坏")
    page = await published(clerk)
    assert "没有发布：有 1 处问题" in page
    assert 'href="/admin/files/bureaus.yaml?line=1"' in page
    await clerk.post("/check")
    await done(clerk)
    assert "写坏了" in (await clerk.get(BUREAUS)).text
    assert read_files(office.desk.folder) == OLD


async def test_a_question_that_is_answered_worse_must_be_accepted(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: 差")
    page = await published(clerk)
    assert "没有发布：有 1 句" in page
    assert "“bureaus.yaml”答不上了" in page
    assert read_files(office.desk.folder) == OLD
    assert "发布好了" in await published(clerk, accept="on")


async def test_a_reason_is_needed(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: new")
    shown = await clerk.field("/changes", "shown")
    for why in ("", " 　\n"):
        response = await clerk.post("/publish", {"why": why, "shown": shown})
        assert response.status_code == 400
    assert read_files(office.desk.folder) == OLD


async def test_a_draft_that_changed_since_it_was_shown_is_not_published(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: new")
    shown = await clerk.field("/changes", "shown")
    await edited(clerk, BUREAUS, "bureaus: newer")
    response = await clerk.post("/publish", {"why": "x", "shown": shown})
    assert response.status_code == 409
    assert read_files(office.desk.folder) == OLD


async def test_what_others_changed_is_taken_in_or_stops_the_publish(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: new")
    write(office.desk.folder, {"phrases/a.yaml": b"a: of others\n"})
    assert "收进别人改的" in (await clerk.get("/changes")).text
    assert "被别人改过" in await published(clerk)
    assert "发布好了" in await published(clerk, rebase="on")
    live = read_files(office.desk.folder)
    assert (live["phrases/a.yaml"], live["bureaus.yaml"]) == (b"a: of others\n", NEW)
    await edited(clerk, BUREAUS, "bureaus: mine")
    write(office.desk.folder, {"bureaus.yaml": b"bureaus: theirs\n"})
    assert "您和别人都改了" in (await clerk.get("/changes")).text
    await published(clerk, rebase="on")
    assert read_files(office.desk.folder)["bureaus.yaml"] == b"bureaus: theirs\n"


async def test_what_another_clerk_has_begun_is_published_only_on_purpose(office: Office) -> None:
    office.accounts.set_password("王芳", PASSWORD)
    app = office.app()
    first, second = await office.signed_in(app), office.clerk(app)
    await second.sign_in("王芳")
    await edited(first, BUREAUS, "bureaus: of the first")
    assert "连同别人改的" not in (await first.get("/changes")).text
    await edited(second, "/files/phrases/a.yaml", "a: half")
    page = (await first.get("/changes")).text
    assert 'class="warn">王芳 改的' in page
    assert 'class="soft">admin 改的' in page
    shown = await first.field("/changes", "shown")
    refused = await first.post("/publish", {"why": "x", "shown": shown})
    assert (refused.status_code, "还有别人改的" in refused.text) == (409, True)
    assert read_files(office.desk.folder) == OLD
    assert "发布好了" in await published(first, others="on")
    await edited(first, BUREAUS, "bureaus: next")
    assert "连同别人改的" not in (await first.get("/changes")).text


async def test_a_file_that_two_clerks_changed_names_both(office: Office) -> None:
    office.accounts.set_password("王芳", PASSWORD)
    app = office.app()
    first, second = await office.signed_in(app), office.clerk(app)
    await second.sign_in("王芳")
    await edited(second, BUREAUS, "bureaus: half")
    await edited(first, BUREAUS, "bureaus: more")
    page = (await first.get("/changes")).text
    assert "王芳、admin 改的" in page
    assert "连同别人改的" in page


async def test_a_file_that_was_changed_beside_the_page_is_asked_about(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: mine")
    write(office.desk.draft, {"phrases/b.yaml": b"b: by a command\n"})
    page = (await clerk.get("/changes")).text
    assert "不是在这个页面上改的" in page
    assert "连同别人改的" in page


async def test_a_regression_is_found_by_the_real_comparison(
    tmp_path: Path, built_cache: Path
) -> None:
    home = tmp_path / "home"
    folder = playable(home / "knowledge")
    edit(folder, VENUE, "场地补助癸", "租个铺面")
    linked_cache(built_cache, home / "data" / "cache")
    office = Office(home)
    office.accounts.set_password("admin", PASSWORD)
    office.more = {"publisher": publisher_for(office.desk.live, home, nothing)}
    before = read_files(folder)
    clerk = await office.signed_in()
    text = (folder / VENUE).read_text("utf-8").replace("租个铺面", "场地补助寅")
    await edited(clerk, f"/files/{VENUE}", text)
    page = await published(clerk)
    assert "没有发布：有 1 句" in page
    assert "“租个铺面”：场地补助" in page
    assert read_files(folder) == before
    assert "发布好了" in await published(clerk, accept="on")
    assert "租个铺面".encode() not in (folder / VENUE).read_bytes()


async def test_one_job_runs_at_a_time(office: Office) -> None:
    over = threading.Event()
    office.desk.on_check = lambda: _waited(over)
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: new")
    await clerk.post("/check")
    assert "正在检查" in (await clerk.get("/changes")).text
    assert (await clerk.post("/check")).status_code == 409
    assert (await clerk.post("/drop")).status_code == 409
    over.set()
    await done(clerk)


async def test_a_draft_can_be_dropped(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "bureaus: new")
    await clerk.post("/drop")
    assert not is_draft(office.desk.draft)
    page = (await clerk.get("/changes?done=dropped")).text
    assert "草稿丢掉了" in page
    for response in (await clerk.post("/check"), await clerk.post("/drop")):
        assert isinstance(response, httpx.Response)
    assert (await clerk.post("/publish", {"why": "x"})).status_code == 409


async def test_a_version_that_is_not_kept_is_told(office: Office) -> None:
    clerk = await office.signed_in()
    assert (await clerk.get("/history/99")).status_code == 404
    assert (await clerk.post("/history/99", {"why": "x"})).status_code == 409
    assert (await clerk.get("/history/../../etc")).status_code in (303, 404)
