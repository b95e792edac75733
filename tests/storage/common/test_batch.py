"""The rows of a batch, and the caches of sessions as JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.domain.json_codec import dump
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Session, Utterance
from bot.service.ports import Incoming
from bot.storage.common.batch import (
    CACHED,
    BatchWrites,
    clear_conversions,
    deliveries,
    parse_session,
)


def written(session: Session) -> str:
    """Return the JSON that a turn with this session writes."""
    writes = BatchWrites()
    incoming = Incoming("web:a", "1", Utterance(text="x"), datetime(2026, 1, 1, tzinfo=UTC))
    writes.add(deliveries([incoming])[0], Turn(session, ()))
    return writes.sessions[0][1]


def test_a_forgetting_turn_stores_nothing_of_its_session() -> None:
    session = Session(asked="只在这里", focus="enrolment").with_answer("identity", ["student"])
    writes = BatchWrites()
    incoming = Incoming("web:a", "1", Utterance(text="x"), datetime(2026, 1, 1, tzinfo=UTC))
    turn = Turn(session, (Reply("再见"),), effects=Effects(forget=True))
    writes.add(deliveries([incoming])[0], turn)
    assert (writes.sessions, writes.records) == ([], [])
    assert writes.erased == {"web:a": dump(Turn(Session(), (Reply("再见"),)).record())}


def test_the_next_message_reads_the_session_that_was_written() -> None:
    session = Session(focus="enrolment", asked="学籍")
    assert parse_session(written(session)) is session


def test_after_a_deletion_no_session_stays_in_memory() -> None:
    session = Session(asked="只在这里")
    stored = written(session)
    clear_conversions()
    again = parse_session(stored)
    assert again == session
    assert again is not session


def test_the_number_of_sessions_in_memory_is_bounded() -> None:
    session = Session(asked="第一个")
    stored = written(session)
    for number in range(CACHED):
        written(Session(page=number))
    assert parse_session(stored) is not session
