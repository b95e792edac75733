"""Count turns for the statistics of the admin page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.app import composition
from bot.channels.common.logging import log_fault
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.errors import StoreError
from bot.service.count_port import CountStore
from bot.service.daily_counts import Tally
from bot.service.ports import Incoming, Step

# Seconds between two times that the counts are stored.
STORE_EVERY = 10.0


def counted(step: Step, tally: Tally, knowledge: Callable[[], Knowledge]) -> Step:
    """Return the step function, which also counts each turn."""

    def counting(session: Session, incoming: Incoming) -> Turn:
        turn = step(session, incoming)
        zone = ZoneInfo(knowledge().locality.time_zone)
        day = incoming.received_at.astimezone(zone).date().isoformat()
        tally.add(session, incoming, turn, day)
        return turn

    return counting


async def store_counts(
    tally: Tally,
    store: CountStore,
    knowledge: Callable[[], Knowledge],
    clock: Callable[[], datetime] = composition.now,
) -> None:
    """Store the counts once; a fault of the store is logged, and they are stored next time."""
    now = clock().astimezone(ZoneInfo(knowledge().locality.time_zone))
    began = datetime.combine(now.date(), time(), now.tzinfo)
    try:
        await tally.store(store, now.date().isoformat(), began)
    except StoreError as error:
        log_fault("counts_not_stored", error)


async def keep_counts(tally: Tally, store: CountStore, knowledge: Callable[[], Knowledge]) -> None:
    """Store the counts every few seconds, until cancelled."""
    while True:
        await asyncio.sleep(STORE_EVERY)
        await store_counts(tally, store, knowledge)
