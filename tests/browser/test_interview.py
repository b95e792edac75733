"""The whole interview in a browser: by taps, by typing, mixed, by keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener, Site
from tests.browser.steps import (
    DONE,
    chip,
    expect_reply,
    forget,
    interview_by_taps,
    say,
    sideways,
    tap,
    tick,
)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SIZES = [(360, 740), (390, 844), (1280, 800)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_interview_by_taps(opened: Opener, site: Site, size: tuple[int, int]) -> None:
    page = await opened(size)
    await interview_by_taps(page)
    assert site.guide.said() == ["a:identity:student", "a:stage:idea", "a:needs:funding"]
    assert await sideways(page) <= 0
    card = page.locator("details.card", has_text="休学创业保留学籍")
    await card.locator("summary").click()
    for heading in ("得到什么", "为什么适合您", "找谁办", "原文", "文件状态"):
        await expect(card.locator("dt", has_text=heading)).to_be_visible()
    await expect(card).to_contain_text("<b>不是标记</b>")
    await expect(card.get_by_role("link", name="example.gov.cn")).to_be_visible()
    await tap(page, "有用")
    await expect_reply(page, "c:useful:leave-of-absence")


async def test_a_follow_up_about_a_support_names_it(opened: Opener, site: Site) -> None:
    for scripts in (True, False):
        page = await opened(java_script_enabled=scripts)
        await interview_by_taps(page)
        card = page.locator("details.card", has_text="休学创业保留学籍")
        await card.locator("summary").click()
        await card.get_by_role("button", name="细看、追问这一项").click()
        await expect_reply(page, "s:leave-of-absence")
        if scripts:
            await expect(page.locator(".you .bubble").last).to_have_text("休学创业保留学籍")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_interview_by_typing(opened: Opener, site: Site, size: tuple[int, int]) -> None:
    page = await opened(size)
    for words, answer in (
        ("在校学生", "您的创业项目到哪一步了"),
        ("刚注册", "您最想要哪方面的支持"),
        ("场地", DONE),
    ):
        await say(page, words)
        await expect_reply(page, answer)
    assert site.guide.said() == ["在校学生", "刚注册", "场地"]
    assert await page.input_value("#text") == ""


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_interview_mixed_with_a_question_and_several_choices(
    opened: Opener, site: Site, size: tuple[int, int]
) -> None:
    page = await opened(size)
    await tick(page, "在校学生", "留学回国人员")
    await expect_reply(page, "您的创业项目到哪一步了")
    await say(page, "开网店能贷款吗")
    await expect_reply(page, "回到刚才的问题：您的创业项目到哪一步了？")
    await expect(page.get_by_role("link", name="拨打 12345")).to_have_attribute(
        "href", "tel:12345"
    )
    await tap(page, "刚注册")
    await expect_reply(page, "您最想要哪方面的支持")
    await say(page, "资金")
    await expect_reply(page, DONE)
    assert site.guide.said() == [
        "a:identity:student+returnee",
        "开网店能贷款吗",
        "a:stage:startup",
        "资金",
    ]
    await expect(page.locator(".you .bubble").first).to_have_text("在校学生、留学回国人员")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_enter_on_a_ticked_box_sends_the_ticked_choices(
    opened: Opener, site: Site, scripts: bool
) -> None:
    page = await opened(java_script_enabled=scripts)
    box = page.locator(".tick", has_text="留学回国人员").locator("input")
    await box.focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect_reply(page, "您的创业项目到哪一步了")
    assert site.guide.said() == ["a:identity:returnee"]


async def test_ticks_survive_a_question_in_between(opened: Opener, site: Site) -> None:
    page = await opened()
    await page.locator(".tick", has_text="高校毕业生").click()
    await page.locator(".tick", has_text="留学回国人员").click()
    await say(page, "开网店能贷款吗")
    await expect_reply(page, "回到刚才的问题")
    await page.locator(".turn:last-child .done").click()
    await expect_reply(page, "您的创业项目到哪一步了")
    assert site.guide.said()[-1] == "a:identity:graduate+returnee"
    # nothing is ticked when the answered question is asked again
    await page.evaluate("document.querySelector('[value=\"c:restart\"]').click()")
    await page.click("#sheet .yes")
    await expect_reply(page, "您是哪一类创业者")
    await expect(page.locator(".turn:last-child input:checked")).to_have_count(0)


async def test_the_boxes_stand_in_two_columns_and_a_tap_draws_no_focus_ring(
    opened: Opener,
) -> None:
    page = await opened((360, 740))
    boxes = [await page.locator(".tick").nth(n).bounding_box() for n in range(2)]
    first, second = (box for box in boxes if box)
    assert first["y"] == second["y"]
    assert first["width"] == second["width"]
    await expect(page.locator(".tick", has_text="都不是")).to_have_count(0)
    await expect(page.locator("button.chip", has_text="都不是")).to_be_visible()
    ring = "el => getComputedStyle(el).outlineStyle"
    box = page.locator(".tick", has_text="在校学生")
    await box.click()
    assert await box.evaluate(ring) == "none"
    await page.keyboard.press("Tab")
    assert await page.locator(".tick").nth(1).evaluate(ring) == "solid"


async def test_the_interview_by_keyboard_only(opened: Opener, site: Site) -> None:
    page = await opened((1280, 800))

    async def tab_to(label: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            focused = await page.evaluate(
                "(document.activeElement.textContent || '').trim() + document.activeElement.id"
            )
            if focused == label:
                outline = await page.evaluate(
                    "getComputedStyle(document.activeElement).outlineStyle"
                )
                assert outline == "solid"
                return
        pytest.fail(f"{label} cannot be reached")

    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.value") == "a:identity:student":
            break
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect_reply(page, "您的创业项目到哪一步了")
    await tab_to("还在想")
    await page.keyboard.press("Space")
    await expect_reply(page, "您最想要哪方面的支持")
    await tab_to("text")
    await page.keyboard.type("资金")
    await page.keyboard.press("Enter")
    await expect_reply(page, DONE)
    await page.reload()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.type("谢谢")
    assert await page.input_value("#text") == "谢谢"


async def test_hostile_text_is_shown_as_text(opened: Opener) -> None:
    page = await opened()
    for words in ("<img src=x onerror=alert(1)>", "</p><script>alert(1)</script>", "\u202eabc"):
        await say(page, words)
        await expect_reply(page, f"您说的是“{words}”")
    await expect(page.get_by_text("不该能点").first).not_to_have_attribute(
        "href", "javascript:alert(1)"
    )
    await page.reload()
    await expect_reply(page, "\u202eabc")
    assert await page.locator("main script, main img[src=x]").count() == 0


async def test_the_pending_question_is_always_visible(opened: Opener) -> None:
    page = await opened((360, 500))
    strip = page.locator("#strip")
    await expect(strip).to_be_hidden()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    for _ in range(3):
        await say(page, "开网店能贷款吗")
    await expect(page.locator(".you")).to_have_count(4)
    await expect_reply(page, "回到刚才的问题")
    await page.evaluate("scrollTo(0, 0)")
    await expect(strip).to_be_visible()
    await expect(strip).to_have_text("您的创业项目到哪一步了？")
    await strip.click()
    await expect(strip).to_be_hidden()
    await expect(chip(page, "还在想")).to_be_in_viewport()


async def test_the_question_counts_as_visible_only_if_it_can_be_read(opened: Opener) -> None:
    # a phone with its keyboard open: the choices are visible, the question is not
    page = await opened((360, 340))
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await expect(chip(page, "都不是")).to_be_in_viewport()
    await expect(page.locator("#strip")).to_be_visible()
    await page.click("#strip")
    await expect(page.locator(".as-question").last).to_be_in_viewport()
    await expect(page.locator("#strip")).to_be_hidden()


async def test_appearance_settings_are_kept(opened: Opener) -> None:
    page = await opened()
    size = "parseFloat(getComputedStyle(document.querySelector('.bubble')).fontSize)"
    paint = "getComputedStyle(document.body).backgroundColor"
    before = await page.evaluate(size), await page.evaluate(paint)
    await page.click("#big")
    await page.click("#menu summary")
    await page.click("#dark")
    await page.reload()
    assert await page.evaluate(size) > before[0] * 1.2
    assert await page.evaluate(paint) != before[1]


async def test_forgetting_clears_the_browser_storage(opened: Opener, site: Site) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await forget(page)
    kept = await page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('lct:'))")
    assert kept == []
    assert site.guide.sessions == {}
    await page.reload()
    await expect_reply(page, "您是哪一类创业者")


async def test_the_interview_can_restart_by_taps_after_forgetting(
    opened: Opener, site: Site
) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await forget(page)
    await tap(page, "开始")
    await expect_reply(page, "您是哪一类创业者")
    await interview_by_taps(page)


async def test_restarting_asks_for_confirmation_after_an_answer(
    opened: Opener, site: Site
) -> None:
    page = await opened()
    sheet = page.locator("#sheet")

    async def start_over() -> None:
        await page.click("#menu summary")
        await page.click("button[value='c:restart']")

    await start_over()
    await expect(page.locator(".you")).to_have_count(1)
    await expect(sheet).to_be_hidden()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await start_over()
    await expect(sheet).to_contain_text("前面的回答会清掉")
    await sheet.get_by_role("button", name="不，回去").click()
    await expect(sheet).to_be_hidden()
    await start_over()
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    assert site.guide.said() == ["c:restart", "a:identity:student"]


async def test_the_answer_to_a_very_long_message_is_visible(opened: Opener) -> None:
    page = await opened((360, 740))
    await say(page, "长" * 500)
    await expect_reply(page, "回到刚才的问题")
    await expect(page.locator(".turn:last-child .bot .bubble")).to_be_in_viewport(ratio=0.2)


async def test_on_a_wide_screen_the_header_is_above_the_messages(opened: Opener) -> None:
    page = await opened((1280, 800))
    head = await page.locator("header .face").bounding_box()
    talk = await page.locator(".bot .face").first.bounding_box()
    assert head is not None
    assert talk is not None
    assert abs(head["x"] - talk["x"]) < 2
