"""Requests that the WeChat channel refuses: forged, old, foreign, malformed, too large."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO

import pytest
import structlog

from bot.channels.common.logging import LINES_PER_MINUTE, configure_logging
from bot.channels.wechat.signatures import MAX_SIGNATURES, SeenSignatures
from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings
from bot.errors import ChannelError
from tests.channels.fake_guide import NOW, FakeGuide, MemoryNotes, now
from tests.channels.messenger_phrases import phrases
from tests.channels.wechat.wechat_account import account, fixed_bytes, platform
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, TOKEN, Platform, sign, xml

# a fixture from another module
__all__ = ["platform"]


async def test_a_forged_url_verification_is_refused(platform: Platform) -> None:
    platform.token = "guessed"

    assert (await platform.check("<script>")).status_code == 403


async def test_a_forged_signature_is_refused(platform: Platform) -> None:
    platform.token = "guessed"

    assert (await platform.deliver(platform.message("你好"))).status_code == 403


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_an_old_signature_is_refused(platform: Platform, minutes: int) -> None:
    platform.stamp = str(int((NOW + timedelta(minutes=minutes)).timestamp()))

    assert (await platform.check()).status_code == 403
    assert (await platform.deliver(platform.message("你好"))).status_code == 403


async def test_a_signature_of_four_minutes_ago_is_accepted(platform: Platform) -> None:
    platform.stamp = str(int((NOW - timedelta(minutes=4)).timestamp()))

    assert (await platform.deliver(platform.message("你好"))).status_code == 200


@pytest.mark.parametrize("stamp", ["", "abc", "-1", "１４０９７３５６６９", "9" * 400])
async def test_an_invalid_timestamp_is_refused(platform: Platform, stamp: str) -> None:
    platform.stamp = stamp

    assert (await platform.check()).status_code in (400, 403)


async def test_an_envelope_for_another_account_is_refused() -> None:
    async with account(FakeGuide(), sealed=True) as platform:
        platform.app_id = "wxb11529c136998cb6"

        assert (await platform.deliver(platform.message("你好"))).status_code == 403


async def test_plain_messages_are_refused_in_encrypted_mode() -> None:
    guide = FakeGuide()
    async with account(guide, sealed=True) as platform:
        plain = await platform.post(platform.message("你好"))
        both = await platform.post(
            xml({"Encrypt": "AAAA", "FromUserName": "o", "MsgType": "text", "Content": "你好"}),
            msg_signature=sign(TOKEN, "AAAA"),
        )

    assert (plain.status_code, both.status_code) == (403, 403)
    assert guide.received == []


async def test_an_encrypted_message_without_a_key_is_refused() -> None:
    async with account(FakeGuide()) as platform:
        platform.sealed = True

        assert (await platform.deliver(platform.message("你好"))).status_code == 400


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"\xff\xfe", 400), (b"<xml>", 400), (BOMB.encode(), 400),
        (b"{}", 400), (b"<xml><MsgType>text</MsgType></xml>", 400), (b"x" * 3_145_728, 413),
    ],
)  # fmt: skip
async def test_malformed_bodies_get_a_4xx(body: bytes, status: int) -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        assert (await platform.post(body)).status_code == status
        assert await platform.text("还好吗") == "听到：还好吗"


async def test_a_body_of_unknown_length_is_limited() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3 * 1024):
            yield b"x" * 1024

    async with account(FakeGuide()) as platform:
        response = await platform.client.post(
            platform.url, params=platform.query(), content=endless()
        )

    assert response.status_code == 413


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (WeChatSettings(""), "POLICYBOT_WECHAT__TOKEN"),
        (WeChatSettings(TOKEN, "", AES_KEY), "app_id"),
        (WeChatSettings(TOKEN, APP_ID, "short"), "43 个字母和数字"),
    ],
)
def test_unusable_settings_are_reported_at_start(settings: WeChatSettings, line: str) -> None:
    with pytest.raises(ChannelError, match=line):
        WeChatChannel(FakeGuide(), MemoryNotes(), phrases, settings, now, fixed_bytes)


async def test_a_seen_address_carries_no_other_message() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        sent = platform.message("休学创业")
        seen = platform.query()
        first = await platform.client.post(platform.url, params=seen, content=sent.encode())
        retry = await platform.client.post(platform.url, params=seen, content=sent.encode())
        forged = [
            await platform.client.post(platform.url, params=seen, content=body.encode())
            for body in (platform.message("我的信息", user="oVictim"), sent + " ", "")
        ]
        check = await platform.client.get(platform.url, params=seen)

    assert (first.status_code, retry.status_code) == (200, 200)
    assert retry.text == first.text
    assert {response.status_code for response in (*forged, check)} == {403}
    assert [incoming.conv for incoming in guide.received] == ["wechat:oUser"]


async def test_the_address_of_a_url_verification_carries_no_message() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        seen = platform.query(echostr="1")
        await platform.client.get(platform.url, params=seen)
        forged = await platform.client.post(
            platform.url, params=seen, content=platform.message("我的信息").encode()
        )

    assert forged.status_code == 403
    assert guide.received == []


def test_signatures_are_remembered_for_their_time_and_in_bounded_number() -> None:
    seen = SeenSignatures(600)
    assert seen.accepts("a", b"one", 0)
    assert not seen.accepts("a", b"two", 600)
    assert seen.accepts("a", b"two", 601)
    for number in range(MAX_SIGNATURES + 50):
        assert seen.accepts(f"n{number}", b"", 602)
    assert seen.size == MAX_SIGNATURES


async def test_refusals_without_end_write_few_log_lines() -> None:
    stream = StringIO()
    configure_logging(stream=stream)
    try:
        async with account(FakeGuide()) as platform:
            for _ in range(3 * LINES_PER_MINUTE):
                assert (await platform.post("<xml>")).status_code == 400
            platform.token = "guessed"
            await platform.post("<xml>")
    finally:
        structlog.reset_defaults()
    lines = [line for line in stream.getvalue().splitlines() if "wechat_refused" in line]
    assert len(lines) == LINES_PER_MINUTE + 1
    assert "the signature is wrong" in lines[-1]
