"""Later rules in answers: by field, by unstated topic, with every answer, and out of scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.core.domain.knowledge import OutOfScopeTopic, Update
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer
from tests.core.small_knowledge import LOAN_RULE, SUPPORTS, knowledge

TODAY = date(2026, 1, 1)
KNOWLEDGE = knowledge()
RENDERER = AnswerRenderer(Phrasebook(KNOWLEDGE, TODAY))
SHOP = next(s for s in SUPPORTS if s.id == "shop")
HINT = "说“后来的规定”就能看"
SURETY = Update("担保新办法", "自治区", "2025-02", "免反担保", "B", "日报", about=("担保",))
BAN = Update(
    "集资条例", "国务院", "2021-05-01", "不许集资", "A", "http://ban.example", always=True
)


def test_a_rule_on_an_unstated_topic_follows_the_silence() -> None:
    shop = replace(SHOP, updates=(LOAN_RULE, SURETY))
    text = RENDERER.unstated_answer(shop, "要不要担保人").text
    assert text.index("原文没有写") < text.index("免反担保")
    assert "2025-02《担保新办法》" in text
    assert "最高30万元" not in text


def test_the_hint_on_later_rules_is_not_said_below_a_rule() -> None:
    shop = replace(SHOP, updates=(LOAN_RULE, SURETY))
    assert HINT not in RENDERER.unstated_answer(shop, "要不要担保人").text
    assert HINT in RENDERER.unstated_answer(shop, "要不要面试").text
    assert HINT in RENDERER.full_answer(shop, {}).text
    assert HINT not in RENDERER.full_answer(replace(shop, updates=(LOAN_RULE, BAN)), {}).text


def test_a_rule_for_every_answer_is_in_every_answer() -> None:
    shop = replace(SHOP, updates=(LOAN_RULE, BAN))
    replies = (
        RENDERER.full_answer(shop, {}),
        RENDERER.full_answer(shop, {}, "amount", "who"),
        RENDERER.field_answer(shop, {}, "who"),
        RENDERER.field_answer(shop, {}, "amount", "conditions"),
        RENDERER.unstated_answer(shop, "要不要面试"),
        RENDERER.identity_answer(shop, ("student",)),
        RENDERER.quote_answer(shop),
        RENDERER.short_answer(shop),
    )
    assert [reply.text.count("不许集资") for reply in replies] == [1] * len(replies)


def test_an_out_of_scope_topic_tells_its_later_rules() -> None:
    topic = OutOfScopeTopic("money", "集资", "12333", updates=(BAN,))
    renderer = AnswerRenderer(Phrasebook(knowledge(signposts={"money": topic}), TODAY))
    text = renderer.unknown_answer("money", other_city=False).text
    assert "这份文件不管这个" in text
    assert "2021-05-01《集资条例》" in text


def test_a_rule_past_its_last_day_is_told_as_such() -> None:
    rule = replace(LOAN_RULE, valid_until=date(2026, 1, 31))
    book = Phrasebook(KNOWLEDGE, date(2026, 1, 31))
    assert "写明有效到 2026-01-31" in book.rules((rule,))
    later = Phrasebook(KNOWLEDGE, date(2026, 2, 1)).rules((rule,))
    assert "只写到 2026-01-31，已经过了" in later
    assert "写明有效到" not in later


def test_an_old_rule_without_a_last_day_is_told_as_possibly_changed() -> None:
    old = replace(LOAN_RULE, dated="2017-03")
    note = "2017 年的规定，今天可能已经变了"
    shop = replace(SHOP, updates=(replace(old, about=("amount",)),))
    assert note in RENDERER.field_answer(shop, {}, "amount").text
    assert note in Phrasebook(KNOWLEDGE, TODAY).rules((old,))
    assert note not in Phrasebook(KNOWLEDGE, date(2023, 12, 31)).rules((old,))
    assert "可能已经变了" not in Phrasebook(KNOWLEDGE, TODAY).rules((LOAN_RULE,))
    dated = replace(old, valid_until=date(2027, 12, 31))
    assert "可能已经变了" not in Phrasebook(KNOWLEDGE, TODAY).rules((dated,))


def test_the_age_of_a_rule_that_warns_is_not_held_against_it() -> None:
    ban = replace(BAN, dated="2011-05-01", words=("集资",))
    assert "可能已经变了" not in Phrasebook(KNOWLEDGE, TODAY).rules((ban,))
