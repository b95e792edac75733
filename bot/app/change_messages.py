"""Tell followers what a new knowledge changed, one message each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from bot.app import composition
from bot.channels.common.logging import log_crash, log_fault
from bot.core.dialogue.actions.answers.following import CHANGED, has_news
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Session, Utterance
from bot.errors import GuideBusy, StoreError
from bot.service.ports import Answered, Incoming

# Seconds between two looks whether other knowledge is live, and before a failed try is repeated.
LOOK_SECONDS = 5.0
RETRY_SECONDS = 60.0


class Followers(Protocol):
    """The part of the store that finds followers; see `bot.service.ports.Store`."""

    async def following(self, channel: str) -> list[str]:
        """Return the conversations that follow something."""

    async def peek(self, conv: str) -> Session | None:
        """Return the stored session."""


class Answering(Protocol):
    """The part of the guide that answers; see `bot.service.guide.Guide`."""

    async def answer(self, incoming: Incoming) -> Answered:
        """Return the answer to a message once it is durable."""


async def tell_followers(
    store: Followers, guide: Answering, base: KnowledgeBase, clock: Callable[[], datetime]
) -> int:
    """Send one message to each follower for whom this knowledge has news, through the outbox.
    Return how many were sent.

    The id of the message is that of the knowledge version: it is sent once, whichever process
    comes first and however often it is tried. Who has no news is left alone, so that the time of
    the last message stays and retention goes on. Who is erased meanwhile is not written back.
    Raises GuideBusy and StoreError.
    """
    sent = 0
    for channel in sorted(composition.PUSH_CHANNELS):
        for conv in await store.following(channel):
            session = await store.peek(conv)
            if session is None or not _has_news(base, session):
                continue
            said = Utterance(choice=f"c:{CHANGED}", confirm=True, push=True)
            message = f"{CHANGED}-{base.knowledge.version}"
            incoming = Incoming(conv, message, said, clock(), push=True, unasked=True)
            answered = await guide.answer(incoming)
            sent += not answered.duplicate
    return sent


def _has_news(base: KnowledgeBase, session: Session) -> bool:
    context = base.context(composition.today(base.knowledge), push=True)
    return has_news(context, session)


async def keep_telling(
    store: Followers,
    guide: Answering,
    live: Callable[[], KnowledgeBase],
    clock: Callable[[], datetime],
    *,
    look_seconds: float = LOOK_SECONDS,
    retry_seconds: float = RETRY_SECONDS,
) -> None:
    """Tell followers at the start and whenever other knowledge is live. Run until cancelled."""
    told: KnowledgeBase | None = None
    while True:
        base = live()
        if base is not told:
            try:
                sent = await tell_followers(store, guide, base, clock)
            except (GuideBusy, StoreError) as error:
                log_fault("followers_wait", error)
                await asyncio.sleep(retry_seconds)
                continue
            except Exception as error:  # a fault of ours: the next knowledge tries again
                log_crash("followers_failed", error)
                sent = 0
            told = base
            if sent:
                structlog.get_logger().info("followers_told", messages=sent)
        await asyncio.sleep(look_seconds)
