"""Bad networks and reloads: no message is lost or processed twice."""

from __future__ import annotations

import asyncio
import os

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Opener, Site
from tests.browser.steps import (
    DONE,
    bubbles,
    expect_reply,
    forget,
    interview_by_taps,
    say,
    stop_timers,
    tap,
    tick,
)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BUSY = "现在有点忙，稍等会自动发送，不用重发。"
OFFLINE_SECONDS = float(os.environ.get("OFFLINE_SECONDS", "3"))


async def test_a_reload_keeps_the_state_of_the_interview(opened: Opener, site: Site) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    before = await bubbles(page)
    await page.reload()
    assert await bubbles(page) == before
    await tap(page, "还在想")
    await expect_reply(page, "您最想要哪方面的支持")
    await page.reload()
    await say(page, "资金")
    await expect_reply(page, DONE)
    assert site.guide.said() == ["a:identity:student", "a:stage:idea", "资金"]


async def test_a_draft_survives_a_reload_and_a_visit_to_the_card(opened: Opener) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await page.locator("#text").press_sequentially("我打了一半")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("我打了一半")
    await page.goto(page.url + "card")
    await page.go_back()
    await expect(page.locator("#text")).to_have_value("我打了一半")
    await page.press("#text", "Enter")
    await expect_reply(page, "您说的是“我打了一半”")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("")
    # forgetting erases the draft too
    await page.locator("#text").press_sequentially("我叫")
    await forget(page)
    await page.reload()
    await expect(page.locator("#text")).to_have_value("")


async def test_the_conversation_continues_days_later(opened: Opener, site: Site) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    before = await bubbles(page)
    later = await opened(context=page.context)
    await page.close()
    assert await bubbles(later) == before
    await tap(later, "还在想")
    await expect_reply(later, "您最想要哪方面的支持")


async def test_going_back_from_the_card_shows_the_whole_conversation(opened: Opener) -> None:
    page = await opened()
    await interview_by_taps(page)
    for words in ("", "开网店能贷款吗", ""):
        if words:  # the reloaded page contains an answer
            await page.reload()
            await say(page, words)
            await expect_reply(page, f"您说的是“{words}”")
        before = await bubbles(page)
        await page.goto(page.url + "card")
        await expect(page.locator("h1")).to_have_text("柳州创业扶持结果卡")
        await page.go_back()
        await expect(page.locator(".turn:last-child .bubble").last).to_have_text(before[-1])
        assert await bubbles(page) == before


async def test_a_message_typed_offline_is_sent_once_when_online(
    opened: Opener, site: Site
) -> None:
    page = await opened()
    await page.context.set_offline(True)
    await tick(page, "在校学生")
    await say(page, "刚注册")
    await expect(page.locator("#state")).to_contain_text("网络断了")
    # The bot does not seem to type while nothing reaches it.
    await expect(page.locator(".typing:visible")).to_have_count(0)
    await expect(page.locator(".waiting:visible")).to_have_text(["待发送", "待发送"])
    await asyncio.sleep(OFFLINE_SECONDS)
    assert site.guide.taken == []
    await page.context.set_offline(False)
    await expect_reply(page, "您最想要哪方面的支持")
    await expect(page.locator("#state")).to_be_empty()
    await expect(page.locator(".waiting")).to_have_count(0)
    assert site.guide.said() == ["a:identity:student", "刚注册"]


async def test_a_page_opened_again_offline_shows_no_typing(opened: Opener) -> None:
    page = await opened()
    await page.route("**/chat", lambda route: route.abort("internetdisconnected"))
    await say(page, "在校学生")
    await expect(page.locator(".waiting:visible")).to_have_count(1)
    await expect(page.locator(".typing:visible")).to_have_count(0)
    await page.unroute("**/chat")
    await expect_reply(page, "您的创业项目到哪一步了")


async def test_a_browser_that_keeps_no_cookies_is_told_so(opened: Opener) -> None:
    page = await opened()
    await page.context.clear_cookies()
    await tick(page, "在校学生")
    await expect(page.locator("#state")).to_contain_text("Cookie")
    await tap(page, "还在想")
    await expect(page.locator("#state")).to_be_empty()  # this time it was kept


async def test_a_message_typed_offline_survives_closing_the_page(
    opened: Opener, site: Site
) -> None:
    page = await opened()
    await page.context.set_offline(True)
    await say(page, "在校学生")
    await page.context.set_offline(False)
    again = await opened(context=page.context)
    await page.close()
    await expect_reply(again, "您的创业项目到哪一步了")
    assert site.guide.said() == ["在校学生"]


async def test_waiting_messages_move_to_a_new_conversation(opened: Opener, site: Site) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await page.context.set_offline(True)
    await say(page, "开网店能贷款吗")
    await expect(page.locator("#state")).to_contain_text("连上后会自动发送")
    # Chromium is online for a moment while it closes a page, which would send with the old cookie.
    await page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError()); }")
    await page.close()
    await page.context.clear_cookies()
    await page.context.set_offline(False)
    again = await opened(context=page.context)
    await expect_reply(again, "您说的是“开网店能贷款吗”")
    await expect(again.locator(".you")).to_have_count(1)
    assert site.guide.said() == ["a:identity:student", "开网店能贷款吗"]


async def test_a_lost_answer_is_fetched_again_without_a_second_turn(
    opened: Opener, site: Site
) -> None:
    page = await opened()
    losses = 2

    async def lose(route: Route) -> None:
        nonlocal losses
        if losses:
            losses -= 1
            await route.fetch()  # the server answers, the answer is lost
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/chat", lose)
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    assert losses == 0
    assert site.guide.said() == ["a:identity:student"]
    await expect(page.locator(".you")).to_have_count(1)


async def test_an_unavailable_service_is_not_called_offline(opened: Opener, site: Site) -> None:
    page = await opened()
    await page.route("**/chat", lambda route: route.abort("connectionrefused"))
    await tick(page, "在校学生")
    await expect(page.locator("#state")).to_have_text("暂时连不上，连上后会自动发送，不用重发。")
    await page.unroute("**/chat")
    await expect_reply(page, "您的创业项目到哪一步了")
    await expect(page.locator("#state")).to_be_empty()
    assert site.guide.said() == ["a:identity:student"]


async def test_a_busy_service_is_retried(opened: Opener, site: Site) -> None:
    page = await opened()
    site.guide.down = "busy"
    await tick(page, "在校学生")
    await expect(page.locator("#state")).to_have_text(BUSY)
    site.guide.down = ""
    await expect_reply(page, "您的创业项目到哪一步了")
    assert site.guide.said() == ["a:identity:student"]


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_respected(opened: Opener, status: int) -> None:
    page = await opened()
    posts = 0

    async def refuse(route: Route) -> None:
        nonlocal posts
        posts += 1
        if posts > 1:
            await route.continue_()
            return
        error = '{"error":"您发得有点快，请歇几秒再发；刚才那句还没有处理。"}'
        await route.fulfill(
            status=status,
            headers={"Retry-After": "3", "Content-Type": "application/json"},
            body=error,
        )

    await page.route("**/chat", refuse)
    await stop_timers(page)
    await tick(page, "在校学生")
    await expect(page.locator("#state")).to_have_text(BUSY)
    # other causes to send at once wait too
    await say(page, "你好")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.clock.run_for(2_900)
    assert posts == 1
    await expect(page.locator("#state")).to_have_text(BUSY)
    await page.clock.run_for(200)
    await page.clock.resume()
    await expect_reply(page, "您说的是“你好”")
    await expect(page.locator("#state")).to_be_empty()
    assert posts == 3


async def test_a_hanging_request_is_reported_after_seconds(opened: Opener, site: Site) -> None:
    page = await opened()
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/chat", hold)
    await stop_timers(page)
    await tick(page, "在校学生")
    await page.clock.run_for(1_000)
    await expect(page.locator("#state")).to_be_empty()
    await page.clock.run_for(5_500)
    await expect(page.locator("#state")).to_have_text("网络有点慢，正在发送…")
    await held[0].continue_()
    await expect_reply(page, "您的创业项目到哪一步了")
    await expect(page.locator("#state")).to_be_empty()
    assert site.guide.said() == ["a:identity:student"]


async def test_a_long_conversation_is_parsed_a_few_times_only(opened: Opener) -> None:
    page = await opened()
    await interview_by_taps(page)
    await page.evaluate("""() => {
      const kept = Object.entries(localStorage).filter(([k]) => k.startsWith('lct:'));
      const [name, value] = kept.sort()[1];
      const turn = JSON.parse(value);
      for (let n = 0; n < 110; n++) {
        const more = { ...turn, id: 'more' + n, at: String(n).padStart(14, '0') };
        const parts = name.split(':').slice(0, 2).concat(more.at, more.id);
        localStorage.setItem(parts.join(':'), JSON.stringify(more));
      }
    }""")
    await page.add_init_script(
        "const parse = JSON.parse; window.parsed = 0;"
        "JSON.parse = function (text) { window.parsed += 1; return parse(text); };"
    )
    await page.reload()
    await expect(page.locator(".you")).to_have_count(113)
    # linear, not quadratic, in the number of messages
    assert await page.evaluate("parsed") < 114 * 8
    await expect_reply(page, DONE)


async def test_an_answer_served_with_the_page_is_stored_like_others(
    opened: Opener, site: Site
) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await page.evaluate("localStorage.clear()")  # as in another browser
    await page.reload()
    await expect_reply(page, "您的创业项目到哪一步了")
    await tap(page, "还在想")
    await expect_reply(page, "您最想要哪方面的支持")
    before = await bubbles(page)
    assert before[0] == "您的创业项目到哪一步了？"
    for _ in range(2):
        await page.reload()
        await expect_reply(page, "您最想要哪方面的支持")
        assert await bubbles(page) == before
    await tick(page, "资金")
    await expect_reply(page, DONE)


async def test_a_pending_answer_served_with_the_page_appears_once(
    opened: Opener, site: Site
) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")

    async def lose(route: Route) -> None:
        await route.fetch()  # the server answers, the answer is lost
        await route.abort()

    await page.route("**/chat", lose)
    await say(page, "你好")
    await expect(page.locator("#state")).to_contain_text("连上后会自动发送")
    await page.unroute("**/chat")
    await page.reload()
    await expect(page.locator(".typing")).to_have_count(0)
    await expect_reply(page, "您说的是“你好”")
    answers = [text for text in await bubbles(page) if "您说的是“你好”" in text]
    assert len(answers) == 1
    await page.reload()
    assert [text for text in await bubbles(page) if "您说的是“你好”" in text] == answers


async def test_a_full_interview_leaves_no_message_waiting(opened: Opener) -> None:
    page = await opened()
    await interview_by_taps(page)
    stored = "Object.entries(localStorage).filter(([k]) => k.startsWith('lct:'))"
    assert await page.evaluate(f"{stored}.length") == 4
    assert await page.evaluate(f"{stored}.every(([, v]) => JSON.parse(v).view)")
