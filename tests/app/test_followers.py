"""`serve` as a real process tells a follower in Telegram what a save changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import TOKEN, BotApi, message, press
from tests.content.sample_folder import VENUE, edit
from tests.content.sample_knowledge import playable
from tests.serve_process import Home, served

FOLLOWER, READER = 42, 43


async def test_a_saved_change_is_told_once_to_who_tapped_the_button(
    tmp_path: Path, cache: Path
) -> None:
    api, folder = BotApi(), playable(tmp_path / "knowledge")
    async with serving(api.routes()) as url:
        more = f"telegram: {{base_url: '{url}'}}\nreload: {{effects: false}}\n"
        home = Home.made(tmp_path / "home", cache, more, knowledge=folder)
        with served(home, {"POLICYBOT_TELEGRAM__TOKEN": TOKEN}) as service:
            api.push(message(1, "场地补助", FOLLOWER), message(2, "场地补助", READER))
            await api.until(lambda: bool(api.texts(FOLLOWER) and api.texts(READER)))
            assert "c:follow:venue-grant" in str(api.calls_of("sendMessage"))
            api.push(press(3, "c:follow:venue-grant", FOLLOWER))
            await api.until(lambda: len(api.texts(FOLLOWER)) == 2)
            edit(folder, VENUE, "summary: 开办空间，最多补5万", "summary: 开空间，最多补5万")
            await api.until(lambda: len(api.texts(FOLLOWER)) == 3)
            # The next answer shows that nothing was sent in between.
            api.push(message(4, "你好", READER), message(5, "你好", FOLLOWER))
            await api.until(lambda: len(api.texts(FOLLOWER)) == 4 and len(api.texts(READER)) == 2)
            assert await asyncio.to_thread(service.stop) == 0
    told = [text for text in api.texts(FOLLOWER) if "内容改了" in text]
    assert told == [api.texts(FOLLOWER)[2]]
    assert "内容改了" not in str(api.texts(READER))
    assert api.violations == []
