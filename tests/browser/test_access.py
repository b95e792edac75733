"""Accessibility: axe finds nothing serious, targets are large, 400 % zoom works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Opener, Site, unavailable
from tests.browser.steps import chip, expect_reply, interview_by_taps, say, sideways, tick

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
# Of less weight, but there is no reason to have them.
ALWAYS = ("aria-allowed-role", "landmark-one-main", "region")
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
SMALL_TARGETS = """(least) => [
    ...document.querySelectorAll('a:not(.source), button, summary, input, label.tick')]
  .filter(el => el.checkVisibility() && !el.closest('label.tick input') && el.type !== 'checkbox'
    && !el.classList.contains('skip'))
  .map(el => [el.textContent.trim() || el.id, el.getBoundingClientRect()])
  .filter(([, box]) => box.height < least || box.width < least)
  .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""

SMALL_TEXTS = """(least) => [...document.querySelectorAll('body *')]
  .filter(el => el.checkVisibility() && !el.closest('.vh, script, .skip')
    && [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .map(el => [el.textContent.trim(), parseFloat(getComputedStyle(el).fontSize)])
  .filter(([, size]) => size < least)
  .map(([text, size]) => `${text} ${size}`)"""


async def violations(page: Page, worst: Sequence[str] = ("serious", "critical")) -> list[str]:
    """Return the findings of axe with one of these impacts."""
    if not AXE.exists():
        unavailable("没有 axe-core：先运行 tests/browser/setup.sh")
    await page.evaluate(AXE.read_text("utf-8"))  # a script tag would violate the content policy
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {v['nodes'][0]['html']}"
        for v in found["violations"]
        if v["impact"] in worst or v["id"] in ALWAYS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(390, 844), (360, 740), (360, 560)], ids=str)
async def test_axe_finds_nothing_serious(
    opened: Opener, size: tuple[int, int], scheme: str
) -> None:
    page = await opened(size, color_scheme=scheme)
    assert await violations(page) == []
    await interview_by_taps(page)
    await page.locator("details.card summary").first.click()
    await page.click("#menu summary")
    await page.wait_for_timeout(250)
    assert await violations(page) == []
    await page.goto(page.url + "card")
    assert await violations(page) == []
    await page.goto(page.url.partition("/r/")[0] + "/nothing")
    assert await violations(page) == []


async def test_every_tap_target_is_large_enough(opened: Opener) -> None:
    page = await opened((360, 740))
    assert await page.evaluate(SMALL_TARGETS, 44) == []
    await interview_by_taps(page)
    await page.click("#menu summary")
    assert await page.evaluate(SMALL_TARGETS, 44) == []


async def test_the_page_works_at_400_percent_zoom(opened: Opener) -> None:
    # A window of 1280 × 1024 at 400 % is 320 × 256 to the page.
    page = await opened((320, 256))
    await interview_by_taps(page)
    assert await sideways(page) <= 0
    await page.locator("#text").scroll_into_view_if_needed()
    await say(page, "谢谢")
    await expect_reply(page, "您说的是“谢谢”")
    positions = await page.evaluate(
        "['header', 'footer'].map(t => getComputedStyle(document.querySelector(t)).position)"
    )
    assert positions == ["static", "static"]


@pytest.mark.parametrize("size", [(320, 256), (740, 360), (360, 740)], ids=str)
async def test_the_whole_menu_can_be_reached(opened: Opener, size: tuple[int, int]) -> None:
    page = await opened(size)
    await interview_by_taps(page)
    await page.evaluate("scrollTo(0, 0)")
    await page.click("#menu summary")
    box = await page.locator(".items").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= size[1]
    assert box["x"] >= 0
    assert await sideways(page) <= 0
    await page.locator(".items button").last.scroll_into_view_if_needed()
    await expect(page.locator(".items button").last).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("size", [(390, 844), (1280, 800), (360, 300)], ids=str)
async def test_a_tap_outside_the_open_menu_only_closes_it(
    opened: Opener, site: Site, size: tuple[int, int], scripts: bool
) -> None:
    page = await opened(size, java_script_enabled=scripts)
    targets = [chip(page, "在校学生"), page.locator("#say .send"), page.locator("#text")]
    menu = page.locator(".items")
    for target in targets:
        await target.scroll_into_view_if_needed()
        await page.locator("#menu summary").scroll_into_view_if_needed()
        await page.click("#menu summary")
        await expect(menu).to_be_visible()
        box = await target.bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + 5, min(box["y"] + 5, size[1] - 2))
        await expect(menu).to_be_hidden()
    assert site.guide.taken == []
    await page.click("#menu summary")
    await page.click(".items button[value='c:help']")
    await expect_reply(page, "c:help")


async def test_the_menu_closes_when_the_focus_leaves_it(
    opened: Opener,
) -> None:
    page = await opened((360, 740))
    await page.focus("#menu summary")
    await page.keyboard.press("Enter")
    menu = page.locator(".items")
    await expect(menu).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(menu).to_be_visible()
    await page.locator(".items button").last.focus()
    await page.keyboard.press("Tab")
    await expect(menu).to_be_hidden()


async def test_the_screen_keyboard_hides_neither_input_nor_question(
    opened: Opener,
) -> None:
    page = await opened((360, 740))
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    for _ in range(2):
        await say(page, "开网店能贷款吗")
    await expect_reply(page, "回到刚才的问题")
    await page.focus("#text")
    await page.set_viewport_size({"width": 360, "height": 340})
    await page.evaluate("scrollTo(0, 0)")
    await expect(page.locator("#text")).to_be_in_viewport(ratio=1)
    await expect(page.locator("#strip")).to_be_in_viewport(ratio=1)
    await expect(page.locator("#strip")).to_have_text("您的创业项目到哪一步了？")


async def test_large_text_on_a_small_phone_fits(opened: Opener) -> None:
    page = await opened((320, 568))
    await page.click("#big")
    await interview_by_taps(page)
    assert await sideways(page) <= 0
    # names stay readable beside their badge; the placeholder is not cut off
    em = "el => el.clientWidth / parseFloat(getComputedStyle(el).fontSize)"
    for name in await page.locator("details.card .name").all():
        assert await name.evaluate(em) >= 8
    hint = """el => {
      const pen = document.createElement('canvas').getContext('2d');
      const style = getComputedStyle(el);
      const size = getComputedStyle(el, '::placeholder').fontSize;
      pen.font = size + ' ' + style.fontFamily;
      const room = el.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      return pen.measureText(el.placeholder).width - room;
    }"""
    assert await page.locator("#text").evaluate(hint) <= 0


async def test_large_text_uses_the_width_of_the_phone(opened: Opener) -> None:
    page = await opened((360, 740))
    await page.click("#menu summary")
    one_line = "el => el.clientHeight / parseFloat(getComputedStyle(el).lineHeight)"
    for item in await page.locator(".items > :visible").all():
        assert await item.evaluate(one_line) < 2
    await page.keyboard.press("Escape")
    await page.click("#big")
    assert await page.locator("h1 small").evaluate(one_line) < 2
    await interview_by_taps(page)
    bubble = page.locator(".turn:last-child .said")
    letters = "el => el.clientWidth / parseFloat(getComputedStyle(el).fontSize)"
    assert await bubble.evaluate(letters) >= 16
    await page.set_viewport_size({"width": 390, "height": 844})
    for name in await page.locator("details.card .name").all():
        assert await name.evaluate(letters) >= 12


@pytest.mark.parametrize("presses", [1, 2], ids=["128 %", "160 %"])
async def test_large_letters_leave_nothing_small(opened: Opener, presses: int) -> None:
    page = await opened((360, 740))
    button = page.get_by_role("button", name="大字")
    for name in ("较大", "最大")[:presses]:
        await button.click()
        await expect(button).to_have_accessible_name(re.compile(name))
    await interview_by_taps(page)
    await page.locator("details.card summary").first.click()
    await page.click("#menu summary")
    assert await page.evaluate(SMALL_TARGETS, 60) == []
    assert await page.evaluate(SMALL_TEXTS, 18) == []
    assert await sideways(page) <= 0
    await page.goto(page.url + "card")
    assert await page.evaluate(SMALL_TEXTS, 18) == []
    assert await page.evaluate(SMALL_TARGETS, 60) == []


async def test_new_messages_are_announced_without_their_choices(opened: Opener) -> None:
    page = await opened(reduced_motion="reduce")
    await expect(page.locator("main [role=log]")).to_have_attribute("aria-live", "off")
    live = page.locator("[aria-live=polite]")
    await expect(live).to_have_count(1)
    await expect(live).to_be_empty()
    await tick(page, "在校学生")
    await expect(live).to_have_text("您的创业项目到哪一步了？")
    turn = page.locator(".turn:last-child")
    await expect(turn.locator(".you > .vh")).to_have_text("您说：")
    await expect(turn.locator(".said > .vh")).to_have_text("柳创通：")


VOICE = """
  window.spoken = [];
  const voice = {lang: 'zh-CN', name: 'a voice'};
  Object.defineProperty(window, 'speechSynthesis', {value: Object.assign(new EventTarget(), {
    getVoices: () => window.voices, cancel: () => window.spoken.push('cancelled'),
    speak: utterance => window.spoken.push(utterance.text),
  })});
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  window.voices = [];
  window.arrive = () => {
    window.voices = [voice];
    window.speechSynthesis.dispatchEvent(new Event('voiceschanged'));
  };
"""


async def test_an_answer_is_read_aloud_where_there_is_a_voice(opened: Opener) -> None:
    page = await opened()
    await page.add_init_script(VOICE)  # Chromium without a screen has no voices
    await page.reload()
    button = page.get_by_role("button", name="读给我听")
    await expect(button).to_have_count(0)
    await page.evaluate("window.arrive()")
    await say(page, "谢谢")
    await expect_reply(page, "您说的是“谢谢”")
    await expect(button).to_have_count(1)
    await button.click()
    spoken = await page.evaluate("window.spoken")
    assert spoken[0] == "cancelled"
    assert spoken[1] == "您说的是“谢谢”，我还没有答案。"
    assert not any("都不是" in text for text in spoken)
    await page.get_by_role("button", name="别读了").click()
    assert (await page.evaluate("window.spoken"))[-1] == "cancelled"
    await expect(button).to_have_count(1)


async def test_motion_can_be_reduced(opened: Opener) -> None:
    page = await opened(reduced_motion="reduce")
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    animation = "getComputedStyle(document.querySelector('.turn:last-child .bot')).animationName"
    assert await page.evaluate(animation) == "none"
    await expect(chip(page, "还在想")).to_be_enabled()
