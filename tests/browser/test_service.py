"""The whole service with the served knowledge, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Opener, Site
from tests.browser.steps import bubbles, say, sending, sideways, tap, tick
from tests.channels.web.scripted_guide import ScriptedGuide
from tests.channels.web.served_page import served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BOXES = ".turn:last-child .tick:visible"
# Bubbles that begin above the end of the bubble before.
OVERLAPS = """() => [...document.querySelectorAll('.bubble')].filter((bubble, n, all) => n &&
  bubble.getBoundingClientRect().top < all[n - 1].getBoundingClientRect().bottom
).map(bubble => bubble.textContent)"""
ANSWERS = f"{BOXES}, .turn:last-child .answer .chip:visible"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield a service for this module. Each test is a new visitor."""
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running.url


@pytest.fixture
def site(service: str) -> Site:
    """Return the whole service in place of the scripted one."""
    return Site(service, ScriptedGuide())


async def settled(page: Page, turns: int) -> None:
    """Wait until this many messages of the user are answered."""
    await expect(page.locator(".you")).to_have_count(turns)
    await expect(page.locator(".typing")).to_have_count(0)


async def answer_first(page: Page) -> None:
    """Give the first answer; tick it where several can be ticked."""
    several = await page.locator(BOXES).count()
    if several:
        await page.locator(BOXES).first.click()
    sender = page.locator(".turn:last-child .done" if several else ANSWERS).first
    async with sending(page):
        await sender.click()


async def answer_all(page: Page) -> int:
    """Answer each question with its first choice; return the number of questions."""
    said = await page.locator(".you").count()
    start = said
    while await page.locator(ANSWERS).count():
        await answer_first(page)
        said += 1
        await settled(page, said)
        assert said - start < 8, "the interview does not end"
    return said - start


async def test_a_student_finds_the_supports_and_the_card(opened: Opener) -> None:
    page = await opened((360, 740))
    assert 2 <= await answer_all(page) <= 5
    card = page.locator(".turn:last-child details.card").first
    await card.locator("summary").click()
    for heading in ("得到什么", "找谁办", "原文", "文件状态"):
        await expect(card.locator("dt", has_text=heading).first).to_be_visible()
    assert await sideways(page) <= 0
    await page.get_by_role("link", name="结果卡：打印、存图、分享").click()
    await expect(page.locator("#answers")).to_contain_text("在校学生")
    assert await sideways(page) <= 0


async def test_the_list_says_what_to_confirm_and_the_card_keeps_its_order(opened: Opener) -> None:
    page = await opened((360, 740))
    await answer_all(page)
    newest = page.locator(".turn:last-child")
    await expect(newest.locator("h2").first).to_have_text("正对您需求的")
    cards = newest.locator("details.card")
    await expect(cards.first.locator("summary small")).to_contain_text("还要确认")
    listed = [
        await card.evaluate("el => el.querySelector('.name').firstChild.textContent.trim()")
        for card in await cards.all()
    ]
    badges = await cards.locator(".badge").all_inner_texts()
    await page.get_by_role("link", name="结果卡：打印、存图、分享").click()
    await page.wait_for_url("**/r/*")
    shared = page.locator("details.card, article.plan")
    names = await shared.evaluate_all(
        "all => all.map(el => (el.querySelector('.name') || el.querySelector('.todo b'))"
        ".firstChild.textContent.trim().replace(/^[0-9]\\. /, ''))"
    )
    # The list has what meets the need first; the page has a plan and one group per verdict, each
    # in this order.
    pairs = list(zip(listed, badges, strict=True))
    ordered = [pair for pair in pairs if pair[1] != "可能适合"]
    ordered += [pair for pair in pairs if pair[1] == "可能适合"]
    marks = await shared.locator(".badge").all_text_contents()
    shown = zip(names, marks, strict=True)
    assert [pair for pair in shown if pair[0] in listed] == ordered
    assert len(set(badges)) == 2
    await expect(page.locator("main")).to_contain_text("标“对得上”的")
    # the policy and its age are visible with all items collapsed
    for words in ("柳州市大力促进众创空间发展工作方案", "2016-02-05", "目标年是 2020 年", "12345"):
        await expect(page.locator("#stamp")).to_contain_text(words)
    drawn = await drawn_by(page)
    assert any("柳创通" in text for text, _ in drawn)
    assert any("2020 年" in text for text, _ in drawn)
    picture = "".join(text for text, _ in drawn)
    places = [picture.index(name) for name in names[:3]]
    assert places == sorted(places)
    size = "img => img.decode().then(() => [img.naturalWidth, img.naturalHeight])"
    width, height = await page.locator("#picture img").evaluate(size)
    assert width == 750
    assert height <= 1334


async def test_text_after_the_list_is_below_the_cards(opened: Opener) -> None:
    for scripts in (True, False):
        page = await opened((360, 740), java_script_enabled=scripts)
        await page.click("#menu summary")
        await page.click("button[value='c:results']")
        newest = page.locator(".turn:last-child")
        card = await newest.locator("details.card").last.bounding_box()
        below = newest.locator(".after")
        await expect(below).to_contain_text("说“更多”接着看")
        place = await below.bounding_box()
        assert card is not None
        assert place is not None
        assert place["y"] >= card["y"] + card["height"]
        # the age of the policy still comes first
        await expect(newest.locator(".bubble .as-warning").first).to_contain_text("2020 年")
        await expect(newest.locator(".bubble").last).not_to_contain_text("更多")


async def test_the_second_page_of_results_begins_with_its_heading(opened: Opener) -> None:
    for scripts in (True, False):
        page = await opened((360, 740), java_script_enabled=scripts)
        await page.click("#menu summary")
        async with sending(page):
            await page.click("button[value='c:results']")
        async with sending(page):
            await page.locator(".turn:last-child .chip[value='c:more']").click()
        newest = page.locator(".turn:last-child .bot")
        await expect(newest.locator(".bubble")).to_contain_text("：")
        first = newest.locator(".bubble .line").first
        # the bubble contains it, so the first card does not repeat it
        heading = (await first.inner_text()).removesuffix("：")
        await expect(newest.locator("h2", has_text=heading)).to_have_count(0)
        await expect(newest.locator(".as-warning")).to_have_count(0)
        await expect(newest.locator(".after")).to_contain_text("点一项")


async def test_the_question_strip_never_covers_the_done_button(opened: Opener) -> None:
    page = await opened((360, 640))
    await page.locator(".done").scroll_into_view_if_needed()
    covered = """() => document.querySelector('.done').getBoundingClientRect().bottom
      - document.querySelector('footer').getBoundingClientRect().top"""
    assert await page.evaluate(covered) <= 0


async def test_thanks_keep_the_offered_choices(opened: Opener) -> None:
    page = await opened()
    turns = await answer_all(page)
    more = page.locator(".chip:visible", has_text="更多")
    await expect(more).to_have_count(1)
    await say(page, "谢谢")
    await settled(page, turns + 1)
    await expect(page.locator(".bubble").last).to_contain_text("不客气")
    await more.click()
    await settled(page, turns + 2)
    await expect(page.locator(".turn:last-child details.card").first).to_be_visible()
    await expect(more).to_have_count(1)


async def test_changing_the_identity_starts_with_the_present_ticks(opened: Opener) -> None:
    for scripts in (True, False):
        page = await opened(java_script_enabled=scripts)
        await tick(page, "农民工/返乡创业")
        await tap(page, "还在想/筹备")
        await expect(page.locator(".chip:visible", has_text="还在想/筹备")).to_have_count(0)
        await say(page, "改身份")
        newest = page.locator(".turn:last-child")
        ticked = newest.locator(".tick", has=page.locator(":checked"))
        await expect(ticked).to_have_text("农民工/返乡创业")
        await newest.locator(".tick", has_text="投资人").click()
        await newest.locator(".done").click()
        await expect(newest.locator(".bubble").last).to_contain_text("农民工/返乡创业、投资人")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_who_asks_first_is_offered_the_interview_above_the_input(
    opened: Opener, scripts: bool
) -> None:
    page = await opened((360, 740), java_script_enabled=scripts)
    for words in ("场地能免费吗", "没有房子抵押能贷款吗"):
        await say(page, words)
        await expect(page.locator(".turn:last-child .as-lead")).to_be_visible()
    assert await page.evaluate(OVERLAPS) == []
    newest = page.locator(".turn:last-child")
    await expect(newest.locator(".bot")).to_have_count(1)
    await expect(newest.locator(".ticker")).to_have_count(0)
    await expect(newest.locator(".fold .quote")).to_be_hidden()
    await newest.locator(".fold summary").first.click()
    await expect(newest.locator(".fold .quote").first).to_contain_text("“")
    await page.locator(".strip:visible").click()
    await expect(newest.locator(".ticker")).to_be_visible()
    await expect(newest.locator(".as-question")).to_be_in_viewport()
    await expect(page.locator("button.strip:visible")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_each_own_answer_can_be_changed_during_the_interview(
    opened: Opener, scripts: bool
) -> None:
    page = await opened((360, 740), java_script_enabled=scripts)
    await tick(page, "农民工/返乡创业")
    await page.click("#menu summary")
    await page.click("button[value='c:me']")
    row = page.locator(".turn:last-child .row")
    await expect(row).to_contain_text("农民工/返乡创业")
    await row.locator(".change").click()
    newest = page.locator(".turn:last-child")
    await expect(newest.locator(".tick", has=page.locator(":checked"))).to_have_text(
        "农民工/返乡创业"
    )


async def drawn_by(page: Page) -> list[tuple[str, float]]:
    """Return the lines of the picture and the distance of each from the left edge in pixels."""
    await page.evaluate("""() => {
      window.drawn = [];
      const fill = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        window.drawn.push([text, x]);
        return fill.call(this, text, x, y);
      };
    }""")
    await page.click("#save")
    await expect(page.locator("#picture img")).to_be_visible()
    return [(text, x) for text, x in await page.evaluate("drawn")]


async def test_wrapped_lines_of_the_picture_are_indented(opened: Opener) -> None:
    page = await opened((360, 740))
    await answer_all(page)
    await page.get_by_role("link", name="结果卡：打印、存图、分享").click()
    drawn = await drawn_by(page)
    edge = min(x for _, x in drawn)
    inset = {x for _, x in drawn if x > edge}
    assert len(inset) == 2  # what one gets and whom to ask; the words beside the code
    assert [text for text, _ in drawn if text.endswith(("（", "“", "《"))] == []


async def test_the_sources_of_later_rules_can_be_opened(opened: Opener) -> None:
    page = await opened()
    await say(page, "开网店能贷款吗")
    await settled(page, 1)
    await say(page, "后来的规定")
    await settled(page, 2)
    for reloaded in (False, True):
        if reloaded:
            await page.evaluate("localStorage.clear()")
            await page.reload()
        sources = page.locator(".turn:last-child a[href^=http]")
        await expect(sources.first).to_have_attribute("rel", "noopener noreferrer")
        for source in await sources.all():
            url = await source.get_attribute("href")
            assert url
            assert url.startswith("http")
            name = (await source.inner_text()).removesuffix("\u00a0↗")
            assert name.startswith("来源")
            assert "/" not in name
            assert not url.endswith(("，", "）"))


async def test_the_interview_continues_after_a_question(opened: Opener) -> None:
    page = await opened()
    await say(page, "休学创业能保留学籍吗")
    await settled(page, 1)
    await expect(page.locator(".turn:last-child .bubble").nth(1)).to_contain_text("保留学籍")
    before = await bubbles(page)
    await page.reload()
    assert await bubbles(page) == before
    await page.click("#strip")
    await settled(page, 2)
    assert await answer_all(page) >= 2


async def test_the_interview_works_without_scripts(opened: Opener) -> None:
    page = await opened(java_script_enabled=False)
    for _ in range(6):
        if not await page.locator(ANSWERS).count():
            break
        await answer_first(page)
    await expect(page.locator("details.card").first).to_be_visible()


async def test_the_hotline_can_be_called_with_one_tap(opened: Opener) -> None:
    page = await opened()
    for turns, words in enumerate(("公积金怎么取", "开网店能贷款吗", "找谁办", "人工"), 1):
        await say(page, words)
        await settled(page, turns)
        calls = page.locator(".turn:last-child a.call")
        if words == "开网店能贷款吗":
            await expect(calls).to_have_count(0)
        else:
            await expect(calls).to_have_text("拨打 12345")
            await expect(calls).to_have_attribute("href", "tel:12345")


async def test_forgetting_starts_a_new_conversation(opened: Opener) -> None:
    page = await opened()
    first = await bubbles(page)
    await answer_first(page)
    await settled(page, 1)
    await say(page, "忘记我")
    await expect(page.locator(".you")).to_have_count(0)
    await expect(page.locator(".bubble").last).to_contain_text("忘记")
    await page.reload()
    assert await bubbles(page) == first
