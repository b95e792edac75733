"""Two tabs of one browser: one conversation, no message sent twice."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener, Site
from tests.browser.steps import bubbles, expect_reply, forget, say, tap, tick

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_two_tabs_show_one_conversation(opened: Opener, site: Site) -> None:
    one = await opened()
    two = await opened(context=one.context)
    await tick(one, "在校学生")
    await expect_reply(one, "您的创业项目到哪一步了")
    await expect_reply(two, "您的创业项目到哪一步了")
    await tap(two, "还在想")
    await expect_reply(one, "您最想要哪方面的支持")
    await asyncio.gather(say(one, "你好"), say(two, "谢谢"))
    for page in (one, two):
        await expect(page.locator(".you")).to_have_count(4)
        await expect(page.locator(".typing")).to_have_count(0)
    assert await bubbles(one) == await bubbles(two)
    assert sorted(site.guide.said()) == ["a:identity:student", "a:stage:idea", "你好", "谢谢"]


async def test_the_other_tab_scrolls_to_the_newest_message_when_at_the_end(opened: Opener) -> None:
    one = await opened((360, 500))
    two = await opened((360, 500), context=one.context)
    await tick(one, "在校学生")
    await expect_reply(two, "您的创业项目到哪一步了")
    for words in ("开网店能贷款吗", "谢谢"):
        await say(one, words)
        await expect_reply(two, f"您说的是“{words}”")
        await expect(two.locator(".turn:last-child .bot .bubble").last).to_be_in_viewport()
    await two.evaluate("scrollTo(0, 0)")
    await say(one, "你好")
    await expect_reply(two, "您说的是“你好”")
    assert await two.evaluate("scrollY") == 0


async def test_forgetting_in_one_tab_clears_the_other(opened: Opener, site: Site) -> None:
    one = await opened()
    two = await opened(context=one.context)
    await tick(one, "在校学生")
    await expect_reply(two, "您的创业项目到哪一步了")
    await forget(one)
    await expect_reply(two, "您是哪一类创业者")
    await tick(two, "在校学生")
    await expect_reply(two, "您的创业项目到哪一步了")
    assert len(site.guide.sessions) == 1


async def test_two_offline_tabs_send_each_message_once(opened: Opener, site: Site) -> None:
    one = await opened()
    two = await opened(context=one.context)
    await one.context.set_offline(True)
    await say(one, "在校学生")
    await say(two, "刚注册")
    await one.context.set_offline(False)
    for page in (one, two):
        await expect_reply(page, "您最想要哪方面的支持")
    assert site.guide.said() == ["在校学生", "刚注册"]
