"""What a batch writes, as rows that both databases take. Made inside the transaction; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.core.domain.json_codec import dump, load
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.service.ports import Answered, Incoming, Step
from bot.storage.common import key_encoding

Key = tuple[str, str]
NEW = Session()
# Conversions of immutable values, cached because many users take the same first steps: measured
# in docs/decisions/033.
CACHED = 256


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message of a batch with its keys as the database has them."""

    index: int
    incoming: Incoming
    conv: str
    message_id: str
    at: int

    @property
    def key(self) -> Key:
        """What makes it the same message when it comes again."""
        return self.conv, self.message_id


def arrivals(batch: Sequence[Incoming]) -> list[Arrival]:
    """The batch with its keys, in key order: the order in which rows are locked. Raises
    ValueError where a conversation is in it twice."""
    made = [
        Arrival(
            index,
            incoming,
            key_encoding.key(incoming.conv),
            key_encoding.key(incoming.message_id),
            key_encoding.millis(incoming.received_at),
        )
        for index, incoming in enumerate(batch)
    ]
    if len({arrival.conv for arrival in made}) < len(made):
        raise ValueError("a batch has at most one message per conversation")
    return sorted(made, key=lambda arrival: arrival.conv)


@dataclass(slots=True)
class Rows:
    """The rows to write. `answers` also holds, for the callers, what goes into `inbox`."""

    session: list[tuple[str, str, str, int]] = field(default_factory=list)
    inbox: list[tuple[str, str, str]] = field(default_factory=list)
    outbox: list[tuple[str, str, str, int]] = field(default_factory=list)
    feedback: list[tuple[str, str, bool, int]] = field(default_factory=list)
    unanswered: list[tuple[str, str, int]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    answers: dict[Key, Answered] = field(default_factory=dict)

    def add(self, arrival: Arrival, turn: Turn) -> None:
        """Note what this turn leaves behind."""
        session, record, replies = _encoded(turn)
        self.answers[arrival.key] = Answered(turn.record(), turn.outcome)
        if arrival.incoming.push:
            where = key_encoding.channel(arrival.incoming.conv)
            self.outbox += [(arrival.conv, where, reply, arrival.at) for reply in replies]
        if turn.effects.forget:
            self.forgotten.append(arrival.conv)
            return
        version = key_encoding.plain(turn.session.version)
        self.session.append((arrival.conv, session, version, arrival.at))
        self.inbox.append((*arrival.key, record))
        if turn.effects.feedback is not None:
            support, useful = turn.effects.feedback
            self.feedback.append((arrival.conv, key_encoding.key(support), useful, arrival.at))
        if turn.effects.unanswered:
            text = key_encoding.plain(turn.effects.unanswered)
            self.unanswered.append((arrival.conv, text, arrival.at))


def step_all(new: Sequence[Arrival], sessions: Mapping[Key, str | None], step: Step) -> Rows:
    """Take every new message one step on; `sessions` has what is stored."""
    rows = Rows()
    for arrival in new:
        stored = sessions.get(arrival.key)
        rows.add(arrival, step(_session(stored) if stored else NEW, arrival.incoming))
    return rows


@lru_cache(maxsize=CACHED)
def _session(stored: str) -> Session:
    return Session.load(load(stored))


@lru_cache(maxsize=CACHED)
def _encoded(turn: Turn) -> tuple[str, str, tuple[str, ...]]:
    """Return the session, the record and each reply of the turn as JSON."""
    record = turn.record()
    replies = tuple(dump(reply) for reply in record["replies"])
    return dump(turn.session.dump()), dump(record), replies


def answers(
    made: Sequence[Arrival], new: Mapping[Key, Answered], old: Mapping[Key, str]
) -> list[Answered]:
    """The answers in the order in which the messages came: new ones, and what was stored."""
    return [
        new[a.key] if a.key in new else _again(old[a.key])
        for a in sorted(made, key=lambda arrival: arrival.index)
    ]


def _again(record: str) -> Answered:
    value = load(record)
    return Answered(value, value.get("outcome"), duplicate=True)
