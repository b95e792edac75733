"""The catalogue in a phone-sized browser: accessible, fits the screen, prints, works without
scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from bot.channels.web.app import build_web
from tests.browser.steps import sideways
from tests.browser.test_access import SMALL_TARGETS, violations
from tests.channels.web.running_server import running
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.core.small_knowledge import knowledge

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Phone = Callable[..., Awaitable[BrowserContext]]


@pytest_asyncio.fixture(loop_scope="session")
async def library(phone: Phone) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Yield a function that opens the list of supports. Afterwards fail on script errors and on
    violations of the content security policy."""
    faults: list[str] = []
    known = knowledge()
    deps = replace(scripted_deps(ScriptedGuide()), knowledge=lambda: known)

    with running(build_web(deps)) as url:

        async def open_list(**options: object) -> Page:
            page = await (await phone((360, 740), **options)).new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console",
                lambda line: faults.append(line.text) if "Security" in line.text else None,
            )
            await page.goto(f"{url}/supports")
            return page

        yield open_list
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_kind_of_page(
    library: Callable[..., Awaitable[Page]], scheme: str
) -> None:
    page = await library(color_scheme=scheme)
    supports = page.url
    policy = await page.locator('a[href^="/policies/"]').first.get_attribute("href")
    bureau = await page.locator('a[href^="/bureaus/"]').first.get_attribute("href")
    support = await page.locator('.rows a[href^="/supports/"]').first.get_attribute("href")
    await page.locator(".filters summary").click()
    for path in ("", policy, bureau, support, f"{support}/poster"):
        if path:
            await page.goto(supports.removesuffix("/supports") + path)
        assert await violations(page, worst=("moderate", "serious", "critical")) == [], path
        assert await page.evaluate(SMALL_TARGETS, 44) == [], path
        assert await sideways(page) <= 0, path
        await page.evaluate("document.documentElement.classList.add('huge')")
        assert await sideways(page) <= 0, path


async def test_typing_suggests_links_and_a_key_takes_them(
    library: Callable[..., Awaitable[Page]],
) -> None:
    page = await library()
    title = await page.locator('.rows a[href^="/supports/"]').first.text_content()
    suggested = page.locator("#suggested a")
    await expect(suggested).to_have_count(0)
    await page.locator("[name=q]").press_sequentially(title or "")
    await expect(suggested.first).to_have_text(title or "")
    assert await violations(page, worst=("moderate", "serious", "critical")) == []
    assert await page.evaluate(SMALL_TARGETS, 44) == []
    await page.locator("[name=q]").fill("")
    await expect(suggested).to_have_count(0)
    await page.locator("[name=q]").press_sequentially(title or "")
    await suggested.first.click()
    await expect(page.locator("h1")).to_have_text(title or "")


async def test_filtering_and_asking_work_without_scripts(
    library: Callable[..., Awaitable[Page]],
) -> None:
    page = await library(java_script_enabled=False)
    await page.locator(".filters summary").click()
    await page.select_option("[name=who]", "student")
    await page.get_by_role("button", name="筛选").click()
    await expect(page.locator("[name=who]")).to_have_value("student")
    title = await page.locator(".rows a").first.text_content()
    await page.locator(".rows a").first.click()
    await expect(page.locator("h1")).to_have_text(title or "")
    await page.get_by_role("button", name="问问这一项").click()
    await expect(page.locator(".bubble").last).to_contain_text("您说的是“s:")


async def test_a_poster_fits_one_sheet_of_paper(library: Callable[..., Awaitable[Page]]) -> None:
    page = await library()
    await page.locator('.rows a[href^="/supports/"]').first.click()
    await page.get_by_role("link", name="打印海报").click()
    await expect(page.locator(".qr svg")).to_be_visible()
    pdf = await page.pdf(format="A4")
    assert pdf.count(b"/Type /Page\n") == 1
