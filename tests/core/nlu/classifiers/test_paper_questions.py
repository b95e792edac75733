"""Questions about the paper itself and about later rules."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.understanding.questions import ABOUT_PAPER_FROM
from bot.core.nlu.classifiers.paper_questions import (
    BASIS,
    COPY,
    DATE,
    FORCE,
    ISSUER,
    LEAD,
    MASK,
    NUMBER,
    ORIGIN,
    TITLE,
    UNTIL,
    PaperNames,
)
from tests.core.small_knowledge import knowledge


def test_the_title_of_a_paper_is_masked() -> None:
    names = PaperNames(knowledge(), lambda text: text)
    assert names.masked("《众创空间方案》是谁发的") == f"《{MASK}》是谁发的"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("落款的机关是哪家，党委还是政府", ISSUER),
        ("出台这份方案的单位麻烦核对一下", ISSUER),
        ("它的编号是几号文来着", NUMBER),
        ("成文是几月几日，上网又是几月几日", DATE),
        ("论文脚注里该写的完整题名", TITLE),
        ("上头有哪几份文做依据，字号也给", BASIS),
        ("那个方案是跟着国务院哪份意见来的", BASIS),
        ("想对一下原件，政府网的地址有冇", COPY),
        ("这个减免的执行期限截至几时", UNTIL),
        ("里头定的目标年份是几几年", UNTIL),
        ("你前头讲的几样是老方案里的，还是后面文件添的", ORIGIN),
        ("整个方案由哪两家总牵头", LEAD),
        ("请问该方案现行有效抑或已经废止", FORCE),
    ],
)
def test_what_is_asked_about_a_paper(text: str, detail: str, base: KnowledgeBase) -> None:
    asked = base.acts.paper_question(text)
    assert asked.details[:1] == (detail,)
    assert asked.probability >= ABOUT_PAPER_FROM


@pytest.mark.parametrize(
    "text",
    [
        "奖补是哪家发到企业账上",
        "培训报名几号为止",
        "贴息贴满几年",
        "表格在哪个网页填",
        "我们厂是二零一五年办起来的",
        "休学这一项归哪家管",
        "凭哪些材料评大学科技园",
    ],
)
def test_other_questions_are_not_about_a_paper(text: str, base: KnowledgeBase) -> None:
    assert base.acts.paper_question(text).probability < ABOUT_PAPER_FROM


def test_each_clause_may_ask_for_a_detail(base: KnowledgeBase) -> None:
    asked = base.acts.paper_question("文号是几号，依据的又是哪些上级文件")
    assert {*asked.details} == {NUMBER, BASIS}
