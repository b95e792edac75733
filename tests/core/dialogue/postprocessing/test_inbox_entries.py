"""What was not answered well is noted for the inbox, without personal data."""

from __future__ import annotations

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.session import Session
from tests.core.small_knowledge import talk

LEAVE = "leave-and-keep-enrolment"
DAY = "2026-01-01"


def entries(base: KnowledgeBase, *said: str) -> tuple[InboxEntry, ...]:
    return talk(base, *said)[-1].effects.entries


def test_an_unknown_question_is_noted_with_its_day(base: KnowledgeBase) -> None:
    said = "火星上怎么种土豆"
    assert entries(base, said) == (InboxEntry(EntryKind.UNKNOWN, said, day=DAY),)


def test_an_unknown_follow_up_names_the_support_in_focus(base: KnowledgeBase) -> None:
    [entry] = entries(base, f"s:{LEAVE}", "火星上怎么种土豆")
    assert (entry.kind, entry.subject) == (EntryKind.UNKNOWN, LEAVE)


def test_an_out_of_scope_question_names_its_topic(base: KnowledgeBase) -> None:
    said = "老板拖欠工资怎么办"
    assert entries(base, said) == (
        InboxEntry(EntryKind.OUT_OF_SCOPE, said, "unpaid-wages", day=DAY),
    )


def test_each_part_of_a_message_is_an_entry_of_its_own(base: KnowledgeBase) -> None:
    found = entries(base, "1.公积金怎么取 2.今晚吃什么菜好")
    assert [(e.kind, e.text, e.subject) for e in found] == [
        (EntryKind.OUT_OF_SCOPE, "公积金怎么取", "housing-fund"),
        (EntryKind.UNKNOWN, "今晚吃什么菜好", ""),
    ]


def test_an_answered_question_is_not_noted(base: KnowledgeBase) -> None:
    turn = talk(base, "休学创业能保留学籍吗")[-1]
    assert (turn.outcome, turn.effects.entries, turn.effects.withdrawn) == ("answer", (), ())


def test_personal_data_is_noted_nowhere(base: KnowledgeBase) -> None:
    marks = ("张三", "13800138000", "0772-2825106", "12号")
    said = "我叫张三，住文昌路12号，座机0772-2825106，火星上怎么种土豆"
    turns = talk(base, said, f"s:{LEAVE}", said, f"c:useless:{LEAVE}", "我叫张三，贷款")
    noted = [turn.effects.entries for turn in turns]
    assert sum(map(len, noted)) >= 2
    kept = repr(noted) + repr([(t.session.asked, t.session.question) for t in turns])
    assert [mark for mark in marks if mark in kept] == []


def test_an_offer_is_noted_until_it_is_taken(base: KnowledgeBase) -> None:
    for taken in ("2", "s:loan-guarantees", "担保费由财政补贴"):
        offer, turn = talk(base, "贷款", taken)
        [entry] = offer.effects.entries
        assert (entry.kind, entry.text) == (EntryKind.UNPICKED, "贷款")
        assert entry.subject == offer.replies[-1].choices[0].id[2:]
        withdrawn = (InboxEntry(EntryKind.UNPICKED, "贷款"),)
        assert turn.effects.withdrawn == (withdrawn if taken != "担保费由财政补贴" else ())


def test_another_question_leaves_the_offer_noted(base: KnowledgeBase) -> None:
    turn = talk(base, "贷款", "火星上怎么种土豆")[-1]
    assert turn.effects.withdrawn == ()
    assert [e.text for e in turn.effects.entries] == ["火星上怎么种土豆"]


def test_an_offer_taken_later_is_withdrawn_too(base: KnowledgeBase) -> None:
    turn = talk(base, "贷款", "火星上怎么种土豆", "s:loan-guarantees")[-1]
    assert turn.effects.withdrawn == (InboxEntry(EntryKind.UNPICKED, "贷款"),)


def test_a_rejected_offer_is_noted_once_as_unknown(base: KnowledgeBase) -> None:
    turn = talk(base, "贷款", "c:none")[-1]
    assert [(e.kind, e.text) for e in turn.effects.entries] == [(EntryKind.UNKNOWN, "贷款")]
    assert turn.effects.withdrawn == (InboxEntry(EntryKind.UNPICKED, "贷款"),)


def test_a_repeated_offer_is_noted_once(base: KnowledgeBase) -> None:
    assert entries(base, "贷款", "贷款") == ()


def test_a_vote_names_the_question_that_was_answered(base: KnowledgeBase) -> None:
    asked = "休学创业能保留学籍吗"
    [entry] = entries(base, asked, f"c:useless:{LEAVE}")
    assert entry == InboxEntry(EntryKind.UNHELPFUL, asked, LEAVE, day=DAY)
    [entry] = entries(base, asked, "要多久", f"c:useless:{LEAVE}")
    assert entry.text == "要多久"


def test_a_vote_after_a_choice_names_the_unclear_question(base: KnowledgeBase) -> None:
    [entry] = entries(base, "贷款", "2", "c:useless:loan-guarantees")
    assert (entry.text, entry.subject) == ("贷款", "loan-guarantees")


def test_a_vote_on_an_opened_support_names_no_question(base: KnowledgeBase) -> None:
    asked = "休学创业能保留学籍吗"
    [entry] = entries(base, asked, "s:loan-guarantees", "c:useless:loan-guarantees")
    assert (entry.text, entry.subject) == ("", "loan-guarantees")
    [entry] = entries(base, asked, "c:useless:loan-guarantees")
    assert (entry.text, entry.subject) == ("", "loan-guarantees")


def test_a_vote_replaces_the_earlier_one_on_the_support(base: KnowledgeBase) -> None:
    earlier = (InboxEntry(EntryKind.UNHELPFUL, "", LEAVE),)
    for button, kept in (("useful", 0), ("useless", 1)):
        effects = talk(base, f"s:{LEAVE}", f"c:{button}:{LEAVE}")[-1].effects
        assert (effects.withdrawn, len(effects.entries)) == (earlier, kept)


def test_a_vote_in_words_keeps_them_as_the_reason(base: KnowledgeBase) -> None:
    asked, said = "休学创业能保留学籍吗", "完全没帮到我"
    [entry] = entries(base, asked, said)
    assert entry == InboxEntry(EntryKind.UNHELPFUL, asked, LEAVE, said, DAY)
    assert entries(base, said) == ()


def test_the_question_survives_storing_and_leaves_with_the_focus(base: KnowledgeBase) -> None:
    asked = "休学创业能保留学籍吗"
    answered, left = talk(base, asked, "c:restart")
    assert Session.load(answered.session.dump()).question == asked
    assert left.session.question == ""


def test_a_forgetting_turn_notes_nothing(base: KnowledgeBase) -> None:
    turn = talk(base, "贷款", "c:forget")[-1]
    assert turn.effects.forget
    assert (turn.effects.entries, turn.effects.withdrawn) == ((), ())
