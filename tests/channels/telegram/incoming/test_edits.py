"""Edited messages over the channel, with the real dialogue and a real store."""

from __future__ import annotations

from typing import Any

import pytest

from bot.app import composition
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Session
from tests.channels.telegram.bot_api_server import edit, message, press
from tests.channels.telegram.fake_telegram import TelegramSetup, telegram_setup

PRIVATE: dict[str, Any] = {}
GROUP: dict[str, Any] = {"chat": {"id": 42, "type": "supergroup"}}
BOTH = pytest.mark.parametrize("chat", [PRIVATE, GROUP], ids=["private", "group"])


def addressed(text: str, chat: dict[str, Any]) -> str:
    """Return the text as it is sent to the bot in this chat."""
    return f"@LiuchuangBot {text}" if chat else text


async def session(setup: TelegramSetup) -> Session:
    """Return the stored session of the chat; a new one if it was forgotten."""
    return await setup.store.peek("telegram:42") or Session()


async def started(setup: TelegramSetup, chat: dict[str, Any], *texts: str) -> None:
    """Start an interview and send these texts as messages 101, 102, …, each after a reply to the
    one before: a turn that forgets drops the replies that still wait."""
    updates = [press(1, "c:start")]
    updates += [message(n, addressed(text, chat), **chat) for n, text in enumerate(texts, 101)]
    for update in updates:
        await delivered(setup, update)


async def delivered(setup: TelegramSetup, update: dict[str, Any]) -> None:
    """Deliver an update and return when a reply has been sent."""
    sent = len(setup.api.texts(42))
    assert (await setup.deliver(update)).status_code == 200
    await setup.api.until(lambda: len(setup.api.texts(42)) > sent)


async def silent_after(setup: TelegramSetup, update: dict[str, Any]) -> None:
    """Deliver an update and check that it is no turn."""
    before, turns = await session(setup), await setup.store.recent("telegram:42", 99)
    assert (await setup.deliver(update)).status_code == 200
    assert await session(setup) == before
    assert await setup.store.recent("telegram:42", 99) == turns


@BOTH
@pytest.mark.parametrize("text", ["1", "开网店能贷款吗", "忘记我", "重来"])
async def test_a_reaction_does_nothing(
    base: KnowledgeBase, chat: dict[str, Any], text: str
) -> None:
    async with telegram_setup(webhook=True, step=composition.step_over(lambda: base)) as setup:
        await started(setup, chat, "1", text)
        for number in (201, 202):
            await silent_after(setup, edit(number, 102, addressed(text, chat), **chat))


@BOTH
async def test_an_edited_answer_corrects_the_old_answer(
    base: KnowledgeBase, chat: dict[str, Any]
) -> None:
    async with telegram_setup(webhook=True, step=composition.step_over(lambda: base)) as setup:
        await started(setup, chat, "1", "1")
        for number, text, identity in ((201, "2", "graduate"), (202, "3", "returnee")):
            await setup.deliver(edit(number, 101, addressed(text, chat), **chat))
            profile = (await session(setup)).profile
            assert profile == {"identity": (identity,), "stage": ("idea",)}
        await setup.deliver(edit(203, 101, addressed("1", chat), **chat))
        assert (await session(setup)).profile["identity"] == ("student",)


@BOTH
async def test_an_edited_question_is_answered_anew(
    base: KnowledgeBase, chat: dict[str, Any]
) -> None:
    async with telegram_setup(webhook=True, step=composition.step_over(lambda: base)) as setup:
        await started(setup, chat, "1", "开网店能贷款吗")
        before = await session(setup)
        await setup.deliver(edit(201, 102, addressed("休学创业能保留学籍吗", chat), **chat))
        await setup.api.until(lambda: any("保留学籍" in t for t in setup.api.texts(42)))
        assert (await session(setup)).answers == before.answers


async def test_an_edit_after_an_unclear_one_still_corrects_the_answer(
    base: KnowledgeBase,
) -> None:
    async with telegram_setup(webhook=True, step=composition.step_over(lambda: base)) as setup:
        await started(setup, PRIVATE, "1")
        await setup.deliver(edit(201, 101, "刚注册"))
        assert (await session(setup)).profile == {"identity": ("student",)}
        await setup.deliver(edit(202, 101, "2"))
        assert (await session(setup)).profile == {"identity": ("graduate",)}


@pytest.mark.parametrize("text", ["1", "开网店能贷款吗"])
async def test_an_edit_of_an_unknown_message_does_nothing(base: KnowledgeBase, text: str) -> None:
    async with telegram_setup(webhook=True, step=composition.step_over(lambda: base)) as setup:
        await started(setup, PRIVATE, "1")
        await silent_after(setup, edit(201, 55, text))


async def test_a_message_and_its_edit_in_one_batch_are_two_turns(base: KnowledgeBase) -> None:
    async with telegram_setup(step=composition.step_over(lambda: base)) as setup:
        setup.api.push(press(1, "c:start"), message(2, "1"), edit(3, 2, "2"), edit(4, 2, "2"))
        await setup.api.until(lambda: 5 in setup.api.offsets)
        assert (await session(setup)).profile == {"identity": ("graduate",)}
