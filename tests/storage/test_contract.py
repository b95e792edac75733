"""The contract of Store, tested over SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Answer, Follow, Mode, Option, Session, Utterance
from bot.errors import StoreUnavailable
from bot.service.ports import LONGEST_PAUSE, Incoming, OutboxItem, Store
from bot.storage import store_for
from tests.echo_dialogue import NOW, PlannedBugError, echo_step, message, recorded_ids
from tests.storage.conftest import Rows

TABLES = ("session", "inbox", "outbox", "feedback", "unanswered")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def count(rows: Rows, table: str, conv: str = "") -> int:
    where = f" WHERE conv = '{conv}'" if conv else ""
    return int((await rows(f"SELECT count(*) FROM {table}{where}"))[0][0])


async def due(store: Store, late: timedelta = timedelta()) -> list[OutboxItem]:
    return await store.due("telegram", NOW + late, 100)


async def test_a_duplicate_gets_the_same_record_and_changes_nothing(store: Store) -> None:
    [first] = await store.apply([message("web:a", "1", "贷款")], echo_step)
    [again] = await store.apply([message("web:a", "1", "贷款")], echo_step)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert dict(again.record) == dict(first.record)
    assert again.replies == (Reply("1：贷款"),)
    assert recorded_ids(await store.peek("web:a")) == ["1"]


async def test_the_same_turn_of_two_users_gives_two_records(store: Store) -> None:
    shared = echo_step(Session(), message("web:a", "1"))
    batch = [message("web:a", "1"), message("web:b", "1")]
    ours, theirs = await store.apply(batch, lambda *_: shared)
    ours.record["replies"][0]["text"] = "改过"
    assert theirs.record["replies"][0]["text"] == "1：你好"
    assert shared.record()["replies"][0]["text"] == "1：你好"


async def test_a_duplicate_in_a_batch_does_not_affect_the_other_messages(store: Store) -> None:
    await store.apply([message("web:a", "1")], echo_step)
    batch = [message("web:b", "1"), message("web:a", "1"), message("web:c", "1")]
    answered = await store.apply(batch, echo_step)
    assert [a.duplicate for a in answered] == [False, True, False]


async def test_a_conversation_continues_from_its_stored_session(store: Store) -> None:
    for number in range(5):
        await store.apply([message("web:a", str(number))], echo_step)
    assert recorded_ids(await store.peek("web:a")) == ["0", "1", "2", "3", "4"]


async def test_answers_have_the_order_of_the_batch(store: Store) -> None:
    batch = [message(f"web:{user}", "1", user) for user in "zmaqb"]
    answered = await store.apply(batch, echo_step)
    assert [a.replies[0].text for a in answered] == [f"1：{user}" for user in "zmaqb"]


async def test_a_batch_with_two_messages_of_a_conversation_is_rejected(store: Store) -> None:
    with pytest.raises(ValueError, match="at most one"):
        await store.apply([message("web:a", "1"), message("web:a", "2")], echo_step)


async def test_an_exception_of_the_step_passes_through_and_nothing_is_stored(
    store: Store, rows: Rows
) -> None:
    batch = [message("telegram:a", "1", push=True), message("telegram:b", "1", "burst")]
    with pytest.raises(PlannedBugError):
        await store.apply(batch, echo_step)
    assert [await count(rows, table) for table in TABLES] == [0, 0, 0, 0, 0]
    [answered] = await store.apply(batch[:1], echo_step)
    assert not answered.duplicate


async def test_only_replies_of_push_channels_enter_the_outbox(store: Store) -> None:
    await store.apply([message("web:a", "1"), message("telegram:b", "1", push=True)], echo_step)
    assert [(i.conv, i.reply.text) for i in await due(store)] == [("telegram:b", "1：你好")]
    assert await store.due("web", NOW, 10) == []


async def test_replies_of_a_conversation_are_due_one_at_a_time_in_order(store: Store) -> None:
    for number in ("1", "2", "3"):
        await store.apply([message("telegram:a", number, push=True)], echo_step)
    sent = []
    while items := await due(store):
        sent += [item.reply.text for item in items]
        await store.sent(items[0])
    assert sent == ["1：你好", "2：你好", "3：你好"]


async def test_a_leased_reply_is_not_due_until_its_lease_ends(store: Store) -> None:
    await store.apply([message("telegram:a", "1", push=True)], echo_step)
    both = await asyncio.gather(due(store), due(store))
    assert sorted(len(items) for items in both) == [0, 1]
    assert len(await due(store, timedelta(seconds=31))) == 1


async def test_a_postponed_reply_delays_the_later_ones_of_its_conversation(store: Store) -> None:
    for conv, number in (("telegram:a", "1"), ("telegram:a", "2"), ("telegram:b", "1")):
        await store.apply([message(conv, number, push=True)], echo_step)
    first = next(item for item in await due(store) if item.conv == "telegram:a")
    await store.later(first, NOW + 4 * MINUTE)
    # The lease of b's reply has ended by then, so it is due again; a's second reply is not.
    assert [item.conv for item in await due(store, 2 * MINUTE)] == ["telegram:b"]
    later = [(item.id, item.attempts) for item in await due(store, 4 * MINUTE)]
    assert later[0] == (first.id, 1)
    assert len(later) == 2


async def test_dropping_a_reply_deletes_the_later_ones_of_its_conversation(store: Store) -> None:
    for number in ("1", "2"):
        await store.apply([message("telegram:a", number, push=True)], echo_step)
    await store.apply([message("telegram:b", "1", push=True)], echo_step)
    [first, _] = await due(store)
    await store.drop(first)
    assert [item.conv for item in await due(store, HOUR)] == ["telegram:b"]


async def test_due_returns_at_most_limit_replies_and_none_early(store: Store) -> None:
    batch = [message(f"telegram:{n}", "1", push=True) for n in range(5)]
    await store.apply(batch, echo_step)
    assert await store.due("telegram", NOW - MINUTE, 10) == []
    first = await store.due("telegram", NOW, 2)
    rest = await store.due("telegram", NOW, 10)
    assert (len(first), len({i.id for i in (*first, *rest)})) == (2, 5)


@pytest.mark.parametrize("ahead", [HOUR, timedelta(days=400)])
async def test_a_reply_stored_while_the_clock_was_ahead_is_due_after_the_correction(
    store: Store, ahead: timedelta
) -> None:
    await store.apply([message("telegram:a", "1", push=True, at=NOW + ahead)], echo_step)
    assert [item.reply.text for item in await due(store)] == ["1：你好"]


@pytest.mark.parametrize("ahead", [HOUR, timedelta(days=1)])
async def test_a_pause_set_while_the_clock_was_ahead_ends_with_the_correction(
    store: Store, ahead: timedelta
) -> None:
    await store.apply([message("telegram:a", "1", push=True)], echo_step)
    [item] = await due(store, ahead)
    await store.later(item, NOW + ahead + LONGEST_PAUSE)
    await store.apply([message("telegram:a", "2", push=True)], echo_step)
    assert [item.reply.text for item in await due(store)] == ["1：你好"]


@pytest.mark.parametrize("ahead", [HOUR, timedelta(days=1)])
async def test_a_lease_taken_while_the_clock_was_ahead_ends_with_the_correction(
    store: Store, ahead: timedelta
) -> None:
    await store.apply([message("telegram:a", "1", push=True)], echo_step)
    assert len(await due(store, ahead)) == 1
    assert len(await due(store)) == 1


def direct(conv: str, number: str) -> Incoming:
    """Return a message whose replies the caller sends itself."""
    return replace(message(conv, number, push=True), direct=True)


async def test_a_direct_message_gets_its_replies_leased(store: Store) -> None:
    asked = replace(direct("telegram:a", "1"), thread="7")
    plain, other = message("telegram:b", "1", push=True), message("web:c", "1")
    answered = await store.apply([asked, plain, other], echo_step)
    assert [len(a.handed) for a in answered] == [1, 0, 0]
    [item] = answered[0].handed
    assert (item.conv, item.reply.text, item.thread) == ("telegram:a", "1：你好", "7")
    assert [i.conv for i in await due(store)] == ["telegram:b"]
    [found] = [i for i in await due(store, timedelta(seconds=31)) if i.conv == "telegram:a"]
    assert found == item
    [again] = await store.apply([asked], echo_step)
    assert (again.duplicate, again.handed) == (True, ())


async def test_several_replies_are_handed_out_in_order(store: Store) -> None:
    def step(session: Session, incoming: Incoming) -> Turn:
        return Turn(session, tuple(Reply(text) for text in "甲乙丙"))

    [answered] = await store.apply([direct("telegram:a", "1")], step)
    assert [item.reply.text for item in answered.handed] == ["甲", "乙", "丙"]
    assert await due(store) == []
    for item in answered.handed:
        await store.sent(item)
    assert await store.unsent("telegram:a") == 0


async def test_replies_behind_an_older_one_are_not_handed_out(store: Store) -> None:
    [first] = await store.apply([direct("telegram:a", "1")], echo_step)
    [second] = await store.apply([direct("telegram:a", "2")], echo_step)
    assert (len(first.handed), second.handed) == (1, ())
    await store.sent(first.handed[0])
    assert [item.reply.text for item in await due(store)] == ["2：你好"]


async def test_a_postponed_reply_that_was_handed_out_comes_back(store: Store) -> None:
    [answered] = await store.apply([direct("telegram:a", "1")], echo_step)
    await store.later(answered.handed[0], NOW + MINUTE)
    assert await due(store) == []
    [item] = await due(store, MINUTE)
    assert item.attempts == 1


async def test_acknowledged_replies_are_deleted_by_the_next_batch(
    store: Store, rows: Rows
) -> None:
    [answered] = await store.apply([direct("telegram:a", "1")], echo_step)
    store.acknowledge(answered.handed)
    assert await count(rows, "outbox") == 1
    [second] = await store.apply([direct("telegram:a", "2")], echo_step)
    assert await rows("SELECT id FROM outbox") == [(second.handed[0].id,)]


async def test_acknowledged_replies_are_deleted_by_flush_and_by_due(
    store: Store, rows: Rows
) -> None:
    for number in ("1", "2"):
        [answered] = await store.apply([direct("telegram:a", number)], echo_step)
        store.acknowledge(answered.handed)
        if number == "1":
            await store.flush()
        else:
            assert await due(store, HOUR) == []
        assert await count(rows, "outbox") == 0


async def test_acknowledged_replies_stay_acknowledged_when_a_batch_fails(
    store: Store, rows: Rows
) -> None:
    [answered] = await store.apply([direct("telegram:a", "1")], echo_step)
    store.acknowledge(answered.handed)
    with pytest.raises(PlannedBugError):
        await store.apply([message("telegram:b", "1", "burst")], echo_step)
    assert await count(rows, "outbox") == 1
    await store.flush()
    assert await count(rows, "outbox") == 0


async def test_a_forget_turn_hands_out_its_reply(store: Store) -> None:
    await store.apply([message("telegram:a", "1", push=True)], echo_step)
    forget = replace(message("telegram:a", "2", "forget", push=True), direct=True)
    [answered] = await store.apply([forget], echo_step)
    assert [item.reply.text for item in answered.handed] == ["2：forget"]


async def test_the_unsent_replies_of_a_conversation_are_counted(store: Store) -> None:
    for conv, number in (("telegram:a", "1"), ("telegram:a", "2"), ("telegram:b", "1")):
        await store.apply([message(conv, number, push=True)], echo_step)
    assert [await store.unsent(f"telegram:{c}") for c in "abc"] == [2, 1, 0]
    [first, _] = await due(store)
    await store.sent(first)
    assert await store.unsent("telegram:a") == 1


async def test_replies_keep_the_thread_of_their_message(store: Store) -> None:
    asked = Incoming("telegram:a", "1", Utterance("你好"), NOW, push=True, thread="77")
    await store.apply([asked, message("telegram:b", "1", push=True)], echo_step)
    assert [(i.thread, i.reply.text) for i in await due(store)] == [
        ("77", "1：你好"),
        ("", "1：你好"),
    ]


async def test_a_moved_conversation_keeps_everything_under_its_new_id(
    store: Store, rows: Rows
) -> None:
    for number, text in (("1", "useful"), ("2", "unknown"), ("3", "你好")):
        await store.apply([message("telegram:a", number, text, push=True)], echo_step)
    await store.keep("telegram:a", "3", "下一页")
    before = await store.peek("telegram:a")
    [leased] = await due(store)
    await store.move("telegram:a", "telegram:b")
    assert [await count(rows, table, "telegram:a") for table in TABLES] == [0, 0, 0, 0, 0]
    assert [await count(rows, table, "telegram:b") for table in TABLES] == [1, 3, 3, 1, 1]
    assert await store.peek("telegram:b") == before
    assert await store.note("telegram:b") == "下一页"
    [item] = await due(store)
    assert (item.conv, item.id) == ("telegram:b", leased.id)
    [again] = await store.apply([message("telegram:b", "1", "useful", push=True)], echo_step)
    assert again.duplicate


async def test_a_conversation_moved_onto_another_keeps_the_state_of_that(
    store: Store, rows: Rows
) -> None:
    for conv, number, text in (
        ("telegram:a", "1", "useful"),
        ("telegram:b", "1", "useless"),
        ("telegram:a", "2", "你好"),
    ):
        await store.apply([message(conv, number, text, push=True)], echo_step)
    newer = await store.peek("telegram:b")
    for _ in range(2):
        await store.move("telegram:a", "telegram:b")
    assert await store.peek("telegram:b") == newer
    assert [await count(rows, table, "telegram:a") for table in TABLES] == [0, 0, 0, 0, 0]
    assert [await count(rows, table, "telegram:b") for table in TABLES] == [1, 2, 3, 1, 0]
    found = await rows("SELECT conv, useful FROM feedback")
    assert [(conv, bool(useful)) for conv, useful in found] == [("telegram:b", False)]
    texts = []
    while items := await due(store):
        texts += [item.reply.text for item in items]
        await store.sent(items[0])
    assert texts == ["1：useful", "1：useless", "2：你好"]


async def test_a_conversation_moved_onto_itself_stays(store: Store) -> None:
    await store.apply([message("telegram:a", "1", push=True)], echo_step)
    await store.move("telegram:a", "telegram:a")
    assert recorded_ids(await store.peek("telegram:a")) == ["1"]


async def test_followers_are_found_until_they_leave_or_are_forgotten(store: Store) -> None:
    follows: tuple[Follow, ...] = (Follow("loan", ("a",)),)

    def step(session: Session, incoming: Incoming) -> Turn:
        chosen = follows if incoming.message_id == "1" else ()
        # What people write is in the session too.
        return Turn(Session(asked=incoming.utterance.text, follows=chosen), (Reply("好"),))

    convs = ["telegram:b", "telegram:a", "telegram:甲", "web:c"]
    await store.apply([message(conv, "1") for conv in convs], step)
    await store.apply([message("telegram:d", "9", '{"follows":[["loan",["a"]]]}')], step)
    assert sorted(await store.following("telegram")) == sorted(convs[:3])
    assert await store.following("web") == ["web:c"]
    await store.apply([message("telegram:a", "2")], step)
    await store.forget("telegram:b")
    assert await store.following("telegram") == ["telegram:甲"]


async def test_forget_deletes_every_row_of_the_conversation(store: Store, rows: Rows) -> None:
    for conv in ("telegram:a", "telegram:b"):
        for number, text in (("1", "useful"), ("2", "unknown"), ("3", "你好")):
            await store.apply([message(conv, number, text, push=True)], echo_step)
    await store.forget("telegram:a")
    assert [await count(rows, table, "telegram:a") for table in TABLES] == [0, 0, 0, 0, 0]
    assert [await count(rows, table, "telegram:b") for table in TABLES] == [1, 3, 3, 1, 1]
    assert await store.peek("telegram:a") is None


async def test_a_forget_turn_leaves_only_its_reply(store: Store, rows: Rows) -> None:
    for number, text in (("1", "useful"), ("2", "unknown"), ("3", "forget")):
        await store.apply([message("telegram:a", number, text, push=True)], echo_step)
    assert [await count(rows, table, "telegram:a") for table in TABLES] == [0, 0, 1, 0, 0]
    assert [item.reply.text for item in await due(store)] == ["3：forget"]


async def test_a_repeated_forget_message_deletes_nothing_stored_since(store: Store) -> None:
    await store.apply([message("web:a", "1")], echo_step)
    [first] = await store.apply([message("web:a", "2", "forget")], echo_step)
    await store.apply([message("web:a", "3")], echo_step)
    batch = [message("web:a", "2", "forget"), message("web:b", "1")]
    [again, other] = await store.apply(batch, echo_step)
    assert (again.duplicate, dict(again.record)) == (True, dict(first.record))
    assert not other.duplicate
    assert recorded_ids(await store.peek("web:a")) == ["3"]


async def test_idle_sessions_and_old_message_ids_expire(store: Store, rows: Rows) -> None:
    old, new = NOW - 10 * HOUR, NOW
    for conv, at in (("telegram:old", old), ("telegram:new", new)):
        for number, text in (("1", "useful"), ("2", "unknown")):
            await store.apply([message(conv, number, text, push=True, at=at)], echo_step)
    assert await store.expire(NOW - HOUR, NOW - HOUR, NOW - HOUR) == 1 + 2 + 1
    assert [await count(rows, t, "telegram:old") for t in TABLES] == [0, 0, 0, 0, 0]
    assert [await count(rows, t, "telegram:new") for t in TABLES] == [1, 2, 2, 1, 1]
    assert await count(rows, "feedback") == 2, "a vote remains without its conversation"
    assert await store.expire(NOW - HOUR, NOW - HOUR, NOW - HOUR) == 0


async def test_sessions_message_ids_and_unanswered_questions_have_separate_expiry_times(
    store: Store, rows: Rows
) -> None:
    days = [timedelta(days=n) for n in range(5)]
    for age in days:
        conv = f"web:{age.days}"
        await store.apply([message(conv, "1", f"unknown {age.days}", at=NOW - age)], echo_step)
    half = timedelta(hours=12)
    before = (NOW - days[3] + half, NOW - days[1] + half, NOW - days[2] + half)
    assert await store.expire(*before) == 2 + 4 + 3
    assert await rows("SELECT conv FROM session ORDER BY conv") == [
        (f"web:{n}",) for n in (0, 1, 2)
    ]
    assert await rows("SELECT conv FROM inbox") == [("web:0",)]
    assert await rows("SELECT text FROM unanswered ORDER BY at") == [
        ("unknown 1",),
        ("unknown 0",),
    ]


async def test_an_unanswered_question_can_be_forgotten_after_its_session_expired(
    store: Store, rows: Rows
) -> None:
    for conv in ("web:a", "web:b"):
        await store.apply([message(conv, "1", "unknown", at=NOW - 2 * HOUR)], echo_step)
    await store.expire(NOW - HOUR, NOW - HOUR, NOW - 3 * HOUR)
    assert [await count(rows, t, "web:a") for t in TABLES] == [0, 0, 0, 0, 1]
    await store.apply([message("web:a", "2", "forget")], echo_step)
    assert await rows("SELECT conv FROM unanswered") == [("web:b",)]


async def test_an_entry_is_stored_with_kind_subject_and_day(store: Store) -> None:
    await store.apply([message("web:a", "1", "unknown 公积金", at=NOW - HOUR)], echo_step)
    await store.apply([message("telegram:b", "2", "unhelpful", push=True)], echo_step)
    newest, oldest = await store.entries(NOW - 2 * HOUR)
    day = NOW.date().isoformat()
    assert newest.entry == InboxEntry(EntryKind.UNHELPFUL, "unhelpful", "startup-loan", day=day)
    assert oldest.entry == InboxEntry(EntryKind.UNKNOWN, "unknown 公积金", "startup-loan", day=day)
    assert (newest.channel, newest.at) == ("telegram", NOW)
    assert (oldest.channel, oldest.at) == ("web", NOW - HOUR)
    assert [found.entry for found in await store.entries(NOW)] == [newest.entry]


async def test_the_entries_of_one_person_have_one_number(store: Store) -> None:
    for conv, number in (("web:a", "1"), ("web:b", "1"), ("web:a", "2")):
        await store.apply([message(conv, number, f"unknown {conv}")], echo_step)
    people: dict[str, set[int]] = {}
    for found in await store.entries(NOW):
        people.setdefault(found.entry.text, set()).add(found.person)
    assert [len(numbers) for numbers in people.values()] == [1, 1]
    assert len(set.union(*people.values())) == 2


async def test_a_withdrawn_entry_is_gone_and_others_stay(store: Store) -> None:
    asked = [("web:a", "clarify 贷款"), ("web:a", "clarify 场地"), ("web:b", "clarify 贷款")]
    for number, (conv, text) in enumerate(asked):
        await store.apply([message(conv, str(number), text)], echo_step)
    await store.apply([message("web:a", "9", "pick clarify 贷款")], echo_step)
    assert sorted(found.entry.text for found in await store.entries(NOW)) == [
        "clarify 场地",
        "clarify 贷款",
    ]


async def test_expired_entries_remain_as_counts(store: Store, rows: Rows) -> None:
    old = NOW - timedelta(days=2)
    for conv, at, text in (
        ("web:a", old, "unknown 甲"),
        ("web:b", old, "unknown 乙"),
        ("wechat:c", old, "clarify 丙"),
        ("web:a", NOW, "unknown 丁"),
    ):
        await store.apply([message(conv, text, text, at=at)], echo_step)
    counted = await store.entry_counts("2026-01-01")
    assert [(c.day, c.channel, c.kind.value, c.subject, c.entries) for c in counted] == [
        ("2026-11-21", "web", "unknown", "startup-loan", 2),
        ("2026-11-21", "wechat", "unpicked", "startup-loan", 1),
        ("2026-11-23", "web", "unknown", "startup-loan", 1),
    ]
    assert await store.expire(old, old, NOW - HOUR) == 3
    assert await store.expire(old, old, NOW - HOUR) == 0
    assert await store.entry_counts("2026-01-01") == counted
    assert [c.day for c in await store.entry_counts("2026-11-22")] == ["2026-11-23"]
    await store.apply([message("web:z", "1", "unknown 戊", at=old)], echo_step)
    await store.expire(old, old, NOW - HOUR)
    assert (await store.entry_counts("2026-01-01"))[0].entries == 3
    stored = repr(await rows("SELECT * FROM daily_count"))
    assert not any(mark in stored for mark in ("甲", "乙", "web:"))


async def test_many_entries_expire_in_several_transactions(store: Store) -> None:
    for start in range(0, 600, 60):
        batch = [message(f"web:{n}", "1", f"unknown {n}") for n in range(start, start + 60)]
        await store.apply(batch, echo_step)
    assert await store.expire(NOW - HOUR, NOW - HOUR, NOW + HOUR) == 600
    assert [c.entries for c in await store.entry_counts("")] == [600]


async def test_ignored_hashes_are_kept_with_their_last_time(store: Store) -> None:
    await store.ignore({"aa", "bb"}, NOW - HOUR)
    await store.ignore({"bb"}, NOW)
    assert await store.ignored() == {"aa": NOW - HOUR, "bb": NOW}


async def test_a_forgotten_entry_is_not_counted(store: Store) -> None:
    await store.apply([message("web:a", "1", "unknown")], echo_step)
    await store.apply([message("web:a", "2", "forget")], echo_step)
    assert await store.entries(NOW - HOUR) == []
    assert await store.entry_counts("") == []


async def test_many_rows_expire_in_several_transactions(store: Store) -> None:
    for start in range(0, 1200, 60):
        batch = [message(f"web:{n}", "1", at=NOW - HOUR) for n in range(start, start + 60)]
        await store.apply(batch, echo_step)
    assert await store.expire(NOW, NOW, NOW) == 2400


async def test_a_second_vote_replaces_the_first(store: Store, rows: Rows) -> None:
    for number, text in (("1", "useful"), ("2", "useless")):
        await store.apply([message("web:a", number, text)], echo_step)
    found = await rows("SELECT conv, support, useful FROM feedback")
    assert [(c, s, bool(u)) for c, s, u in found] == [("web:a", "startup-loan", False)]


async def test_an_unanswered_question_is_stored_with_its_time(store: Store, rows: Rows) -> None:
    await store.apply([message("web:a", "1", "unknown 公积金")], echo_step)
    millis = round(NOW.timestamp() * 1000)
    assert await rows("SELECT text, at FROM unanswered") == [("unknown 公积金", millis)]


async def test_the_session_row_has_its_knowledge_version(store: Store, rows: Rows) -> None:
    await store.apply([message("web:a", "1")], echo_step)
    assert await rows("SELECT version FROM session") == [("v1",)]


HOSTILE = [
    "\0",
    "a\0b",
    "\ud83d",
    "\udc00x",
    "😀",
    "\\u0000",
    "'; --",
    "﷽" * 40,
    "\u202e",
    "%s",
    "",
]


def full_session(text: str) -> Session:
    return Session(
        (Answer("identity", (text, "b")), Answer("stage")),
        Mode.CLARIFY,
        pending=text,
        focus=text,
        offered=(Option("a:stage:idea", text),),
        asked=text,
        page=3,
        version=text,
        interviewing=True,
    )


async def test_any_text_survives_the_round_trip(store_url: str, store: Store) -> None:
    def step(_: Session, incoming: Incoming) -> Turn:
        text = incoming.utterance.text
        return Turn(full_session(text), (Reply(text, (Option("c:x", text),)),))

    await store.apply([message(f"telegram:{t}", t, t, push=True) for t in HOSTILE], step)
    await store.close()
    again = store_for(store_url)
    await again.open()
    try:
        items = {i.conv: i for i in await again.due("telegram", NOW, 50)}
        for text in HOSTILE:
            conv = f"telegram:{text}"
            assert await again.peek(conv) == full_session(text)
            [answered] = await again.apply([message(conv, text)], step)
            assert (answered.duplicate, answered.replies[0].text) == (True, text)
            assert items[conv].reply.text == text
            await again.sent(items[conv])
        assert await again.due("telegram", NOW + HOUR, 5) == []
    finally:
        await again.close()


async def test_any_text_can_be_stored_as_an_unanswered_question(store: Store, rows: Rows) -> None:
    batch = [message(f"web:{n}", "1", f"unknown{text}") for n, text in enumerate(HOSTILE)]
    await store.apply(batch, echo_step)
    assert await count(rows, "unanswered") == len(HOSTILE)
    assert len(await store.entries(NOW)) == len(HOSTILE)


async def test_long_or_similar_keys_stay_different(store: Store) -> None:
    users = [
        "\0",
        "\\u0000",
        "\\\\u0000",
        "x" * 5000,
        "x" * 5001,
        "字" * 3000,
        "\ud800",
        "\\ud800",
    ]
    batch = [message(f"web:{user}", "x" * 4000, str(n)) for n, user in enumerate(users)]
    assert not any(a.duplicate for a in await store.apply(batch, echo_step))
    assert all(a.duplicate for a in await store.apply(batch, echo_step))
    for number, user in enumerate(users):
        session = await store.peek(f"web:{user}")
        assert session is not None
        assert session.asked == str(number)


async def test_all_data_is_present_after_closing_and_reopening(store_url: str) -> None:
    for number in range(3):
        store = store_for(store_url)
        await store.open()
        [answered] = await store.apply([message("telegram:a", str(number), push=True)], echo_step)
        await store.close()
        assert answered.replies[0].text == f"{number + 1}：你好"
    store = store_for(store_url)
    await store.open()
    [item] = await due(store, HOUR)
    assert item.reply.text == "1：你好"
    await store.close()


async def test_a_closed_store_raises_store_unavailable(store: Store) -> None:
    await store.close()
    await store.close()
    for call in (
        store.check(),
        store.peek("web:a"),
        store.apply([message("web:a", "1")], echo_step),
    ):
        with pytest.raises(StoreUnavailable, match="没有打开"):
            await call


async def test_check_passes_while_turns_are_written(store: Store) -> None:
    turns: list[Any] = [store.apply([message(f"web:{n}", "1")], echo_step) for n in range(20)]
    await asyncio.gather(*turns, *(store.check() for _ in range(5)))


async def test_a_cancelled_caller_leaves_no_transaction_open(store: Store) -> None:
    for pause in (0.0, 0.0002, 0.001, 0.003):
        task = asyncio.create_task(store.apply([message("web:a", f"c{pause}")], echo_step))
        await asyncio.sleep(pause)
        task.cancel()
        await asyncio.wait([task])
        await store.apply([message("web:b", f"after {pause}")], echo_step)
    assert len(recorded_ids(await store.peek("web:b"))) == 4


async def test_the_size_grows_with_what_is_stored(store: Store) -> None:
    before = await store.size()
    for number in range(10):
        await store.apply(
            [message(f"web:{n}", str(number), "字" * 300) for n in range(64)], echo_step
        )
    assert await store.size() - before > 10 * 64 * 900


async def test_a_check_leaves_nothing(store: Store, rows: Rows) -> None:
    await store.check()
    assert await rows("SELECT * FROM note") == []
