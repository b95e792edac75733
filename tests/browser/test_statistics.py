"""The numbers page in a phone-sized browser: accessible, fits the screen, needs no script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from bot.channels.web.app import build_web
from bot.service.count_port import CountKind
from tests.browser.steps import sideways
from tests.browser.test_access import SMALL_TARGETS, violations
from tests.channels.web.running_server import running
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.core.small_knowledge import knowledge

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Phone = Callable[..., Awaitable[BrowserContext]]


async def many(first: str, end: str) -> Mapping[tuple[CountKind, str], int]:
    """Return figures of every kind."""
    known = knowledge()
    ended = dict.fromkeys(("answer", "clarify", "out_of_scope"), 25)
    return {
        (CountKind.STARTED, ""): 12_345,
        **{(CountKind.OUTCOME, name): number for name, number in ended.items()},
        **{(CountKind.SUPPORT, support): 60 for support in known.supports},
        **{(CountKind.TOPIC, topic): 15 for topic in known.signposts},
    }


@pytest_asyncio.fixture(loop_scope="session")
async def figures(phone: Phone) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Yield a function that opens the numbers page. Afterwards fail on script errors and on
    violations of the content security policy."""
    faults: list[str] = []
    known = knowledge()
    deps = replace(scripted_deps(ScriptedGuide()), knowledge=lambda: known, count_sums=many)

    with running(build_web(deps)) as url:

        async def open_page(**options: object) -> Page:
            page = await (await phone((360, 740), **options)).new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console",
                lambda line: faults.append(line.text) if "Security" in line.text else None,
            )
            await page.goto(f"{url}/stats")
            return page

        yield open_page
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_the_page_fits_the_screen(
    figures: Callable[..., Awaitable[Page]], scheme: str
) -> None:
    page = await figures(color_scheme=scheme)
    for period in ("按周看", "按月看"):
        await page.get_by_role("link", name=period).click()
        await expect(page.locator("[aria-current=page]")).to_have_text(period)
        await expect(page.locator(".plot rect")).to_have_count(36)
        assert await violations(page, worst=("moderate", "serious", "critical")) == [], period
        assert await page.evaluate(SMALL_TARGETS, 44) == [], period
        assert await sideways(page) <= 0, period
        await page.evaluate("document.documentElement.classList.add('huge')")
        assert await sideways(page) <= 0, period


async def test_the_figures_need_no_script(figures: Callable[..., Awaitable[Page]]) -> None:
    page = await figures(java_script_enabled=False)
    await page.get_by_role("link", name="按月看").click()
    await expect(page.locator("table").first).to_contain_text("12345")
    await page.locator("#supports + table a").first.click()
    await expect(page.locator("h1")).not_to_have_text("大家都问了什么")
