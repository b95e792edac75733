"""Open entries are shown in groups; what is answered by now, or ignored, is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.service.inbox_port import StoredEntry
from bot.workshop.inbox.groups import Group, read_groups
from bot.workshop.inbox.ignoring import Ignoring
from bot.workshop.inbox.open_entries import OpenEntries
from tests.echo_dialogue import NOW
from tests.knowledge_base import DAY

LEAVE = "leave-and-keep-enrolment"
MARS = "火星上怎么种土豆"
SECRET = Ignoring(b"secret" * 20)
UNKNOWN, TOPIC, UNPICKED, VOTE = EntryKind


def stored(
    kind: EntryKind,
    text: str,
    subject: str = "",
    *,
    channel: str = "web",
    days: int = 0,
    person: int = 0,
    reason: str = "",
) -> StoredEntry:
    entry = InboxEntry(kind, text, subject, reason)
    return StoredEntry(entry, channel, NOW - timedelta(days=days), person)


def read(
    base: KnowledgeBase, entries: Sequence[StoredEntry], *, everything: bool = False
) -> list[Group]:
    return read_groups(entries, base, DAY, SECRET, {}, everything=everything)


def test_a_group_has_its_texts_times_people_and_channels(base: KnowledgeBase) -> None:
    found = read(
        base,
        [
            stored(UNKNOWN, MARS, days=3, person=1),
            stored(UNKNOWN, "火星上怎么种土豆？", channel="wechat", days=1, person=2),
            stored(UNKNOWN, "火星上种土豆怎么种啊", days=2, person=2),
            stored(UNKNOWN, "今晚吃什么菜好"),
        ],
    )
    assert [(g.text, g.count) for g in found] == [(MARS, 3), ("今晚吃什么菜好", 1)]
    group = found[0]
    assert group.texts == (MARS, "火星上种土豆怎么种啊")
    assert (group.people, group.channels) == (2, (("web", 2), ("wechat", 1)))
    assert (group.first, group.last) == (NOW - timedelta(days=3), NOW - timedelta(days=1))


def test_the_order_of_the_entries_changes_nothing(base: KnowledgeBase) -> None:
    texts = ("电工证在哪考", "电工证去哪里考", "考电工证去哪报名", MARS, "今晚吃什么菜好")
    entries = [stored(UNKNOWN, text, days=n) for n, text in enumerate(texts)]
    everything = read(base, entries, everything=True)
    assert everything == read(base, entries[::-1], everything=True)
    assert len(everything) == 3


def test_what_is_answered_by_now_is_left_out(base: KnowledgeBase) -> None:
    entries = [stored(UNKNOWN, "休学创业能保留学籍吗"), stored(UNKNOWN, MARS)]
    assert [g.text for g in read(base, entries)] == [MARS]
    everything = read(base, entries, everything=True)
    assert {g.text: g.open for g in everything} == {MARS: True, "休学创业能保留学籍吗": False}


@pytest.mark.parametrize(
    ("entry", "is_open"),
    [
        (InboxEntry(UNKNOWN, MARS), True),
        (InboxEntry(UNKNOWN, "贷款"), True),
        (InboxEntry(UNKNOWN, "老板拖欠工资怎么办"), False),
        (InboxEntry(UNKNOWN, "南宁大学生创业有补贴吗"), False),
        (InboxEntry(UNKNOWN, "要交什么材料", LEAVE), False),
        (InboxEntry(UNKNOWN, "今晚吃什么", LEAVE), True),
        (InboxEntry(UNPICKED, "贷款", "loan-guarantees"), True),
        (InboxEntry(UNPICKED, "休学创业能保留学籍吗", LEAVE), False),
        (InboxEntry(TOPIC, "老板拖欠我的工资怎么办", "unpaid-wages"), True),
        (InboxEntry(TOPIC, "老板拖欠我的工资怎么办", "housing-fund"), False),
        (InboxEntry(TOPIC, "休学创业能保留学籍吗", "unpaid-wages"), False),
        (InboxEntry(VOTE, "休学创业能保留学籍吗", LEAVE), True),
        (InboxEntry(VOTE, "休学创业能保留学籍吗", "loan-guarantees"), False),
        (InboxEntry(VOTE, "", LEAVE), True),
    ],
)
def test_an_entry_is_open_while_it_is_not_answered_well(
    entry: InboxEntry, is_open: bool, base: KnowledgeBase
) -> None:
    assert OpenEntries(base, DAY).is_open(entry) is is_open


def test_a_sample_of_the_topic_is_settled(base: KnowledgeBase) -> None:
    sample = base.knowledge.signposts["unpaid-wages"].questions[0]
    entry = InboxEntry(TOPIC, f"{sample}？", "unpaid-wages")
    assert not OpenEntries(base, DAY).is_open(entry)


def test_an_ignored_group_stays_away_and_takes_its_like_along(base: KnowledgeBase) -> None:
    entries = [stored(UNKNOWN, MARS), stored(UNKNOWN, "火星上种土豆怎么种啊")]
    ignored = {SECRET.hash_of(entries[0].entry): NOW - timedelta(days=1)}
    assert read_groups(entries, base, DAY, SECRET, ignored) == []
    [group] = read_groups(entries, base, DAY, SECRET, ignored, everything=True)
    assert not group.open
    other = Ignoring(b"another")
    assert len(read_groups(entries, base, DAY, other, ignored)) == 1, "the hash depends on the key"


def test_a_vote_without_a_question_comes_back_with_the_next_one(base: KnowledgeBase) -> None:
    old, new = stored(VOTE, "", LEAVE, days=2), stored(VOTE, "", LEAVE)
    ignored = {SECRET.hash_of(old.entry): NOW - timedelta(days=1)}
    assert read_groups([old], base, DAY, SECRET, ignored) == []
    [group] = read_groups([old, new], base, DAY, SECRET, ignored)
    assert (group.count, group.last) == (1, NOW)


def test_votes_are_grouped_for_each_support(base: KnowledgeBase) -> None:
    asked = "休学创业能保留学籍吗"
    entries = [
        stored(VOTE, asked, LEAVE, reason="答非所问"),
        stored(VOTE, asked, LEAVE, reason="没讲清楚"),
        stored(VOTE, "", "loan-guarantees"),
        stored(VOTE, "", LEAVE),
    ]
    found = read(base, entries)
    assert (found[0].text, found[0].subject, found[0].count) == (asked, LEAVE, 2)
    assert {(g.text, g.subject, g.count) for g in found[1:]} == {
        ("", "loan-guarantees", 1),
        ("", LEAVE, 1),
    }
    assert set(found[0].reasons) == {"答非所问", "没讲清楚"}


def test_a_kind_can_be_asked_for(base: KnowledgeBase) -> None:
    entries = [stored(UNKNOWN, MARS), stored(VOTE, "", LEAVE)]
    [group] = read_groups(entries, base, DAY, SECRET, {}, kind=VOTE)
    assert group.kind is VOTE


def test_a_text_of_an_older_version_is_scrubbed(base: KnowledgeBase) -> None:
    [group] = read(base, [stored(UNKNOWN, f"我叫张三，{MARS}")])
    assert "张三" not in group.text
    assert MARS in group.text


def test_the_key_names_the_question_without_telling_it() -> None:
    entry = InboxEntry(UNKNOWN, MARS)
    key = SECRET.key_of(entry)
    assert key == SECRET.key_of(entry._replace(text=f"{MARS}？"))
    assert key != replace(SECRET, secret=b"x").key_of(entry)
    assert MARS not in key
