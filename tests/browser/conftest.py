"""Chromium, driven by Playwright.

Without Chromium the tests are skipped; where the variable CI is set they fail.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bot.channels.web.app import build_web
from tests.browser.steps import scriptless
from tests.channels.web.running_server import running
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PHONE = (390, 844)
# Milliseconds that Playwright waits for an element or an expectation. Long, since other work may
# slow the machine down.
PATIENCE = 20_000

expect.set_options(timeout=PATIENCE)

Opener = Callable[..., Awaitable[Page]]


@dataclass(frozen=True)
class Site:
    """A running web service and its guide."""

    url: str
    guide: ScriptedGuide


def unavailable(reason: str) -> None:
    """Skip the test with this reason, or fail it on CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def look_for_chromium() -> None:
    """Skip, or fail on CI, if there is no browser."""
    if not CHROMIUM.exists():
        unavailable(f"没有找到 Chromium（{CHROMIUM}）：请安装，或用环境变量 CHROMIUM 指明位置")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `browser`."""
    config.addinivalue_line("markers", "browser: needs Chromium on this machine")


@pytest.fixture
def site() -> Iterator[Site]:
    """Yield a running web service with a new guide."""
    guide = ScriptedGuide()
    with running(build_web(scripted_deps(guide))) as url:
        yield Site(url, guide)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Yield a Chromium, started once per worker."""
    look_for_chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[BrowserContext]]]:
    """Yield a factory of browser contexts, which share no storage; close them afterwards."""
    made: list[BrowserContext] = []

    async def make(size: tuple[int, int] = PHONE, **options: object) -> BrowserContext:
        width, height = size
        handheld = width < 600
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=handheld,
            is_mobile=handheld,
            locale="zh-CN",
            # Playwright taps an element once its animation has ended
            **{"reduced_motion": "reduce", **options},  # type: ignore[arg-type]  # handed on as it came
        )
        context.set_default_timeout(PATIENCE)
        made.append(context)
        return context

    yield make
    for context in made:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(
    site: Site, phone: Callable[..., Awaitable[BrowserContext]]
) -> AsyncIterator[Opener]:
    """Yield a function that opens the page. Afterwards fail on script errors, on violations of the
    content security policy, and on requests to other origins."""
    faults: list[str] = []

    async def open_page(
        size: tuple[int, int] = PHONE, context: BrowserContext | None = None, **options: object
    ) -> Page:
        page = await (context or await phone(size, **options)).new_page()
        if options.get("java_script_enabled") is False:
            scriptless.add(page)
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
