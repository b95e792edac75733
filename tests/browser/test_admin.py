"""An admin works on a phone: signs in, edits, tries, publishes, takes back, stops the bot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from bot.content.readers.loader import load
from bot.workshop.admin_page.security.accounts import Accounts
from tests.browser.conftest import Opener, Site, unavailable
from tests.browser.steps import sideways
from tests.browser.test_access import AXE, SMALL_TARGETS, SMALL_TEXTS
from tests.channels.web.scripted_guide import ScriptedGuide
from tests.content.sample_folder import VENUE, edit
from tests.content.sample_knowledge import playable
from tests.serve_process import Home, Served, served
from tests.workshop.admin_page.office import CHEAP, PASSWORD
from tests.workshop.authoring.test_new_policy import SOURCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SCREEN = (360, 740)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, built_cache: Path) -> Iterator[Served]:
    """Yield a service over a small knowledge with the account admin."""
    folder = tmp_path_factory.mktemp("admin") / "home"
    home = Home.made(folder, built_cache, knowledge=playable(folder.parent / "knowledge"))
    Accounts(folder / "data" / "admin.json", CHEAP).set_password("admin", PASSWORD)
    with served(home) as running:
        yield running


@pytest.fixture
def site(service: Served) -> Site:
    """Return the service in place of the scripted one."""
    return Site(service.url, ScriptedGuide())


@pytest_asyncio.fixture(loop_scope="session")
async def office(opened: Opener, service: Served) -> Page:
    """Return a phone-sized page that is signed in."""
    page = await opened(SCREEN)
    await page.goto(f"{service.url}/admin")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="现状")).to_be_visible()
    return page


def nav(page: Page, label: str) -> Locator:
    """Return a link of the navigation."""
    return page.get_by_role("navigation").get_by_role("link", name=label)


async def reviewed(page: Page) -> list[str]:
    """Return what axe finds, serious or moderate, and what does not fit on the phone."""
    if not AXE.exists():
        unavailable("没有 axe-core：先运行 tests/browser/setup.sh")
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = [
        f"{page.url} {v['id']}: {v['nodes'][0]['html']}"
        for v in found["violations"]
        if v["impact"] in ("moderate", "serious", "critical")
    ]
    if await sideways(page) > 0:
        faults.append(f"{page.url} is wider than the screen")
    faults += [f"{page.url} small: {each}" for each in await page.evaluate(SMALL_TARGETS, 44)]
    return faults + [f"{page.url} small: {each}" for each in await page.evaluate(SMALL_TEXTS, 14)]


async def drop(page: Page) -> None:
    """Drop the draft, so that the next test begins from what is live."""
    await nav(page, "发布").click()
    await page.get_by_role("button", name="丢掉草稿").click()
    # The last publish may be told beside it.
    await expect(page.get_by_text("草稿丢掉了")).to_be_visible()


async def finished(page: Page, words: str) -> None:
    """Wait until a job has ended with these words; the page loads itself again."""
    await expect(page.get_by_text(words).first).to_be_visible(timeout=60_000)


async def test_a_clerk_edits_tries_publishes_and_takes_back(office: Page, service: Served) -> None:
    page, asked = office, "租间屋子开张补多少"
    before = load(service.home.folder.parent / "knowledge").version
    # Another test may have published just now.
    service.until(lambda: service.ready()["knowledge"] == before)
    await nav(page, "修改").click()
    await page.get_by_label("在所有文件里找").fill("title: 场地补助")
    await page.get_by_role("button", name="找").click()
    await page.get_by_role("link", name=f"{VENUE} 第").first.click()
    text = page.locator("#text")
    lines = (await text.input_value()).replace("questions:\n", f"questions:\n  - {asked}\n")
    await text.fill(lines)
    await page.get_by_role("button", name="存进草稿").click()
    await expect(page.get_by_text("改好了，存在草稿里")).to_be_visible()
    assert service.ready()["knowledge"] == before

    await nav(page, "试聊").click()
    await page.get_by_label("说一句").fill(asked)
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".bot").first).to_contain_text("最多5万元", timeout=60_000)
    assert await reviewed(page) == []

    await nav(page, "发布").click()
    await page.get_by_role("button", name="检查，看回答会有什么变化").click()
    await finished(page, "检查过了，没有问题")
    assert await reviewed(page) == []
    await page.get_by_label("为什么改").fill("补一条问法")
    await page.get_by_role("button", name="检查并发布").click()
    await finished(page, "发布好了：补一条问法")
    service.until(lambda: service.ready()["knowledge"] != before)
    assert "最多5万元" in str(service.says("clerk", asked)["replies"])

    await nav(page, "历史").click()
    assert await reviewed(page) == []
    earlier = page.get_by_role("link", name="版本 ").nth(1)  # the newest is what was published
    served = (await earlier.inner_text()).partition("：")[0]
    await earlier.click()
    await page.get_by_label("为什么换回").fill("问法不对")
    assert await reviewed(page) == []
    await page.get_by_role("button", name=f"换回{served}").click()
    await finished(page, "换回去了")
    service.until(lambda: service.ready()["knowledge"] == before)
    await drop(page)  # it has what was taken back


async def test_a_clerk_stops_the_bot_and_starts_it_again(office: Page, service: Served) -> None:
    page = office
    await nav(page, "开关").click()
    assert await reviewed(page) == []
    await page.get_by_label("为什么要停", exact=True).fill("答错了")
    await page.get_by_role("button", name="停掉整个机器人").click()
    await expect(page.get_by_text("现在停着")).to_be_visible()
    service.until(lambda: "先停一停" in str(service.says("v", "你好")["replies"]))
    assert (await page.request.get(f"{service.url}/supports")).status == 503
    await page.get_by_label("为什么重新打开").fill("改好了")
    await page.get_by_role("button", name="重新打开").click()
    service.until(lambda: "先停一停" not in str(service.says("v", "你好")["replies"]))
    assert (await page.request.get(f"{service.url}/supports")).status == 200


async def test_a_clerk_answers_a_question_of_the_inbox(office: Page, service: Served) -> None:
    page, asked, mars = office, "圩日摆个凉棚有谁管", "火星上怎么种土豆"
    for person, text in (("a", asked), ("b", asked), ("c", mars)):
        service.says(person, text)
    section = page.locator("section", has_text=f"“{asked}”")
    await nav(page, "没答好").click()
    await expect(section).to_contain_text("2 次，2 人")
    for summary in await page.locator("summary").all():
        await summary.click()
    assert await reviewed(page) == []

    await section.get_by_label("加到哪一项").select_option(label="场地补助")
    form = section.locator("form", has_text="加到哪一项")
    await form.get_by_role("button", name="加进草稿").click()
    await expect(page.get_by_role("heading", name="写进草稿了")).to_be_visible()
    await expect(page.locator(".diff .add", has_text=asked).first).to_be_visible()
    assert await reviewed(page) == []

    await page.get_by_role("link", name="接着看没答好的问题").click()
    await expect(section).to_contain_text("已经加进草稿")
    other = page.locator("section", has_text=f"“{mars}”")
    await other.locator("summary", has_text="不用管它").click()
    await other.get_by_role("button", name="不再列出").click()
    await expect(page.get_by_role("status").filter(has_text="不再列出")).to_be_visible()
    await expect(other).to_have_count(0)

    before = service.ready()["knowledge"]
    await section.get_by_role("link", name="检查和发布").click()
    await page.get_by_label("为什么改").fill("补凉棚的问法")
    await page.get_by_role("button", name="检查并发布").click()
    await finished(page, "发布好了：补凉棚的问法")
    service.until(lambda: service.ready()["knowledge"] != before)
    assert "最多5万元" in str(service.says("d", asked)["replies"])
    await nav(page, "没答好").click()
    await expect(page.get_by_role("heading", name="没答好的问题")).to_be_visible()
    await expect(section).to_have_count(0)


async def test_two_clerks_change_one_file_and_both_stay(office: Page, service: Served) -> None:
    page, live = office, service.home.folder.parent / "knowledge"
    before = service.ready()["knowledge"]
    await page.goto(f"{service.url}/admin/files/bureaus.yaml")
    text = page.locator("#text")
    await text.fill((await text.input_value()).replace("confidence: B", "confidence: C"))
    await page.get_by_role("button", name="存进草稿").click()
    await expect(page.get_by_text("改好了，存在草稿里")).to_be_visible()
    edit(live, "bureaus.yaml", "{name: 教育局}", "{name: 教育局, aliases: [教委]}")
    service.until(lambda: service.ready()["knowledge"] != before)

    await nav(page, "发布").click()
    await page.get_by_role("link", name="合并 bureaus.yaml").click()
    await expect(page.locator(".diff .add", has_text="教委").first).to_be_visible()
    for summary in await page.locator("summary").all():
        await summary.click()
    assert await reviewed(page) == []
    both = (live / "bureaus.yaml").read_text("utf-8").replace("confidence: B", "confidence: C")
    await page.get_by_label("合好的全文").fill(both)
    await page.get_by_role("button", name="把合好的存进草稿").click()
    await expect(page.get_by_role("status").filter(has_text="合好了")).to_be_visible()
    (service.home.folder / "data" / "draft" / "README.md").write_text("别处改的\n", "utf-8")
    await page.reload()
    await expect(page.get_by_text("不是在这个页面上改的")).to_be_visible()
    assert await reviewed(page) == []
    await page.get_by_label("为什么改").fill("两边都要")
    await page.get_by_label("连同别人改的一起发布").check()
    await page.get_by_role("button", name="检查并发布").click()
    await finished(page, "发布好了：两边都要")
    published = (live / "bureaus.yaml").read_text("utf-8")
    assert "教委" in published
    assert "confidence: C" in published


async def test_a_clerk_describes_a_support_step_by_step(office: Page, service: Served) -> None:
    page = office
    await nav(page, "新增").click()
    assert await reviewed(page) == []
    await page.get_by_role("button", name="开始写扶持").click()

    async def on(name: str = "下一步") -> None:
        """Go on to the next question, which must be fit for a phone."""
        before = await page.locator("#now").inner_text()
        async with page.expect_navigation():
            await page.get_by_role("button", name=name, exact=True).click()
        assert await page.locator("#now").inner_text() != before
        assert await reviewed(page) == []

    async def write(label: str, text: str) -> None:
        await page.get_by_label(label).fill(text)
        await on()

    await page.get_by_label("（二）　休学创业").check()
    await on()
    await page.get_by_label("在校大学生创业可保留学籍休学,").check()
    await on()
    await expect(page.get_by_text("“在校大学生创业可保留学籍休学”")).to_be_visible()
    await on("是")
    await write("它叫什么", "保留学籍")
    await page.get_by_label("能得到什么").fill("一定保留学籍")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_role("alert")).to_contain_text("一定")
    assert await reviewed(page) == []
    await write("能得到什么", "保留学籍休学，期限为2年。")
    await write("给它一个编号", "enrolment")
    await on()
    await page.get_by_label("在校学生").check()
    await on()
    await on()
    await write("原文里哪几个字", "在校大学生")
    await on("是")
    for _ in range(4):  # stage, needs, what else is required, what the paper leaves open
        await on()
    await write("关键词", "学籍")
    if await page.locator("fieldset").count():  # questions of the inbox
        await on()
    await write("大家会怎么问", "\n".join(f"学籍问{n}" for n in "甲乙丙丁戊己庚辛壬癸子丑"))
    await page.get_by_role("button", name="写进草稿").click()
    await expect(page.get_by_role("status").filter(has_text="存在草稿里")).to_be_visible()
    await expect(page.get_by_text("supports/enrolment.yaml 第 1 行")).to_be_visible()
    assert await reviewed(page) == []
    await drop(page)


async def test_a_clerk_cuts_a_paper_into_clauses(office: Page) -> None:
    page = office
    await nav(page, "新增").click()
    await page.get_by_label("文件的原文").fill(SOURCE)
    await page.get_by_role("button", name="开始写文件").click()
    await expect(page.get_by_text("原文分成了 4 条")).to_be_visible()
    assert await reviewed(page) == []
    await page.get_by_text("2. 第二条").click()
    assert await reviewed(page) == []
    second = page.get_by_role("listitem").nth(1)
    await second.get_by_label("新题目").fill("租房补贴")
    await second.get_by_role("button", name="第 2 条：换个题目").click()
    await expect(page.get_by_text("2. 第二条　租房补贴")).to_be_visible()
    await page.get_by_role("button", name="都对了，下一步").click()
    await page.get_by_role("button", name="回到上一步").click()
    await expect(page.get_by_text("2. 第二条　租房补贴")).to_be_visible()
    await page.get_by_role("button", name="不写了").click()
    await expect(page.get_by_role("button", name="开始写文件")).to_be_visible()


async def test_a_clerk_keeps_a_conversation_as_a_scenario(office: Page) -> None:
    page = office
    await nav(page, "试聊").click()
    await page.get_by_label("说一句").fill("场地补助多少")
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".bot").first).to_contain_text("最多5万元", timeout=60_000)
    await page.get_by_role("link", name="把这段对话写成样例").click()
    await page.get_by_label("第 1 句回答一定要说到").fill("最多5万元")
    assert await reviewed(page) == []
    await page.get_by_label("名字").fill("问场地补助多少")
    await page.get_by_role("button", name="写进草稿").click()
    await expect(page.get_by_role("status").filter(has_text="存在草稿里")).to_be_visible()
    await nav(page, "发布").click()
    await page.get_by_role("button", name="检查，看回答会有什么变化").click()
    await finished(page, "检查过了，没有问题")
    await drop(page)


async def test_every_page_is_accessible_on_a_phone(opened: Opener, service: Served) -> None:
    page = await opened(SCREEN)
    await page.goto(f"{service.url}/admin/sign-in")
    await page.get_by_label("密码").fill("wrong password")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await reviewed(page) == []
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    paths = ("", "/files", f"/files/{VENUE}", "/preview", "/changes", "/history")
    for path in (*paths, "/inbox", "/new", "/new/scenario", "/statistics?days=7", "/history/999"):
        await page.goto(f"{service.url}/admin{path}")
        assert await reviewed(page) == [], path
    await page.emulate_media(color_scheme="dark")
    assert await reviewed(page) == []
    await page.get_by_role("button", name="退出登录").click()
    await page.goto(f"{service.url}/admin/files")
    await expect(page.get_by_role("button", name="登录")).to_be_visible()
