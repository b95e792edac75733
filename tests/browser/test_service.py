"""The real service and the real knowledge in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Opener, Site
from tests.browser.steps import bubbles, say, sideways
from tests.channels.fakes import ScriptedGuide
from tests.channels.service import served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ANSWERS = ".turn:last-child .chip[value^='a:']:visible"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One service for this module: every test is a new visitor."""
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running.url


@pytest.fixture
def site(service: str) -> Site:
    """The real service in the place of the scripted one."""
    return Site(service, ScriptedGuide())


async def settled(page: Page, turns: int) -> None:
    """Wait until this many messages of the founder are answered."""
    await expect(page.locator(".you")).to_have_count(turns)
    await expect(page.locator(".typing")).to_have_count(0)


async def answer_all(page: Page) -> int:
    """Answer every question with its first choice; how many there were."""
    said = await page.locator(".you").count()
    start = said
    while await page.locator(ANSWERS).count():
        await page.locator(ANSWERS).first.click()
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


async def test_a_question_between_comes_back_to_the_interview(opened: Opener) -> None:
    page = await opened()
    await say(page, "休学创业能保留学籍吗")
    await settled(page, 1)
    await expect(page.locator(".turn:last-child .bubble").nth(1)).to_contain_text("保留学籍")
    before = await bubbles(page)
    await page.reload()
    assert await bubbles(page) == before
    assert await answer_all(page) >= 2


async def test_the_interview_works_without_scripts(opened: Opener) -> None:
    page = await opened(java_script_enabled=False)
    for _ in range(6):
        if not await page.locator(ANSWERS).count():
            break
        await page.locator(ANSWERS).first.click()
    await expect(page.locator("details.card").first).to_be_visible()


async def test_the_line_that_knows_can_be_called_with_one_tap(opened: Opener) -> None:
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


async def test_forgetting_starts_anew(opened: Opener) -> None:
    page = await opened()
    first = await bubbles(page)
    await page.locator(ANSWERS).first.click()
    await settled(page, 1)
    await say(page, "忘记我")
    await expect(page.locator(".you")).to_have_count(0)
    await expect(page.locator(".bubble").last).to_contain_text("忘记")
    await page.reload()
    assert await bubbles(page) == first
