"""`python -m bot mcp`: the tools for other assistants, over the knowledge that is live."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bot.app import composition
from bot.app.server import first_base
from bot.channels.common.logging import configure_logging, libraries_logged
from bot.channels.mcp.request_limit import RequestLimit
from bot.channels.mcp.server import PATH, build_server, http_app, serve_stdio
from bot.channels.mcp.tools import Tools
from bot.channels.web.http.address import address_key
from bot.channels.web.http.server import listen, local_url
from bot.config import Settings
from bot.config.settings import Address
from bot.content.live.last_good_copy import choose_folder
from bot.content.live.reload import Live, watch
from bot.core.dialogue.manager import KnowledgeBase
from bot.errors import ConfigError


def serve_tools(settings: Settings, home: Path, http: Address | None) -> int:
    """Serve the tools until the client leaves (standard input and output), or at an HTTP address
    until SIGTERM or Ctrl-C. Return the exit code. Raises PolicyBotError if it cannot start."""
    names = host_names(settings, http) if http else []
    configure_logging(settings.log.level)
    with libraries_logged():
        return asyncio.run(_serve(settings, home, http, names))


async def _serve(
    settings: Settings, home: Path, http: Address | None, names: Sequence[str]
) -> int:
    first = await asyncio.to_thread(first_base, settings.knowledge, home)
    live: Live[KnowledgeBase] = Live(
        first, lambda: composition.fresh_base(settings.knowledge, home, live())
    )
    tools = Tools(live, composition.today, settings.limits.text_chars)
    server = build_server(tools)
    async with _kept_live(settings, home, live):
        if http is None:
            await serve_stdio(server)
            return 0
        app = http_app(
            server,
            hosts=names,
            origins=[settings.public_url] if settings.public_url else [],
            body_bytes=settings.limits.body_bytes,
        )
        app.add_middleware(
            RequestLimit,
            per_minute=settings.limits.address_per_minute,
            key=address_key,
            clock=time.monotonic,
            refusal=lambda: live().knowledge.say("channel_busy"),
        )
        addresses = [(http.host, http.port)]
        return await listen(app, addresses, settings.trusted_proxies, _announce)


@contextlib.asynccontextmanager
async def _kept_live(
    settings: Settings, home: Path, live: Live[KnowledgeBase]
) -> AsyncIterator[None]:
    """Reload the knowledge after a save while the context is open."""
    if not settings.reload.enabled:
        yield
        return
    task = asyncio.create_task(_reload(settings, home, live), name="reload")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _reload(settings: Settings, home: Path, live: Live[KnowledgeBase]) -> None:
    def report(swapped: bool, seconds: float) -> None:
        log = structlog.get_logger()
        if swapped:
            log.info("knowledge_live", version=live().knowledge.version, seconds=round(seconds, 2))
        else:
            log.error("knowledge_refused", problems=len(live.problems))

    if choose_folder(settings.knowledge, home) != settings.knowledge:
        # A change since the last check: the copy answers until it has passed.
        await live.refresh()
    await watch(settings.knowledge, live, settings.reload.settle_ms, report)


def host_names(settings: Settings, http: Address) -> list[str]:
    """Return the values of Host under which the server is reached, apart from this machine.

    Raises ConfigError for an address of every network interface without a public address: it says
    under which name clients come.
    """
    names = []
    if settings.public_url:
        names.append(urlsplit(settings.public_url).netloc)
    try:
        address = ip_address(http.host)
    except ValueError:
        names += [http.host, f"{http.host}:*"]
        return names
    if address.is_unspecified and not names:
        raise ConfigError(
            [
                f"--http {http}：要让别的机器连，请在设置里写 public_url，"
                "或者在这里写这台机器的地址。只给本机用写 127.0.0.1"
            ]
        )
    if not address.is_unspecified:
        host = f"[{address}]" if address.version == 6 else str(address)
        names += [host, f"{host}:*"]
    return names


def _announce(addresses: Sequence[tuple[str, int]]) -> None:
    for host, port in addresses:
        print(f"MCP 工具已启动：{local_url(host, port).rstrip('/')}{PATH}，停止请按 Ctrl-C。")
    sys.stdout.flush()
