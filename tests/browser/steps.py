"""Actions of a user on the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakSet

from playwright.async_api import Locator, Page, expect

DONE = "适合您的有 1 项"
# Pages without scripts: what is sent loads the page again.
scriptless: WeakSet[Page] = WeakSet()


@asynccontextmanager
async def sending(page: Page) -> AsyncIterator[None]:
    """Wait until the page that answers a form is there. Playwright does not: without scripts the
    next step would still see the old page."""
    if page not in scriptless:
        yield
        return
    async with page.expect_navigation():
        yield


def chip(page: Page, label: str) -> Locator:
    """Return a visible choice."""
    return page.locator(".chip:visible", has_text=label).first


async def tap(page: Page, label: str) -> None:
    """Tap a choice."""
    async with sending(page):
        await chip(page, label).click()


async def tick(page: Page, *labels: str) -> None:
    """Tick choices of the newest question and send them."""
    await page.wait_for_load_state("load")
    for label in labels:
        await page.locator(".tick:visible", has_text=label).last.click()
        await expect(
            page.locator(".tick:visible", has_text=label).last.locator("input")
        ).to_be_checked()
    async with sending(page):
        await page.locator(".done:visible").last.click()


async def say(page: Page, words: str) -> None:
    """Type a message and send it."""
    await page.fill("#text", words)
    async with sending(page):
        await page.press("#text", "Enter")


async def expect_reply(page: Page, question: str) -> None:
    """Wait until the newest message of the bot contains this text."""
    await expect(page.locator(".turn:last-child .bot .bubble").last).to_contain_text(question)


async def stop_timers(page: Page) -> None:
    """Stop the clock of the page: its timers fire only during `page.clock.run_for`."""
    await page.clock.install()
    await page.clock.pause_at(await page.evaluate("Date.now() / 1000") + 1)


async def interview_by_taps(page: Page) -> None:
    """Answer all three questions."""
    await expect_reply(page, "您是哪一类创业者")
    await tick(page, "在校学生")
    await expect_reply(page, "您的创业项目到哪一步了")
    await tap(page, "还在想")
    await expect_reply(page, "您最想要哪方面的支持")
    await tick(page, "资金")
    await expect_reply(page, DONE)


async def forget(page: Page) -> None:
    """Erase everything and confirm."""
    await page.click("#menu summary")
    await page.click("button[value='c:forget']")
    await page.click("#sheet .yes")
    await expect_reply(page, "已经全部删除")


async def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than the screen."""
    wide: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide


async def bubbles(page: Page) -> list[str]:
    """Return the texts of all messages in order."""
    return await page.locator(".bubble:not(.typing)").all_inner_texts()
