"""The rows that a batch writes, in a form that both databases accept. Pure: no I/O."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from bot.core.domain.json_codec import dump, load
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Session
from bot.service.ports import Answered, Incoming, OutboxItem, Step
from bot.storage.common import key_encoding

log = logging.getLogger(__name__)

# What parsing a damaged row raises.
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)

MessageKey = tuple[str, str]

# Conversions of immutable values, cached because many users take the same first steps: measured
# in docs/decisions/033.
CACHED = 256
# The key of the thread in the JSON of a reply in the outbox.
THREAD = "thread"
# The last CACHED sessions that were read or written, by their JSON.
_sessions: OrderedDict[str, Session] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of a batch with its keys as stored. `position`: its index in the batch; `at`:
    when it was received, in milliseconds since 1970 (UTC)."""

    position: int
    incoming: Incoming
    conv: str
    message_id: str
    at: int

    @property
    def key(self) -> MessageKey:
        """Return the primary key of the message."""
        return self.conv, self.message_id


def deliveries(batch: Sequence[Incoming]) -> list[Delivery]:
    """Return the batch with its keys, in key order: the order in which rows are locked.

    Raises ValueError if the batch has two messages of one conversation.
    """
    found = [
        Delivery(
            position,
            incoming,
            key_encoding.key(incoming.conv),
            key_encoding.key(incoming.message_id),
            key_encoding.millis(incoming.received_at),
        )
        for position, incoming in enumerate(batch)
    ]
    if len({delivery.conv for delivery in found}) < len(found):
        raise ValueError("a batch has at most one message per conversation")
    return sorted(found, key=lambda delivery: delivery.conv)


@dataclass(slots=True)
class BatchWrites:
    """The rows to write, one list per table; `erased`: conversations to delete before that,
    each with the record of the turn that did it; `entries` and `withdrawn`: of the inbox, the
    latter to be deleted before the former are added.
    `sent`: the acknowledged replies. `direct`: the replies to hand out, by conversation; `handed`:
    the ids of those that no older reply precedes. `answers` are for the callers."""

    sessions: list[tuple[str, str, str, int]] = field(default_factory=list)
    records: list[tuple[str, str, str]] = field(default_factory=list)
    outbox: list[tuple[str, str, str, int, int]] = field(default_factory=list)
    feedback: list[tuple[str, str, bool, int]] = field(default_factory=list)
    entries: list[tuple[str, str, str, str, str, str, int]] = field(default_factory=list)
    withdrawn: list[tuple[str, str, str, str]] = field(default_factory=list)
    erased: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, int]] = field(default_factory=list)
    direct: dict[str, tuple[Delivery, tuple[Reply, ...]]] = field(default_factory=dict)
    handed: dict[str, list[int]] = field(default_factory=dict)
    answers: dict[MessageKey, Answered] = field(default_factory=dict)

    def add(self, delivery: Delivery, turn: Turn) -> None:
        """Add the rows and the answer of this turn."""
        conv, at = delivery.conv, delivery.at
        session, record, replies = _encoded(turn)
        _keep_session(session, turn.session)
        self.answers[delivery.key] = Answered(turn, turn.outcome, forgotten=turn.effects.forget)
        if delivery.incoming.push:
            channel = key_encoding.channel(delivery.incoming.conv)
            thread = delivery.incoming.thread
            first = len(self.outbox)
            if delivery.incoming.direct and replies:
                self.direct[conv] = delivery, turn.replies
            self.outbox += [
                (
                    conv,
                    channel,
                    _addressed(reply, thread) if thread else reply,
                    at,
                    # The time from which the lease of a reply that is handed out counts.
                    at if conv in self.direct and n == first else 0,
                )
                for n, reply in enumerate(replies, first)
            ]
        if turn.effects.forget:
            # Whatever the turn says: nothing of the session may stay.
            farewell = Turn(Session(), turn.replies, outcome=turn.outcome)
            self.erased[conv] = dump(farewell.record())
            return
        version = key_encoding.plain(turn.session.version)
        self.sessions.append((conv, session, version, at))
        self.records.append((*delivery.key, record))
        if turn.effects.feedback is not None:
            support, useful = turn.effects.feedback
            self.feedback.append((conv, key_encoding.key(support), useful, at))
        self._add_entries(conv, turn.effects, at)

    def _add_entries(self, conv: str, effects: Effects, at: int) -> None:
        """Add what a turn puts into the inbox, and what it withdraws from it."""
        plain, key = key_encoding.plain, key_encoding.key
        for e in effects.withdrawn:
            self.withdrawn.append((conv, e.kind.value, plain(e.text), key(e.subject)))
        for e in effects.entries:
            texts = plain(e.text), key(e.subject), plain(e.reason)
            self.entries.append((conv, e.kind.value, *texts, e.day, at))

    def hand_out(self) -> None:
        """Put the replies in `handed` into their answers."""
        for conv, ids in self.handed.items():
            delivery, replies = self.direct[conv]
            incoming = delivery.incoming
            items = tuple(
                OutboxItem(id_, incoming.conv, reply, 0, incoming.thread)
                for id_, reply in zip(ids, replies, strict=True)
            )
            self.answers[delivery.key] = replace(self.answers[delivery.key], handed=items)


def step_all(
    new: Sequence[Delivery], sessions: Mapping[MessageKey, str | None], step: Step
) -> BatchWrites:
    """Run the step for every new message; `sessions` has the stored session as JSON, if any."""
    writes = BatchWrites()
    for delivery in new:
        stored = sessions.get(delivery.key)
        session = parse_session(stored) if stored else Session()
        writes.add(delivery, step(session, delivery.incoming))
    return writes


def parse_session(stored: str) -> Session:
    """Return the stored session; a new one if the row is damaged, because a conversation must not
    fail for ever."""
    session = _sessions.get(stored)
    if session is None:
        try:
            session = Session.load(_object(stored))
        except _UNREADABLE:
            log.error("a stored session cannot be read; its conversation begins anew")
            return Session()
    _keep_session(stored, session)
    return session


def _keep_session(stored: str, session: Session) -> None:
    """Cache a session by its JSON: the next message of its conversation needs it."""
    _sessions[stored] = session
    _sessions.move_to_end(stored)
    if len(_sessions) > CACHED:
        _sessions.popitem(last=False)


def record_or_none(stored: str) -> dict[str, Any] | None:
    """Return the stored record of a turn, None if the row is damaged."""
    try:
        record = _object(stored)
        for reply in record["replies"]:
            Reply.load(reply)
    except _UNREADABLE:
        log.error("a stored record cannot be read; its reply is not repeated")
        return None
    return record


def _object(stored: str) -> dict[str, Any]:
    """Return a stored JSON object. Raises ValueError for anything else."""
    found = load(stored)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


@lru_cache(maxsize=CACHED)
def _encoded(turn: Turn) -> tuple[str, str, tuple[str, ...]]:
    """Return the session, the record and each reply of the turn as JSON."""
    record = turn.record()
    replies = tuple(dump(reply) for reply in record["replies"])
    return dump(turn.session.dump()), dump(record), replies


def _addressed(reply: str, thread: str) -> str:
    """Return a reply, as JSON, with its thread; `Reply.load` ignores that key."""
    return dump({**load(reply), THREAD: thread})


def outbox_item(id_: int, conv: str, stored: str, attempts: int) -> OutboxItem | None:
    """Return the item of an outbox row, None if the row is damaged."""
    try:
        values = _object(stored)
        reply = Reply.load(values)
    except _UNREADABLE:
        log.error("a stored reply cannot be read; it is deleted")
        return None
    thread = str(values.get(THREAD, ""))
    return OutboxItem(id_, key_encoding.unkey(conv), reply, attempts, thread)


def answers(batch: Sequence[Delivery], known: Mapping[MessageKey, Answered]) -> list[Answered]:
    """Return the answers in the order of the batch."""
    return [known[d.key] for d in sorted(batch, key=lambda delivery: delivery.position)]


def duplicate(stored: str, *, forgotten: bool = False) -> Answered:
    """Return the answer of a message that was processed before, from its stored record."""
    record = record_or_none(stored) or {"replies": []}
    return Answered(record, record.get("outcome"), duplicate=True, forgotten=forgotten)


def clear_conversions() -> None:
    """Remove the cached conversions, which hold what people said."""
    _sessions.clear()
    _encoded.cache_clear()
