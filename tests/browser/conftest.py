"""A real browser: Debian's Chromium through Playwright.

Without one the tests say so and are skipped; where the variable CI is set they fail instead.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bot.channels.web.app import build_web
from tests.channels.web.running_server import running
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PHONE = (390, 844)

Opener = Callable[..., Awaitable[Page]]


@dataclass(frozen=True)
class Site:
    """A running web and the guide behind it."""

    url: str
    guide: ScriptedGuide


def unavailable(reason: str) -> None:
    """Say why a test cannot run; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def look_for_chromium() -> None:
    """Skip, or fail in CI, where the browser is missing."""
    if not CHROMIUM.exists():
        unavailable(f"没有找到 Chromium（{CHROMIUM}）：请安装，或用环境变量 CHROMIUM 指明位置")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, so that `-m "not browser"` can leave these tests out."""
    config.addinivalue_line("markers", "browser: needs Chromium on this machine")


@pytest.fixture
def site() -> Iterator[Site]:
    """A fresh guide and its web."""
    guide = ScriptedGuide()
    with running(build_web(scripted_deps(guide))) as url:
        yield Site(url, guide)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests."""
    look_for_chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[BrowserContext]]]:
    """Makes phones: contexts with storage of their own, closed after the test."""
    made: list[BrowserContext] = []

    async def make(size: tuple[int, int] = PHONE, **options: object) -> BrowserContext:
        width, height = size
        handheld = width < 600
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=handheld,
            is_mobile=handheld,
            locale="zh-CN",
            # Playwright waits for things to stand still before it taps them.
            **{"reduced_motion": "reduce", **options},  # type: ignore[arg-type]  # handed on as it came
        )
        context.set_default_timeout(5_000)
        made.append(context)
        return context

    yield make
    for context in made:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(
    site: Site, phone: Callable[..., Awaitable[BrowserContext]]
) -> AsyncIterator[Opener]:
    """Opens the page on a phone, and afterwards holds it to account: no script error, nothing
    that the content policy had to refuse, no request to anybody else."""
    faults: list[str] = []

    async def open_page(
        size: tuple[int, int] = PHONE, context: BrowserContext | None = None, **options: object
    ) -> Page:
        page = await (context or await phone(size, **options)).new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on(
            "console",
            lambda line: faults.append(line.text) if "Content Security" in line.text else None,
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((site.url, "blob:", "data:"))
                else faults.append(f"foreign: {request.url}")
            ),
        )
        await page.goto(site.url)
        return page

    yield open_page
    assert faults == []
