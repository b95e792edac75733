"""Follow-ups on the support in focus: what answers them, and what leaves the focus."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.replies import Turn
from bot.core.text.figures import figures
from tests.core.small_knowledge import ids_of, talk, text_of

DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("support", "text", "topic"),
    [
        ("migrant-startup-loan", "要不要抵押", "要不要担保或抵押"),
        ("migrant-startup-loan", "哪家银行", "哪家银行办"),
        ("migrant-startup-loan", "利息高吗", "利率"),
        ("become-a-mentor", "有没有工资", "有没有报酬"),
        ("migrant-startup-park", "那个园在哪点", "园区地址"),
        ("startup-university", "发证书吗", "发不发证书"),
        ("startup-guarantee-loan", "要抵押吗", "要不要找担保人、交哪些材料"),
        ("leave-and-keep-enrolment", "研究生可以吗", "研究生是否适用"),
    ],
)
def test_an_unstated_topic_is_found_by_its_words_and_phrases(
    support: str, text: str, topic: str, base: KnowledgeBase
) -> None:
    context = base.context(DAY)
    form, aspects = context.read_question(text)
    assert context.facts.silent_topic(form, aspects, base.knowledge.supports[support]) == topic


@pytest.mark.parametrize("text", ["今天吃什么", "贷款怎么样", "", "有没有农民工", "大学生能贷吗"])
def test_other_questions_find_no_unstated_topic(text: str, base: KnowledgeBase) -> None:
    context = base.context(DAY)
    form, aspects = context.read_question(text)
    support = base.knowledge.supports["migrant-startup-loan"]
    assert context.facts.silent_topic(form, aspects, support) == ""


@pytest.mark.parametrize(
    ("support", "said", "begins"),
    [
        ("startup-university", "是免费的吗", "是的，"),
        ("leave-and-keep-enrolment", "能保留学籍吗", "能："),
        ("makerspace-operating-grant", "是不是一定给55万", "不一定："),
        ("makerspace-operating-grant", "听说每年给80万", "文件里没有写“80万”"),
        ("startup-university", "听人说要先交押金", "2016 年的原文没有这样写：“要先交押金”。"),
        (
            "online-shop-loan",
            "账上流水有要求吗",
            "“账上流水有要求吗”，我在 2016 年的原文里没有找到",
        ),
        ("startup-guarantee-loan", "抖音讲借30万以内都不用担保，属实吗", "不一定，要看条件。"),
        ("startup-guarantee-loan", "是不是一律不用担保", "不一定，要看条件。"),
        ("part-time-and-tech-transfer", "编制保不保留", "2016 年的原文没有写“保不保留编制”"),
    ],
)
def test_the_answer_comes_first(support: str, said: str, begins: str, base: KnowledgeBase) -> None:
    assert text_of(talk(base, f"s:{support}", said)[-1]).startswith(begins)


@pytest.mark.parametrize(
    ("support", "said", "later"),
    [
        ("startup-guarantee-loan", "要不要找人担保", "原则上免反担保"),
        ("startup-guarantee-loan", "利息是几多", "LPR加150个基点"),
        ("part-time-and-tech-transfer", "编制保不保留", "3年内保留人事关系"),
        ("leave-and-keep-enrolment", "最多可以休几年", "延长2至5年"),
    ],
)
def test_a_later_rule_on_the_unstated_topic_follows_in_the_same_reply(
    support: str, said: str, later: str, base: KnowledgeBase
) -> None:
    text = text_of(talk(base, f"s:{support}", said)[-1])
    assert text.index("没有写") < text.index("后来的规定") < text.index(later)
    assert "《" in text


@pytest.mark.parametrize(
    ("support", "said"),
    [
        ("startup-university", "多少钱"),
        ("startup-university", "在哪报名"),
        ("startup-university", "是哪家在办"),
        ("startup-university", "要多久"),
        ("startup-university", "只收大学生吗"),
        ("leave-and-keep-enrolment", "要先有营业执照才行吗"),
    ],
)
def test_these_follow_ups_stay_with_the_focus(
    support: str, said: str, base: KnowledgeBase
) -> None:
    assert talk(base, f"s:{support}", said)[-1].session.focus == support


def test_a_loan_term_is_no_deadline(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "s:startup-guarantee-loan", "能贷几年")[-1])
    assert "没有写“贷款期限”" in text
    assert "申报时间" not in text
    assert "目标年" not in text


def test_the_amount_of_a_support_of_the_same_clause_is_named(base: KnowledgeBase) -> None:
    turn = talk(base, "s:free-desk-and-broadband", "多少钱")[-1]
    assert turn.session.focus == "free-desk-and-broadband"
    assert "同一条里的“众创空间运营补助" in text_of(turn)
    assert "55万元" in text_of(turn)


def test_a_quote_is_said_once(base: KnowledgeBase) -> None:
    said = ("s:startup-university", "免费不", "只收大学生吗", "创业大学", "免费辅导")
    first, *others = talk(base, *said)
    quote = base.knowledge.supports["startup-university"].quote
    assert quote in text_of(first)
    assert all(quote not in text_of(turn) for turn in others)


def test_a_reply_is_not_repeated_word_for_word(base: KnowledgeBase) -> None:
    turns = talk(base, "s:startup-university", *["讲哪些课"] * 6)
    texts = [text_of(turn) for turn in turns]
    assert len(set(texts)) == len(texts)
    assert "没有写“讲哪些课”" in texts[-1]


def test_the_whole_card_is_behind_a_button(base: KnowledgeBase) -> None:
    first, whole = talk(base, "s:startup-university", "f:all:startup-university")
    assert "f:all:startup-university" in ids_of(first)
    assert "没有写" not in text_of(first)
    for topic in base.knowledge.supports["startup-university"].unstated:
        assert topic in text_of(whole)


# What people say in the random talks below. Nobody of the question sets wrote them.
_REMARKS = (
    "多少钱",
    "要多久",
    "是不是一定给",
    "听说给90万",
    "我姨妈说不用还",
    "要不要抵押",
    "找谁",
    "第二年还有吗",
    "只收大学生吗",
    "要先交三千块吗",
    "什么条件",
    "月底能下来吗",
)


def _random_talk(base: KnowledgeBase, seed: int) -> list[tuple[str, Turn]]:
    """Return a talk of twelve messages on supports that a seed selects."""
    draw = Random(seed)
    supports = list(base.knowledge.supports)
    opens = [True, *(draw.random() < 0.2 for _ in range(11))]
    said = [f"s:{draw.choice(supports)}" if each else draw.choice(_REMARKS) for each in opens]
    return list(zip(said, talk(base, *said), strict=True))


@pytest.mark.parametrize("seed", range(25))
def test_each_sum_of_a_reply_is_written_or_denied(seed: int, base: KnowledgeBase) -> None:
    knowledge = base.knowledge
    texts = [clause.text for clause in knowledge.clauses.values()]
    for support in knowledge.supports.values():
        texts += [support.summary, support.amount, support.title, *support.unstated]
        texts += [update.say for update in support.updates]
    known = {(f.kind, f.value) for text in texts for f in figures(base.reader.clean(text))}
    for said, turn in _random_talk(base, seed):
        for reply in turn.replies:
            for figure in figures(base.reader.clean(reply.text)):
                if figure.kind in ("money", "share") and figure.words not in said:
                    assert (figure.kind, figure.value) in known, (said, reply.text)


@pytest.mark.parametrize("seed", range(25))
def test_no_typed_message_gets_an_earlier_reply_again(seed: int, base: KnowledgeBase) -> None:
    earlier: set[str] = set()
    for said, turn in _random_talk(base, seed):
        texts = [reply.text for reply in turn.replies]
        if turn.outcome == "answer":
            assert said.startswith("s:") or not earlier & set(texts), said
        earlier |= set(texts)


@pytest.mark.parametrize("seed", range(25))
def test_no_quote_is_shown_twice_by_itself(seed: int, base: KnowledgeBase) -> None:
    shown: set[str] = set()
    for said, turn in _random_talk(base, seed):
        text = "\n".join(reply.text for reply in turn.replies)
        quotes = {f"原文：“{s.quote}”" for s in base.knowledge.supports.values()}
        now = {quote for quote in quotes if quote in text}
        assert not now & shown, said
        shown |= now


def test_a_figure_that_nobody_stated_is_set_against_the_stated_one(base: KnowledgeBase) -> None:
    said = text_of(talk(base, "s:leave-and-keep-enrolment", "校长讲休学能休9年，是这样吗")[-1])
    assert said.startswith("文件里没有写“9年”这个数。")
    assert "2至5年" in said


def test_a_question_that_is_not_understood_gets_what_is_written_once(base: KnowledgeBase) -> None:
    turns = talk(
        base, "s:teachers-in-companies", "时长有没有硬性规定", "考勤由哪边来打有没有个说法"
    )
    written = base.knowledge.supports["teachers-in-companies"].summary.rstrip("。")
    assert "我在 2016 年的原文里没有找到直接的回答" in text_of(turns[1])
    assert written in text_of(turns[1])
    assert "没有找到" in text_of(turns[2])
    assert written not in text_of(turns[2])
