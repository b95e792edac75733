"""No log line contains a secret or text of a user, whatever fails."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import httpx
import pytest
import structlog

from bot.channels.common.guide_port import GuidePort
from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings
from bot.core.domain.replies import Reply
from bot.service.ports import Incoming
from tests.channels.fake_guide import MemoryNotes, now
from tests.channels.messenger_phrases import phrases
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import (
    SECRET,
    TOKEN,
    BotApi,
    Call,
    Fault,
    message,
    press,
)
from tests.channels.telegram.fake_telegram import counting_step, telegram_setup
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, Platform
from tests.channels.wechat.wechat_platform import TOKEN as WECHAT_TOKEN

PRIVATE = "我欠了三十万"
REPLY = "您的秘密答案"


def answers(incoming: Incoming) -> Sequence[Reply]:
    """Return a private reply, or fail with a private message."""
    if "坏" in incoming.utterance.text:
        raise RuntimeError(f"cannot read {incoming.utterance.text}")
    return [Reply(REPLY + incoming.utterance.text)]


def failures(call: Call) -> Fault | None:
    """Fail like Telegram, quoting the text of the call."""
    text = str(call.data.get("text", ""))
    if "拒" in text:
        return Fault(400, f"Bad Request: cannot parse {text}")
    if "错" in text:
        return Fault(500, f"Internal error on {text}")
    if "堵" in text:
        return Fault(403, f"Forbidden: {text}")
    return None


@pytest.mark.parametrize("webhook", [False, True])
async def test_no_log_line_contains_a_secret_or_user_text(
    webhook: bool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    texts = [PRIVATE + kind for kind in ("", "坏", "拒", "错", "堵")]
    odd = {"update_id": 99, "message": {"text": PRIVATE, "chat": PRIVATE}}
    with structlog.testing.capture_logs() as lines:
        caplog.set_level(logging.INFO)
        async with telegram_setup(
            BotApi(fault=failures), webhook=webhook, step=counting_step(answers)
        ) as setup:
            updates = [message(n, text, user=n + 1) for n, text in enumerate(texts)]
            updates += [odd, press(50, PRIVATE, user=60)]
            if webhook:
                for update in updates:
                    await setup.deliver(update)
                await setup.deliver(message(7, PRIVATE), secret="guessed-secret")
            else:
                setup.api.push(*updates)
            await setup.api.until(lambda: bool(setup.api.texts(1) and setup.api.texts(60)))
            await _use_wechat(setup.guide)
    shown = caplog.text + "".join(capfd.readouterr()) + "".join(map(str, lines))

    secrets = (TOKEN, SECRET, WECHAT_TOKEN, AES_KEY, "guessed-secret")
    for word in (PRIVATE, REPLY, "三十万", *secrets):
        assert word not in shown, word
    assert {"telegram_update_skipped", "telegram_turn_failed"} <= {line["event"] for line in lines}


async def _use_wechat(guide: GuidePort) -> None:
    settings = WeChatSettings(WECHAT_TOKEN, APP_ID)
    channel = WeChatChannel(guide, MemoryNotes(), phrases, settings, now, bytes)
    async with serving(channel.routes()) as url, httpx.AsyncClient(timeout=60) as client:
        platform = Platform(f"{url}/wechat", client)
        await platform.text(PRIVATE)
        await platform.text(PRIVATE + "坏")
        await platform.post(f"<xml>{PRIVATE}")
        platform.token = "guessed-secret"
        await platform.post(platform.message(PRIVATE))
    await channel.stop()
