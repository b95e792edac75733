"""Make the screenshots of the README: `python docs/screenshots.py`. Needs Chromium.

Starts `python -m bot serve` on a free loopback port with a store of its own, plays a short
conversation on a phone-sized page and writes three PNG files to `docs/images/`: the first screen,
an answer, and the result card. `CHROMIUM` names the browser (default /usr/bin/chromium).
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# CSS pixels of a common phone; the scale keeps the three files below 400 kB.
PHONE = {"width": 360, "height": 740}
SCALE = 4 / 3
QUESTION = "休学创业能保留学籍吗"
ANSWERS = ("a:identity:student", "a:stage:idea", "a:needs:funding", "a:district:liubei")


@contextmanager
def service() -> Iterator[str]:
    """Run the service; yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        own = {
            "POLICYBOT_LISTEN": "127.0.0.1:0",
            "POLICYBOT_STORE": f"sqlite:///{folder}/bot.db",
            "POLICYBOT_SECRET": "only for the screenshots of the documentation",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        try:
            output = process.stdout or ()
            lines = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in output)
            yield next(found[0] for found in lines if found)
        finally:
            process.terminate()
            process.communicate(timeout=20)


async def settled(page: Page) -> None:
    """Wait until the last reply is shown."""
    await page.locator(".typing").wait_for(state="detached")
    await page.wait_for_timeout(300)


async def shot(page: Page, name: str) -> None:
    """Write what the phone shows."""
    await page.screenshot(path=IMAGES / f"{name}.png")


async def conversation(page: Page) -> None:
    """Take the three screenshots."""
    await page.locator(".chips").first.wait_for()
    await shot(page, "first-screen")
    await page.fill("#text", QUESTION)
    await page.press("#text", "Enter")
    await settled(page)
    await page.locator(".turn:last-child").evaluate("turn => turn.scrollIntoView(true)")
    await page.wait_for_timeout(300)
    await shot(page, "answer")
    await page.locator("#strip").click()
    await settled(page)
    for answer in ANSWERS:
        choice = page.locator(f".turn:last-child [value='{answer}']")
        if not await choice.count():
            continue  # the question has told it already
        several = await choice.get_attribute("type") == "checkbox"
        await choice.click()
        if several:
            await page.locator(".turn:last-child .done").click()
        await settled(page)
    await page.goto(f"{page.url.rstrip('/')}/card")
    await page.locator("#card").wait_for()
    await shot(page, "result-card")


async def main() -> None:
    """Start the service and the browser, and write the files."""
    IMAGES.mkdir(exist_ok=True)
    with service() as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            context = await browser.new_context(
                viewport=PHONE,  # type: ignore[arg-type]  # a TypedDict of the library
                device_scale_factor=SCALE,
                has_touch=True,
                is_mobile=True,
                locale="zh-CN",
                reduced_motion="reduce",
            )
            page = await context.new_page()
            await page.goto(url)
            await conversation(page)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
