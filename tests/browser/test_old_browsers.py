"""Browsers of before 2020, in old phones and in apps: Chromium 64 and later.

A modern Chromium without the newer functions runs the whole interview. A real Chromium 64 does too
where setup.sh has installed one.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.chromium_64 import old_browser
from tests.browser.conftest import Opener, Site, unavailable
from tests.browser.steps import DONE, expect_reply, interview_by_taps, say, tap, tick

OLD_CHROMIUM = Path(
    os.environ.get("CHROMIUM_64", Path(__file__).parent / "node_modules/chromium-64/chromium")
)
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
# Functions that Chromium 64 has not, and others that some old browsers have not.
WITHOUT = """
  for (const name of ['AbortController', 'AbortSignal', 'IntersectionObserver', 'ResizeObserver',
    'Path2D']) delete window[name];
  for (const [type, names] of [[Array, ['flat', 'flatMap', 'at']],
    [String, ['replaceAll', 'matchAll', 'at', 'trimStart', 'trimEnd']],
    [Promise, ['finally']], [Element, ['replaceChildren', 'toggleAttribute', 'checkVisibility']],
    [HTMLFormElement, ['requestSubmit']], [Navigator, ['share', 'clipboard']]])
    for (const name of names) delete type.prototype[name];
  for (const name of ['fromEntries', 'hasOwn', 'groupBy']) delete Object[name];
  for (const name of ['allSettled', 'any']) delete Promise[name];
  delete SubmitEvent.prototype.submitter;
"""
CLOSE = """() => [...document.querySelectorAll('.turn:last-child .chips')].flatMap(row => {
  const boxes = [...row.children].map(el => el.getBoundingClientRect())
    .filter(box => box.width);
  return boxes.slice(1).filter((box, n) =>
    box.top === boxes[n].top && box.left - boxes[n].right < 4);
}).length"""


async def in_old_style(route: Route) -> None:
    """Serve a page as a browser sees it that has no gap in flex boxes, no max() and no inset."""
    answer = await route.fetch()
    page = await answer.text()
    old = re.sub(
        r"(?<!grid-)(?:row-)?gap: [^;]+;|[a-z-]+: [^;{}]*\b(?:max|min|env)\([^;]+;", "", page
    )
    old = old.replace("@supports not (inset: 0)", "@supports not (unknown: 0)")
    headers = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
    await route.fulfill(status=answer.status, headers=headers, body=old)


async def outside_edges(page: Page) -> tuple[float, float]:
    """Return the distance of the input and of the header's picture from the edge of the screen."""
    places = [await page.locator(name).bounding_box() for name in ("#text", "header .face")]
    assert all(places)
    left, top = (place["x"] for place in places if place)
    return left, top


async def test_an_interview_works_without_newer_functions(opened: Opener, site: Site) -> None:
    page = await opened()
    await page.add_init_script(WITHOUT)
    await page.reload()
    assert await page.evaluate("typeof AbortController") == "undefined"
    await interview_by_taps(page)
    await say(page, "开网店能贷款吗")
    await expect_reply(page, "您说的是“开网店能贷款吗”")
    await page.reload()
    await expect_reply(page, "您说的是“开网店能贷款吗”")
    assert len(site.guide.said()) == 4


async def test_the_card_works_without_newer_functions(opened: Opener) -> None:
    page = await opened()
    await page.add_init_script(WITHOUT)
    await page.reload()
    await interview_by_taps(page)
    await page.goto(page.url + "card")
    await page.click("#save")
    await expect(page.locator("#picture img")).to_be_visible()
    await page.click("#share")
    await expect(page.locator("#link")).to_have_value(page.url)


async def test_nothing_touches_without_gaps_and_max(opened: Opener) -> None:
    page = await opened()
    await page.route(re.compile("/(card|r/.*)?$"), in_old_style)
    await page.reload()
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('.chips')).gap") == "normal"
    )
    for answer in ("在校学生", "还在想", "资金"):
        assert await page.evaluate(CLOSE) == 0
        assert min(await outside_edges(page)) >= 8
        await (tap if answer == "还在想" else tick)(page, answer)
    await expect_reply(page, DONE)
    await page.goto(page.url + "card")
    answers = await page.locator("#answers").inner_text()
    assert "身份" in answers
    gaps = """() => [...document.querySelectorAll('.answers div')].map(row => {
      const [name, said] = [...row.children].map(el => el.getBoundingClientRect());
      return said.left - name.right;
    })"""
    assert min(await page.evaluate(gaps)) >= 4


async def test_an_interview_works_in_chromium_64(site: Site) -> None:
    if not OLD_CHROMIUM.exists():
        unavailable("没有 Chromium 64：先运行 tests/browser/setup.sh")
    await asyncio.to_thread(interview_in_chromium_64, site)
    assert site.guide.said() == ["a:identity:student", "a:stage:idea", "a:needs:funding"]


def interview_in_chromium_64(site: Site) -> None:
    """Answer the questions by taps, open the card."""
    last = "document.querySelector('.turn:last-child')"
    with old_browser(OLD_CHROMIUM) as page:
        page.open(site.url)
        assert page.evaluate("typeof AbortController") == "undefined"
        for choice, reply in (
            ("a:identity:student", "您的创业项目到哪一步了"),
            ("a:stage:idea", "您最想要哪方面的支持"),
            ("a:needs:funding", DONE),
        ):
            answer = f"""{last}.querySelector('[value="{choice}"]')"""
            send = "el.type === 'checkbox' && el.form.querySelector('.done').click()"
            page.evaluate(f"(function (el) {{ el.click(); {send}; }})({answer})")
            page.until(lambda said=reply: said in page.evaluate(f"{last}.textContent"))  # type: ignore[misc]
        page.evaluate(f"{last}.querySelector('.links.wide a').click()")
        page.until(lambda: page.evaluate("Boolean(document.getElementById('answers'))"))
        assert "在校学生" in page.evaluate("document.getElementById('answers').innerText")
        assert page.faults == []
