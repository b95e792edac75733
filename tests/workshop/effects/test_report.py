"""The report that a clerk reads, and its JSON values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.core.domain.knowledge import Basis, Condition, SupportStatus
from bot.workshop.effects.answers import Answer, Kind
from bot.workshop.effects.diff import Diff, compare
from bot.workshop.effects.profile_changes import People
from bot.workshop.effects.question_changes import Group, QuestionChange, Shown
from bot.workshop.effects.questions import Question
from bot.workshop.effects.report import (
    GROUPS,
    as_json,
    changed_words,
    lines,
    people,
    question_line,
    summary,
)
from tests.core.small_knowledge import IDENTITY, SUPPORTS, another_version, small_base
from tests.knowledge_base import DAY

BY_ID = {each.id: each for each in SUPPORTS}
SHOP, LOAN = Shown("shop", "开网店贴息", "3.2"), Shown("loan", "担保贷款", "5.2")


@pytest.fixture(scope="module")
def diff() -> Diff:
    """A difference with changes of every part."""
    old = small_base()
    wider = Condition("identity", ("operator", "graduate"), basis=Basis.PAPER, closed=True)
    new = another_version(
        old,
        supports={
            **{k: s for k, s in BY_ID.items() if k != "shop"},
            "subsidy": replace(BY_ID["subsidy"], conditions=(wider,), amount="60万元"),
            "desk": replace(BY_ID["desk"], status=SupportStatus.EXHAUSTED),
            "enrolment": replace(BY_ID["enrolment"], ask="学校"),
        },
    )
    return compare(old, new, DAY, more=[Question("开网店能不能贷款")])


def changed(group: Group, before: Answer, after: Answer, **more: object) -> QuestionChange:
    values = {"was": (), "now": (), **more}
    return QuestionChange("问一句", ("收件箱",), group, before, after, **values)  # type: ignore[arg-type]


def test_a_report_names_groups_people_and_facts(diff: Diff) -> None:
    text = "\n".join(lines(diff))
    assert f"问了 {diff.asked} 句，{len(diff.questions)} 句的回答变了。" in text
    assert "变成答不上来（" in text
    assert "“开网店能不能贷款”：开网店贴息（3.2） → 答不上来　〔收件箱〕" in text
    assert "谁能得到什么（3 项扶持有变化）" in text
    assert "众创空间补助：高校毕业生的人，从“不符合”变成“条件都符合”" in text
    assert "免费办公场所：所有人，变成“已停办”" in text
    assert "开网店贴息：在校学生或高校毕业生的人，从“条件都符合”变成“没有这一项”" in text
    assert "众创空间补助：金额 最多不超过55万元/年 → 60万元" in text
    assert "没有了扶持：开网店贴息" in text
    assert "免费办公场所：能不能办 能办 → 名额或资金用完了" in text


def test_no_change_is_said_in_one_line() -> None:
    assert list(lines(Diff("a", "b", 7))) == [
        "问了 7 句，回答都一样；各种人能得到的、各项扶持的内容也都一样。"
    ]
    assert summary(Diff("a", "b", 7)) == "什么都没有变"


def test_a_summary_has_the_numbers_that_are_not_zero(diff: Diff) -> None:
    text = summary(diff)
    assert "谁能得到有变化的扶持 3 项（有人得不到了的 2 项）" in text
    assert "内容改了" in text
    assert GROUPS[Group.NOW_DIRECT] not in text


def test_every_group_has_a_title_and_is_shown() -> None:
    assert {*GROUPS} == {*Group}
    answer = Answer(Kind.UNKNOWN, reply="一")
    for group, title in GROUPS.items():
        each = changed(group, answer, replace(answer, reply="二"))
        assert f"{title}（1 句）" in "\n".join(lines(Diff("a", "b", 1, (each,))))


def test_an_answer_is_told_by_what_it_shows() -> None:
    answered, offered = Answer(Kind.ANSWERED, ("shop",)), Answer(Kind.OFFERED, ("shop", "loan"))
    moved = changed(Group.NOW_OFFERED, answered, offered, was=(SHOP,), now=(SHOP, LOAN))
    assert question_line(moved) == (
        "“问一句”：开网店贴息（3.2） → 让人挑：开网店贴息（3.2）、担保贷款（5.2）　〔收件箱〕"
    )
    topic = Answer(Kind.OUT_OF_SCOPE, ("piano",))
    gone = changed(
        Group.NOW_OUT_OF_SCOPE,
        answered,
        topic,
        was=(SHOP,),
        now=(Shown("piano", "钢琴调音"),),
        intended=True,
    )
    assert question_line(gone) == (
        "“问一句”：开网店贴息（3.2） → 不归这份文件管：钢琴调音"
        "　（新知识里写明这样答）　〔收件箱〕"
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("甲\n乙", "甲\n丙", ("乙", "丙")),
        ("甲\n乙", "甲\n新\n乙", ("", "新")),
        ("甲\n旧\n乙", "甲\n乙", ("旧", "")),
        ("甲\n乙", "乙\n甲", ("", "乙")),
    ],
)
def test_other_words_are_the_first_lines_that_differ(
    before: str, after: str, expected: tuple[str, str]
) -> None:
    answers = (Answer(Kind.ANSWERED, reply=text) for text in (before, after))
    assert changed_words(changed(Group.OTHER_WORDS, *answers)) == expected


def test_replies_that_change_alike_share_a_line() -> None:
    one = changed(
        Group.OTHER_WORDS, Answer(Kind.TALK, reply="您好"), Answer(Kind.TALK, reply="您好呀")
    )
    questions = tuple(replace(one, text=f"你好{n}") for n in range(5))
    text = "\n".join(lines(Diff("a", "b", 5, questions)))
    assert text.count("“您好” → “您好呀”") == 1
    assert "“你好0”、“你好1”、“你好2”等 5 句" in text


def test_long_groups_are_cut_unless_all_are_wanted() -> None:
    unknown, answered = Answer(Kind.UNKNOWN), Answer(Kind.ANSWERED, ("shop",))
    each = changed(Group.NOW_ANSWERED, unknown, answered, now=(SHOP,))
    many = Diff("a", "b", 30, tuple(replace(each, text=f"问{n}") for n in range(30)))
    assert "还有 20 处（加 --all 全部列出）" in "\n".join(lines(many))
    assert "还有" not in "\n".join(lines(many, None))
    assert "“问29”" in "\n".join(lines(many, None))


def test_most_choices_are_told_by_those_that_are_left_out(diff: Diff) -> None:
    given = tuple((c.id,) for c in IDENTITY.choices if c.id != "student")
    assert people(People((("identity", given),)), diff) == "除“在校学生”以外的人"
    both = People((("identity", (("student", "company"),)), ("stage", ((),))))
    assert people(both, diff) == "在校学生又是企业、没说创业阶段的人"


def test_json_has_every_change_and_the_counts(diff: Diff) -> None:
    values = json.loads(json.dumps(as_json(diff)))
    assert values["changes"] is True
    assert len(values["questions"]) == len(diff.questions)
    assert values["counts"] == diff.counts()
    (moved,) = [q for q in values["questions"] if q["text"] == "开网店能不能贷款"]
    assert moved["group"] == "now_unknown"
    assert moved["regression"] is True
    assert moved["before"]["shown"] == [{"id": "shop", "title": "开网店贴息", "clause": "3.2"}]
    assert moved["before"]["reply"] != moved["after"]["reply"]
    (wider,) = [p for p in values["profiles"] if p["gained"]]
    assert wider["transitions"] == [
        {
            "people": [{"identity": [["graduate"]]}],
            "before": ["not_applicable"],
            "after": "applies",
        }
    ]
    assert {f["field"] for f in values["facts"]} == {"", "金额", "能不能办", "问谁"}
