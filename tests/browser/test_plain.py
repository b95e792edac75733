"""Without scripts: the interview works, and erasing needs a confirmation."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener, Site
from tests.browser.steps import DONE, expect_reply, interview_by_taps, say, sideways, tap, tick

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_whole_interview_works_without_scripts(opened: Opener, site: Site) -> None:
    page = await opened(java_script_enabled=False)
    await interview_by_taps(page)
    await say(page, "谢谢")
    await expect_reply(page, "您说的是“谢谢”")
    assert site.guide.said()[-1] == "谢谢"


async def test_the_question_is_one_tap_away_and_an_empty_form_is_accepted(
    opened: Opener, site: Site
) -> None:
    page = await opened((360, 500), java_script_enabled=False)
    await say(page, "长" * 400)
    way = page.get_by_role("link", name="您是哪一类创业者？")
    await expect(way).to_be_in_viewport()
    await way.click()
    await expect(page.locator(".as-question").last).to_be_in_viewport()
    await tick(page, "在校学生")
    await tap(page, "还在想")
    before = site.guide.said()
    await page.locator(".done").click()
    await expect_reply(page, "您最想要哪方面的支持")
    assert site.guide.said() == before
    await tick(page, "资金")
    await expect_reply(page, DONE)
    await expect(page.locator("footer a")).to_have_count(0)


async def test_forgetting_and_restarting_ask_for_confirmation(opened: Opener, site: Site) -> None:
    page = await opened((360, 740), java_script_enabled=False)
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    for choice, question in (("c:restart", "前面的回答会清掉"), ("c:forget", "找不回来")):
        await page.click("#menu summary")
        await page.click(f"button[value='{choice}']")
        await expect(page.locator("main")).to_contain_text(question)
        assert await sideways(page) <= 0
        await page.get_by_role("link", name="不，回去").click()
        await expect_reply(page, "您的创业项目到哪一步了")
    assert site.guide.said() == ["a:identity:student"]
    await page.click("#menu summary")
    await page.click("button[value='c:restart']")
    await page.get_by_role("button", name="重新开始").click()
    await expect_reply(page, "您是哪一类创业者")
    await page.click("#menu summary")
    await page.click("button[value='c:forget']")
    await page.get_by_role("button", name="全部删掉").click()
    await expect(page.locator("main")).to_contain_text("已经全部删除")
    assert site.guide.sessions == {}
