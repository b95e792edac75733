"""What a batch writes, as rows that both databases take. Made inside the transaction; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.replies import Turn
from bot.core.session import Session
from bot.service import Answered, Incoming, Step
from bot.storage import codec

Key = tuple[str, str]


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
            codec.key(incoming.conv),
            codec.key(incoming.message_id),
            codec.millis(incoming.received_at),
        )
        for index, incoming in enumerate(batch)
    ]
    if len({arrival.conv for arrival in made}) < len(made):
        raise ValueError("a batch has at most one message per conversation")
    return sorted(made, key=lambda arrival: arrival.conv)


@dataclass(slots=True)
class Rows:
    """The rows to write. `records` also holds, for the callers, what goes into `inbox`."""

    session: list[tuple[str, str, str, int]] = field(default_factory=list)
    inbox: list[tuple[str, str, str]] = field(default_factory=list)
    outbox: list[tuple[str, str, str, int]] = field(default_factory=list)
    feedback: list[tuple[str, str, bool, int]] = field(default_factory=list)
    unanswered: list[tuple[str, str, int]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    records: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def add(self, arrival: Arrival, turn: Turn) -> None:
        """Note what this turn leaves behind."""
        record = turn.record()
        self.records[arrival.key] = record
        if arrival.incoming.push:
            where = codec.channel(arrival.incoming.conv)
            self.outbox += [
                (arrival.conv, where, codec.dump(reply), arrival.at) for reply in record["replies"]
            ]
        if turn.effects.forget:
            self.forgotten.append(arrival.conv)
            return
        session = turn.session
        self.session.append(
            (arrival.conv, codec.dump(session.dump()), codec.plain(session.version), arrival.at)
        )
        self.inbox.append((*arrival.key, codec.dump(record)))
        if turn.effects.feedback is not None:
            support, useful = turn.effects.feedback
            self.feedback.append((arrival.conv, codec.key(support), useful, arrival.at))
        if turn.effects.unanswered:
            text = codec.plain(turn.effects.unanswered)
            self.unanswered.append((arrival.conv, text, arrival.at))


def step_all(new: Sequence[Arrival], sessions: Mapping[Key, str | None], step: Step) -> Rows:
    """Take every new message one step on; `sessions` has what is stored."""
    rows = Rows()
    for arrival in new:
        stored = sessions.get(arrival.key)
        session = Session.load(codec.load(stored)) if stored else Session()
        rows.add(arrival, step(session, arrival.incoming))
    return rows


def answers(
    made: Sequence[Arrival], new: Mapping[Key, Any], old: Mapping[Key, Any]
) -> list[Answered]:
    """The answers in the order in which the messages came: new ones, and what was stored."""
    return [
        Answered(new[a.key]) if a.key in new else Answered(old[a.key], duplicate=True)
        for a in sorted(made, key=lambda arrival: arrival.index)
    ]
