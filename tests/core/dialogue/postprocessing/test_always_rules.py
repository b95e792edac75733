"""A later rule that belongs to every answer on a matter comes with every answer on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import pytest

from bot.content.checks.scenario_runner import run_scenario
from bot.content.readers.loader import scenarios
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import OutOfScopeTopic, Support, Update
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from tests.core.small_knowledge import SUPPORTS, ids_of, small_base, talk, text_of
from tests.knowledge_base import DAY, KNOWLEDGE

BAN = Update(
    "集资条例",
    "国务院",
    "2021-05-01",
    "不许集资",
    "A",
    "http://ban.example",
    always=True,
    words=("集资", "大家...凑钱"),
)
ADDED = replace(BAN, title="合证意见", say="后来又并了证", words=())
# Requests for advice on what was spoken of.
ADVICE = (
    "c:plan",
    "c:summary",
    "c:next",
    "给我列个清单",
    "总结一下",
    "第一步做什么",
    "哪个最适合我",
)
# Every n-th word of a rule is tried, so that the test stays short.
WORDS_TRIED = 60

Entry = Support | OutOfScopeTopic


def with_rule(rule: Update, *names: str) -> KnowledgeBase:
    """Return the small knowledge with a rule on these supports."""
    supports = {s.id: s for s in SUPPORTS}
    for name in names:
        supports[name] = replace(supports[name], updates=(rule,))
    return small_base(supports=supports)


@pytest.fixture(scope="module")
def banned() -> KnowledgeBase:
    """Return the small knowledge with a rule that warns on the support `shop`."""
    return with_rule(BAN, "shop")


# -- every turn of the knowledge that is served -------------------------------------------------


def tells(entry: Entry, turn: Turn) -> bool:
    """Return whether a turn tells what a support is."""
    return isinstance(entry, Support) and entry.summary.rstrip("。") in text_of(turn)


def names(entry: Entry, turn: Turn) -> bool:
    """Return whether a turn names a support or a topic, in its text or among its options."""
    return entry.title in text_of(turn) or f"s:{entry.id}" in ids_of(turn)


def missing(base: KnowledgeBase, turns: Iterable[Turn]) -> list[str]:
    """Return the texts of the turns of a conversation in which a rule should have been told by
    then and was not."""
    found, told = [], ""
    for turn in turns:
        told += text_of(turn)
        for rule, entries in base.knowledge.always_rules.items():
            due = any(tells(e, turn) or (rule.words and names(e, turn)) for e in entries)
            if due and rule.say not in told:
                found.append(text_of(turn))
        if turn.effects.forget:
            told = ""
    return found


def always(base: KnowledgeBase) -> list[Support]:
    """Return the supports that carry a rule for every answer."""
    entries = chain.from_iterable(base.knowledge.always_rules.values())
    return list(dict.fromkeys(entry for entry in entries if isinstance(entry, Support)))


def test_a_comparison_with_any_support_tells_the_rule(base: KnowledgeBase) -> None:
    compared, supports = 0, always(base)
    assert len(supports) > 1
    for support in supports:
        for other in base.knowledge.benefits:
            for said in ((support, other), (other, support)):
                text = f"{said[0].title}和{said[1].title}有什么区别"
                turns = talk(base, text)
                assert missing(base, turns) == [], text
                compared += tells(support, turns[-1]) and tells(other, turns[-1])
    assert compared > len(base.knowledge.benefits)


def test_advice_on_such_a_support_tells_the_rule(base: KnowledgeBase) -> None:
    for support in always(base):
        for other in base.knowledge.benefits[::8]:
            shown = Session(shown=(support.id, other.id), focus=support.id)
            for said in ADVICE:
                turns = talk(base, said, session=shown)
                assert missing(base, turns) == [], (support.id, said)


@pytest.mark.parametrize("identity", ["company", "operator", "investor", "student", "none"])
def test_every_page_of_results_tells_the_rule(base: KnowledgeBase, identity: str) -> None:
    said = (f"a:identity:{identity}", "c:results", *["c:more"] * 8, "c:others", "有哪些众筹")
    assert missing(base, talk(base, *said)) == []


def test_every_conversation_of_the_scenarios_tells_the_rule(base: KnowledgeBase) -> None:
    named = 0
    for scenario in scenarios(KNOWLEDGE):
        results = run_scenario(scenario, base, DAY)
        turns = [result.turn for result in results]
        assert missing(base, turns) == [], scenario.name
        rules = base.knowledge.always_rules.items()
        named += sum(names(e, t) for t in turns for r, es in rules if r.words for e in es)
    assert named > len(always(base))


def test_a_message_with_a_word_of_the_rule_gets_it_whatever_is_answered(
    base: KnowledgeBase,
) -> None:
    for rule in base.knowledge.always_rules:
        tried = rule.words[:: max(1, len(rule.words) // WORDS_TRIED)]
        for word in tried:
            said = word.replace("...", "一起")
            for text in (said, f"我想{said}，行不行", f"孵化器里的人{said}，找哪个局"):
                turn = talk(base, text)[-1]
                assert rule.say in text_of(turn), text


# -- the mechanism, with a small knowledge -------------------------------------------------------


def test_a_list_that_names_the_support_tells_the_rule_once(banned: KnowledgeBase) -> None:
    first, again = talk(banned, "a:identity:student", "c:results", "c:results")[1:]
    assert "s:shop" in ids_of(first)
    assert text_of(first).count("不许集资") == 1
    assert "不许集资" not in text_of(again)


def test_a_message_with_its_word_gets_the_rule_each_time(banned: KnowledgeBase) -> None:
    turns = talk(banned, "休学去集资行不行", "休学去集资行不行", "大家一起来凑钱休学")
    assert [text_of(turn).count("不许集资") for turn in turns] == [1, 1, 1]
    assert "《集资条例》" in text_of(turns[0])
    assert "前面说过的" in text_of(turns[1])


def test_an_answer_on_something_else_does_not_tell_the_rule(banned: KnowledgeBase) -> None:
    assert "不许集资" not in text_of(talk(banned, "休学创业能保留学籍吗")[-1])


def test_the_rule_stands_above_the_hints_of_the_reply(banned: KnowledgeBase) -> None:
    other = with_rule(replace(BAN, title="别的办法", say="别的", always=False), "enrolment")
    supports = {**banned.knowledge.supports, "enrolment": other.knowledge.supports["enrolment"]}
    text = text_of(talk(small_base(supports=supports), "集资休学创业能保留学籍吗")[-1])
    assert text.index("不许集资") < text.index("说“后来的规定”就能看")


def test_a_rule_without_words_is_told_with_what_its_support_is() -> None:
    added = with_rule(ADDED, "shop")
    listed = talk(added, "a:identity:student", "c:results")[-1]
    assert "s:shop" in ids_of(listed)
    assert "后来又并了证" not in text_of(listed)
    compared = talk(added, "开网店贴息和休学创业保留学籍有什么区别")[-1]
    assert "开网店贴息" in text_of(compared)
    assert text_of(compared).count("后来又并了证") == 1


def test_the_reply_with_a_rule_links_its_source(banned: KnowledgeBase) -> None:
    turn = talk(banned, "休学去集资行不行")[-1]
    assert "http://ban.example" in [link.url for r in turn.replies for link in r.links]


def test_who_issued_the_rule_is_answered_after_a_reply_that_got_it(base: KnowledgeBase) -> None:
    rule = next(r for r in base.knowledge.always_rules if r.words)
    turns = talk(base, "众创空间众筹和创业大学哪个好", "这条规定是谁发的")
    assert rule.say in text_of(turns[0])
    assert rule.issuer in text_of(turns[1])
