"""The chat in a frame of another site, in Chromium."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest
from playwright.async_api import BrowserContext, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from tests.channels.web.running_server import running
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
# The policy of a careful site: it names what it embeds.
Phone = Callable[..., Awaitable[BrowserContext]]
POLICY = "default-src 'none'; script-src {site}; frame-src {site}"


@pytest.fixture
def host() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of another site and its page, which the test fills in."""
    served: list[str] = []

    async def page(request: Request) -> HTMLResponse:
        site, html = served
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY.format(site=site)})

    with running(Starlette(routes=[Route("/", page)])) as url:
        # For a browser, localhost is another site than 127.0.0.1.
        yield url.replace("127.0.0.1", "localhost"), served


def page_of(site: str, body: str) -> list[str]:
    """Return a site and the page that embeds it."""
    return [
        site,
        f'<!doctype html><html lang="zh-CN"><title>空间</title><main><h1>首页</h1>{body}</main>',
    ]


def site_for(*origins: str) -> tuple[ScriptedGuide, Starlette]:
    """Return a web service that these sites may embed."""
    guide = ScriptedGuide()
    settings = WebSettings(user_per_minute=0, address_per_minute=0, embed_origins=origins)
    return guide, build_web(scripted_deps(guide, settings))


async def opened(phone: Phone, url: str) -> Page:
    page = await (await phone()).new_page()
    await page.goto(url)
    return page


async def test_a_question_is_answered_in_the_frame_of_an_allowed_site(
    phone: Phone, host: tuple[str, list[str]]
) -> None:
    address, served = host
    guide, web = site_for(address)
    with running(web) as site:
        served += page_of(site, f'<script src="{site}/static/embed.js"></script>')
        page = await opened(phone, address)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        button = page.get_by_role("button", name="问创业扶持政策")
        await button.click()
        chat = page.frame_locator("#lct-frame")
        await chat.locator("#text").fill("场地能免费吗")
        await chat.locator("#text").press("Enter")
        await expect(chat.locator(".turn:last-child .bot .bubble").last).to_contain_text(
            "您说的是“场地能免费吗”"
        )
        await chat.locator("#text").fill("还有呢")
        await chat.locator("#text").press("Enter")
        await expect(chat.locator(".turn:last-child .bot .bubble").last).to_contain_text("还有呢")
        # Both messages are of one conversation, without any cookie.
        assert len({conv for conv, *_ in guide.taken}) == 1
        assert await page.context.cookies() == []
        await page.keyboard.press("Escape")
        await expect(page.locator("#lct-panel")).to_be_hidden()
        await expect(button).to_be_focused()
        assert faults == []


async def test_a_question_sent_before_the_scripts_have_loaded_is_answered(
    phone: Phone, host: tuple[str, list[str]]
) -> None:
    address, served = host
    guide, web = site_for(address)
    with running(web) as site:
        served += page_of(site, f'<iframe src="{site}/embed"></iframe>')
        context = await phone()
        # A slow network: the page is there, its scripts are not.
        await context.route("**/static/chat*", lambda route: route.abort())
        page = await context.new_page()
        await page.goto(address)
        chat = page.frame_locator("iframe")
        for said in ("场地能免费吗", "还有呢"):
            await chat.locator("#text").fill(said)
            await chat.locator("#text").press("Enter")
            await expect(chat.locator(".bot .bubble").last).to_contain_text(f"您说的是“{said}”")
        await context.unroute("**/static/chat*")
        await chat.locator("#text").fill("然后呢")
        await chat.locator("#text").press("Enter")
        await expect(chat.locator(".bot .bubble").last).to_contain_text("您说的是“然后呢”")
        assert len({conv for conv, *_ in guide.taken}) == 1


@pytest.mark.parametrize("origins", [(), ("https://other.example",)], ids=["off", "another site"])
async def test_a_site_that_is_not_allowed_gets_an_empty_frame(
    phone: Phone, host: tuple[str, list[str]], origins: tuple[str, ...]
) -> None:
    address, served = host
    _, web = site_for(*origins)
    with running(web) as site:
        served += page_of(
            site, f'<iframe src="{site}/embed"></iframe><iframe src="{site}/"></iframe>'
        )
        page = await opened(phone, address)
        for frame in page.frames[1:]:
            assert await frame.locator("#text").count() == 0
            assert frame.url == "chrome-error://chromewebdata/"
