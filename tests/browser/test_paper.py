"""The result card and printing."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener
from tests.browser.steps import expect_reply, interview_by_taps, sideways, tap, tick

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_card_page_offers_large_letters(opened: Opener) -> None:
    page = await opened((360, 740))
    await interview_by_taps(page)
    await page.goto(page.url + "card")
    size = "parseFloat(getComputedStyle(document.querySelector('.name')).fontSize)"
    before = await page.evaluate(size)
    big = page.get_by_role("button", name="大字")
    await expect(big).to_have_accessible_name(re.compile("现在是标准"))
    await big.click()
    await expect(big).to_have_accessible_name(re.compile("现在较大"))
    assert await page.evaluate(size) > before * 1.2
    assert await sideways(page) <= 0
    await page.reload()
    assert await page.evaluate(size) > before * 1.2


async def test_the_result_card_can_be_saved_and_shared(opened: Opener) -> None:
    page = await opened()
    await interview_by_taps(page)
    await page.get_by_role("link", name="结果卡：打印、存图、分享").click()
    await expect(page.locator("h1")).to_have_text("柳州创业扶持结果卡")
    await page.click("#save")
    picture = page.locator("#picture img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("img => img.decode().then(() => img.naturalWidth)") == 750
    await page.click("#share")
    await expect(page.locator("#link")).to_have_value(page.url)
    call = page.get_by_role("link", name="拨打 12345")
    await expect(call).to_have_attribute("href", "tel:12345")
    await page.emulate_media(media="print")
    await expect(page.locator("#share")).to_be_hidden()
    await expect(page.locator(".call")).to_be_hidden()
    await expect(page.locator(".qr svg")).to_be_visible()


@pytest.mark.parametrize("chosen", [True, False], ids=["chosen", "of the system"])
async def test_a_print_is_white_in_dark_mode(opened: Opener, chosen: bool) -> None:
    page = await opened(color_scheme="light" if chosen else "dark")
    await interview_by_taps(page)
    if chosen:
        await page.click("#menu summary")
        await page.click("#dark")
    await page.goto(page.url + "card")
    paint = """() => ['body', '.card', '.answers'].map(s => {
      const style = getComputedStyle(document.querySelector(s));
      return style.backgroundColor + ' ' + style.color;
    })"""
    dark = await page.evaluate(paint)
    await page.emulate_media(media="print")
    printed = await page.evaluate(paint)
    assert printed == ["rgb(255, 255, 255) rgb(0, 0, 0)"] * 3
    assert not set(dark) & set(printed)


async def test_a_printed_conversation_has_no_controls(opened: Opener) -> None:
    page = await opened()
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await page.emulate_media(media="print")
    await expect(page.locator(".as-question").last).to_be_visible()
    for part in ("footer", ".menu", ".chips"):
        await expect(page.locator(part).last).to_be_hidden()
    await page.emulate_media(media="screen")
    await tap(page, "还在想")
    await tick(page, "资金")
    await expect(page.locator(".links.wide")).to_be_visible()
    await page.emulate_media(media="print")
    await expect(page.locator(".links.wide")).to_be_hidden()
    arrow = "getComputedStyle(document.querySelector('.card > summary'), '::after').display"
    assert await page.evaluate(arrow) == "none"
