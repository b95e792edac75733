"""Pages on a slow phone: `python -m bench.page`. Needs Chromium.

A 390 × 844 screen, the processor slowed four times, 150 ms round trips and 1.6 Mbit/s. The chat
page: until the first question is on the screen, then per turn, and the bytes of a whole interview
on the wire. Pages of the catalogue, each opened by a phone that has nothing in its cache: the
largest contentful paint.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from tests.channels.web.served_page import served

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ROUNDS = 3
SLOWER = 4
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
OPENINGS = 7
PAGES = {
    "全部扶持": "/supports",
    "搜索": "/supports?q=贷款",
    "一项扶持": "/supports/startup-guarantee-loan",
    "文件": "/policies/liuzhou-2016-makerspace",
    "单位": "/bureaus/教育局",
}
LARGEST = """() => new Promise(done => new PerformanceObserver(
    list => done(list.getEntries().pop().startTime)
).observe({type: "largest-contentful-paint", buffered: true}))"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass
class Round:
    """The milliseconds and bytes of one interview."""

    first: float
    turns: list[float]
    wire: int = 0


async def slow_phone(browser: Browser) -> tuple[BrowserContext, Page, CDPSession]:
    """Return a new phone, with an empty cache, its page and the connection that slows it down."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", NETWORK)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return context, page, devtools


async def largest_paint(browser: Browser, url: str) -> float:
    """Return the milliseconds until the largest content of a page was painted."""
    context, page, _ = await slow_phone(browser)
    await page.goto(url)
    await page.wait_for_timeout(500)
    milliseconds = float(await page.evaluate(LARGEST))
    await context.close()
    return milliseconds


async def interview(browser: Browser, url: str) -> Round:
    """Play an interview by taps on a new phone."""
    context, page, devtools = await slow_phone(browser)
    wire: list[int] = []
    devtools.on("Network.loadingFinished", lambda e: wire.append(int(e["encodedDataLength"])))
    await page.goto(url)
    await page.wait_for_selector(".chips")
    await page.wait_for_timeout(500)
    result = Round(await page.evaluate(PAINTED), [])
    while await choices(page):
        start = time.monotonic()
        before = await page.locator(".turn").count()
        await answer(page)
        await page.locator(".turn").nth(before).wait_for()
        await page.locator(".typing").wait_for(state="detached")
        result.turns.append((time.monotonic() - start) * 1000)
    result.wire = sum(wire)
    await context.close()
    return result


async def choices(page: Page) -> int:
    """Return the number of choices of the pending question."""
    return await page.locator(".turn:last-child [value^='a:']").count()


async def answer(page: Page) -> None:
    """Give the first answer: tick it where several can be ticked."""
    ticks = page.locator(".turn:last-child .tick")
    if await ticks.count():
        await ticks.first.click()
        await page.locator(".turn:last-child .done").click()
    else:
        await page.locator(".turn:last-child .chip[value^='a:']").first.click()


async def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as service:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            rounds = [await interview(browser, service.url) for _ in range(ROUNDS)]
            paints = {
                name: [
                    await largest_paint(browser, f"{service.url}{path}") for _ in range(OPENINGS)
                ]
                for name, path in PAGES.items()
            }
            await browser.close()
    turns = [ms for one in rounds for ms in one.turns]
    first = statistics.median(one.first for one in rounds)
    print(f"第一个问题出现（慢 4G、4 倍慢的手机）：{first:.0f} ms")
    print(f"之后每轮（中位）：{statistics.median(turns):.0f} ms，{len(rounds[0].turns)} 轮")
    print(f"整个问答经过网络：{statistics.median(r.wire for r in rounds) / 1000:.1f} kB")
    for name, ms in paints.items():
        print(
            f"{name}：最大内容出现 {statistics.median(ms):.0f} ms（{min(ms):.0f}–{max(ms):.0f}）"
        )


if __name__ == "__main__":
    asyncio.run(main())
