"""A WeChat channel connected to an emulated platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.channels.wechat.messages import PlaceReader, no_place
from bot.channels.wechat.passive_reply import Push
from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings
from tests.channels.fake_guide import FakeGuide, MemoryNotes, now
from tests.channels.messenger_phrases import phrases
from tests.channels.sockets import serving
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, TOKEN, Platform


def fixed_bytes(size: int) -> bytes:
    """Return the same bytes in every run, in place of random ones."""
    return b"r" * size


@asynccontextmanager
async def account(
    guide: FakeGuide,
    notes: MemoryNotes | None = None,
    *,
    sealed: bool = False,
    tappable: bool = False,
    budget: float = 60.0,
    push: Push | None = None,
    user_per_minute: int = 0,
    picture: str = "",
    district_in: PlaceReader = no_place,
) -> AsyncIterator[Platform]:
    """Serve an account and yield the platform's side of it."""
    settings = WeChatSettings(
        TOKEN,
        APP_ID,
        AES_KEY if sealed else "",
        tappable,
        budget,
        user_per_minute=user_per_minute,
        picture=picture,
    )
    channel = WeChatChannel(
        guide, notes or MemoryNotes(), phrases, settings, now, fixed_bytes, push, district_in
    )
    async with serving(channel.routes()) as url, httpx.AsyncClient(timeout=60) as client:
        yield Platform(f"{url}/wechat", client, sealed)
        guide.gate.set()
        await channel.stop()


@pytest.fixture(params=[False, True], ids=["plain", "sealed"])
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    """Serve an account in either mode; its guide repeats the utterance."""
    async with account(FakeGuide(), sealed=request.param) as platform:
        yield platform
