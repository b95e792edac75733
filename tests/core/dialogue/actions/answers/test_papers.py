"""Questions for the details of the paper, and for the bureaus of today."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Session, Utterance
from tests.knowledge_base import DAY


def reply(base: KnowledgeBase, *texts: str) -> str:
    session, said = Session(), ""
    for text in texts:
        turn = step(session, Utterance(text), base, DAY)
        session, said = turn.session, "\n".join(each.text for each in turn.replies)
    return said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这份通知是哪个部门发的", "柳州市人民政府办公室"),
        ("这个方案几月几号印的", "2016-02-05"),
        ("发文字号告诉我", "文号，我收录的网页上没有写"),
        ("这份文件的全名", "《柳州市大力促进众创空间发展工作方案》"),
        ("制定这个方案照的是上级哪几份文", "国办发〔2015〕9号"),
        ("方案做到哪一年，写了有效期没有", "文件没有写有效期到哪一天"),
        ("这份方案总的归哪两个局负责", "市科技局、人社局是促进众创空间发展工作总的责任单位"),
        ("想核实这份方案眼下有效还是废止了", "没有查到它被废止或延续的依据"),
    ],
)
def test_a_detail_of_the_paper_is_told(text: str, words: str, base: KnowledgeBase) -> None:
    assert words in reply(base, text)


def test_one_sentence_answers_what_it_has(base: KnowledgeBase) -> None:
    said = reply(base, "哪个机关印发，哪天落款，全称也报一下")
    assert said.count("2016-02-05") == said.count("柳州市人民政府办公室") == 1


def test_the_original_is_linked(base: KnowledgeBase) -> None:
    turn = step(Session(), Utterance("原件在哪个政府网上能查"), base, DAY)
    source = next(iter(base.knowledge.policies.values())).source
    assert "原文在政府网站上" in turn.replies[0].text
    assert source in [link.url for link in turn.replies[0].links]


def test_the_last_day_of_a_later_rule_is_told(base: KnowledgeBase) -> None:
    said = reply(base, "大学科技园税收优惠", "减免期限到哪年底")
    assert "写明执行到 2027-12-31" in said
    said = reply(base, "创业担保贷款", "现在最多能贷多少", "这条新规定管到几时")
    assert "执行到哪天，我没有查到" in said


def test_what_was_told_before_is_no_part_of_the_paper(base: KnowledgeBase) -> None:
    talk = ("创业担保贷款", "现在最多能贷多少", "农民工创业园", "前面讲的数是16年方案里的吗")
    assert "2016 年这份文件没有写，是后来的规定" in reply(base, *talk)


def test_details_are_not_told_for_a_question_on_a_support(base: KnowledgeBase) -> None:
    assert "印发" not in reply(base, "创业担保贷款是谁发的钱")


def test_the_source_of_a_later_rule_is_told_after_it(base: KnowledgeBase) -> None:
    before = ("创业担保贷款", "现在最多能贷多少")
    said = reply(base, *before, "这个数哪个规定写的")
    assert "是后来的规定，出自" in said
    assert "2024-05" in said
    assert "后来的规定，出自" not in reply(base, "创业担保贷款", "哪个规定写的")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("发改委那牌子还在不在", "柳州市发展和改革委员会"),
        ("文新广局呢", "柳州市文化广电和旅游局"),
    ],
)
def test_a_bureau_alone_is_told_by_its_present_name(
    text: str, name: str, base: KnowledgeBase
) -> None:
    assert name in reply(base, text)
