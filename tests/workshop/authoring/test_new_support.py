"""From a clause to a support that `check` accepts, whatever is answered on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.readers.loader import read_folder, scenarios
from bot.core.domain.knowledge import Basis, Condition
from bot.workshop.authoring.dialogue import Leave
from bot.workshop.authoring.new_support import new_support
from bot.workshop.authoring.support_writing import (
    MOST_PROPOSED,
    card_scenario,
    most_like,
    support_faults,
    unasked,
)
from bot.workshop.editing.operations import NEW_SCENARIOS
from bot.workshop.editing.saving import save_all
from bot.workshop.editing.yaml_text import Value
from tests.content.sample_folder import TODAY, checked
from tests.workshop.authoring.scripted import Scripted

FILE = "policies/town-2016/supports/enrolment.yaml"
ASKED = [f"学籍问{number}" for number in "甲乙丙丁戊己庚辛壬癸子"]
PROPOSED = ["学籍丢不丢", "公积金怎么取", "学籍丢不丢？", "怎么休学甲"]
ANSWERS = [
    "1.2",  # the clause
    "没有这几个字", "年",  # no such words
    "在校大学生", "没有这个尾", "在校大学生", "休学", "是",  # the quote
    "学籍" * 30, "保留学籍",
    "一定保留学籍，最多3年", "保留学籍休学，期限为2年。",
    "Enrolment", "venue-grant", "enrolment", "",  # id and kind
    "在校学生", "", "大学本科", "在校大学生", "是",  # identity
    "", "休学", "打电话 0772-1234567", "已经入学", "",  # stage, needs, also_requires
    "怎么申请", "", "市农业局", "教育局",  # unstated, whom to ask
    "学籍 学籍", "1",  # keywords, and the proposed question
    "怎么休学乙", "短", "", *ASKED, "",
]  # fmt: skip


def made(folder: Path) -> Scripted:
    dialogue = Scripted(ANSWERS)
    save_all(folder, new_support(dialogue, folder, TODAY, PROPOSED))
    return dialogue


def test_the_support_and_its_scenario_pass_every_check(folder: Path) -> None:
    dialogue = made(folder)
    assert checked(folder) == []
    assert dialogue.left == []
    found = read_folder(folder)[1].supports["enrolment"]
    assert found.quote == "在校大学生创业可保留学籍休学"
    assert found.conditions == (
        Condition("identity", ("student",), Basis.PAPER, True, "在校大学生"),
    )
    assert (found.title, found.needs, found.ask) == ("保留学籍", ("school",), "教育局")
    assert (found.also_requires, found.unstated) == (("已经入学",), ("怎么申请",))
    assert found.questions == ("学籍丢不丢", "短", *ASKED)
    added = next(each for each in scenarios(folder) if each.file == NEW_SCENARIOS)
    assert [step.tap for step in added.talk] == ["s:enrolment", "f:who:enrolment"]
    assert added.talk[1].expect.says == ("教育局",)


@pytest.mark.parametrize(
    "said",
    [
        "条款里没有“没有这几个字”",
        "后面没有“没有这个尾”",
        "这段有 60 个字，最多 40 个",
        "“3”这个数在条款 1.2 的原文里没有",
        "summary 写了“一定”",
        "编号只能有小写英文和数字",
        "已经有编号是“venue-grant”的扶持了",
        "条款里没有“大学本科”",
        "像电话号码",
        "没有这个单位：“市农业局”",
        "问法“怎么休学乙”重复",
        "至少要 12 条，现在有 2 条",
    ],
)
def test_what_check_would_refuse_is_refused_at_once(folder: Path, said: str) -> None:
    assert said in made(folder).shown


def test_questions_most_like_the_support_are_proposed_first(folder: Path) -> None:
    other = [f"公积金问{number}" for number in range(MOST_PROPOSED)]
    dialogue = Scripted(ANSWERS)
    new_support(dialogue, folder, TODAY, [*other, "学籍丢不丢"])
    assert "  1. 学籍丢不丢\n  2. 公积金问0\n" in dialogue.shown
    assert other[-2] in dialogue.shown
    assert other[-1] not in dialogue.shown


@pytest.mark.parametrize("count", range(0, len(ANSWERS), 3))
def test_leaving_at_any_question_writes_nothing(folder: Path, count: int) -> None:
    with pytest.raises(Leave):
        new_support(Scripted([*ANSWERS[:count], "退出"]), folder, TODAY, PROPOSED)
    assert not (folder / FILE).exists()
    assert not (folder / NEW_SCENARIOS).exists()


def test_only_questions_that_nobody_wrote_yet_are_proposed(folder: Path) -> None:
    context = read_folder(folder)[1]
    assert unasked(context, [*PROPOSED, " ", "？"]) == ["学籍丢不丢"]


def test_the_questions_that_are_most_like_the_support_come_first() -> None:
    asked = ["公积金怎么取", "休学了学籍还在吗", "摊位多少钱", "？"]
    found = most_like("保留学籍休学\n在校大学生创业可保留学籍休学", asked)
    assert found == ["休学了学籍还在吗", "公积金怎么取", "摊位多少钱", "？"]
    assert most_like("摊位", asked, most=1) == ["摊位多少钱"]


def test_the_faults_of_a_draft_name_their_key(folder: Path) -> None:
    context = read_folder(folder)[1]
    draft: dict[str, Value] = {
        "id": "x-1",
        "clause": "1.2",
        "title": "休学",
        "summary": "补5万元",
        "quote": "没有这句",
        "conditions": {"identity": ["student"]},
        "needs": ["nothing"],
        "questions": ["怎么休学甲"],
    }
    found = support_faults(context, "town-2016", draft, TODAY)
    assert {each.key for each in found} == {
        "summary", "quote", "conditions", "needs", "questions",
    }  # fmt: skip
    assert [each.whole for each in found if each.key == "questions"] == [True, False]


@pytest.mark.parametrize(
    ("aspects", "lead", "taps"),
    [
        (
            ("text", "who"),
            "市科技局",
            ["s:venue-grant", "f:text:venue-grant", "f:who:venue-grant"],
        ),
        (("text", "who"), "", ["s:venue-grant", "f:text:venue-grant"]),
        ((), "市科技局", ["s:venue-grant"]),
    ],
)
def test_a_card_scenario_taps_only_what_there_is(
    folder: Path, aspects: tuple[str, ...], lead: str, taps: list[str]
) -> None:
    support = read_folder(folder)[1].supports["venue-grant"]
    talk = card_scenario(support, aspects, lead).talk
    assert [step.tap for step in talk] == taps
    assert talk[-1].expect.says in ((lead,), (support.quote,), ())
