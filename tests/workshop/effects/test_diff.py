"""The whole difference between two versions of a small knowledge, against plain comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import OutOfScopeTopic, Support, SupportStatus
from bot.workshop.effects.diff import Diff, compare, regressions
from bot.workshop.effects.question_changes import Group
from bot.workshop.effects.questions import INBOX, SAMPLE, Question
from tests.core.small_knowledge import SUPPORTS, another_version, small_base, support
from tests.knowledge_base import DAY

BY_ID = {each.id: each for each in SUPPORTS}
PIANO = OutOfScopeTopic("piano", "钢琴调音", "", ("钢琴", "调音"), ("钢琴调音找谁",))
CONTEST = support(
    "contest", "9.9", title="创业大赛", keywords=("大赛",), questions=("大赛几时办",)
)
SILENT = replace(BY_ID["enrolment"], questions=(), keywords=(), quote="", title="其他")
# What founders ask beside the samples.
ASKED = (
    "休学创业能保留学籍吗？",
    "学籍",
    "开网店能不能贷款",
    "大赛几时办",
    "钢琴调音找谁",
    "众创空间一年补多少钱",
    "桂林开网店有贷款吗",
    "你好",
    "今天下雨吗",
)


def version(old: KnowledgeBase, **supports: Support | None) -> KnowledgeBase:
    """Return another version of the small knowledge, with these supports by id; None: removed."""
    kept = {**BY_ID, **supports}
    left = {name: each for name, each in kept.items() if each is not None}
    return another_version(old, supports=left)


@pytest.fixture(scope="module")
def old() -> KnowledgeBase:
    return small_base()


def difference(old: KnowledgeBase, new: KnowledgeBase, *asked: str) -> Diff:
    return compare(old, new, DAY, more=[Question(text) for text in asked or ASKED])


def changed(diff: Diff, group: Group) -> list[str]:
    return [change.text for change in diff.questions if change.group is group]


def test_two_equal_versions_do_not_differ(old: KnowledgeBase) -> None:
    same = another_version(old)
    diff = difference(old, same)
    assert not diff.changes
    assert set(diff.counts().values()) == {0}
    assert not regressions(diff)
    assert diff.asked >= len(ASKED)


VERSIONS: Mapping[str, dict[str, Any]] = {
    "samples moved": {
        "enrolment": SILENT,
        "shop": replace(BY_ID["shop"], questions=("休学创业能保留学籍吗", "开网店能贷款吗")),
    },
    "a support more": {"contest": CONTEST},
    "a support less": {"shop": None},
    "other words": {"subsidy": replace(BY_ID["subsidy"], summary="一年给一次。")},
}


@pytest.mark.parametrize("name", VERSIONS)
def test_the_changed_questions_are_those_that_ask_answers_otherwise(
    name: str, old: KnowledgeBase
) -> None:
    new = version(old, **VERSIONS[name])
    diff = difference(old, new)
    texts = {*ASKED}
    for base in (old, new):
        texts |= {q for entry in base.knowledge.supports.values() for q in entry.questions}
        texts |= {q for entry in base.knowledge.signposts.values() for q in entry.questions}
    assert diff.asked == len(texts)
    otherwise = {}
    for text in texts:
        before, after = (ask(text, base, DAY) for base in (old, new))
        if (before["outcome"], before["reply"]) != (after["outcome"], after["reply"]):
            otherwise[text] = (before, after)
    assert otherwise
    assert {change.text for change in diff.questions} == {*otherwise}
    for change in diff.questions:
        before, after = otherwise[change.text]
        if change.group is Group.OTHER_SUPPORT:
            assert before["outcome"] == after["outcome"] == "answer"
            assert before["matches"][0]["support"] == change.was[0].id
            assert after["matches"][0]["support"] == change.now[0].id != change.was[0].id
            assert after["matches"][0]["clause"] == change.now[0].clause
        if change.group is Group.NOW_ANSWERED:
            assert (before["outcome"], after["outcome"]) == ("unknown", "answer")


def test_each_kind_of_change_has_its_group(old: KnowledgeBase) -> None:
    # With an act model of its own, which knows the new topic.
    new = small_base(
        version="new",
        supports={**BY_ID, "enrolment": SILENT, "contest": CONTEST, **VERSIONS["other words"]},
        signposts={**old.knowledge.signposts, "piano": PIANO},
    )
    diff = difference(old, new)
    assert "学籍" in changed(diff, Group.NOW_UNKNOWN)
    assert "钢琴调音找谁" in changed(diff, Group.NOW_OUT_OF_SCOPE)
    assert "大赛几时办" in changed(diff, Group.NOW_ANSWERED)
    assert "众创空间一年补多少" in changed(diff, Group.OTHER_WORDS)
    counts = diff.counts()
    for group in Group:
        assert counts[group] == len(changed(diff, group))


def test_a_planted_regression_is_found(old: KnowledgeBase) -> None:
    lost = regressions(difference(old, version(old, shop=None)))
    assert "开网店能贷款吗" in [change.text for change in lost.questions]
    assert [change.supports for change in lost.profiles] == [(("shop", "开网店贴息"),)]
    assert regressions(difference(version(old, shop=None), old)).questions == ()


def test_a_question_that_was_moved_on_purpose_is_no_regression(old: KnowledgeBase) -> None:
    diff = difference(old, version(old, **VERSIONS["samples moved"]))
    moved = [c for c in diff.questions if c.text == "休学创业能保留学籍吗"]
    assert [(c.group, c.intended) for c in moved] == [(Group.OTHER_SUPPORT, True)]
    assert "休学创业能保留学籍吗" not in [c.text for c in regressions(diff).questions]


def test_a_question_tells_where_it_comes_from(old: KnowledgeBase) -> None:
    diff = difference(old, version(old, shop=None), "开网店能贷款吗", "开网店能不能贷款")
    sources = {change.text: change.sources for change in diff.questions}
    assert sources["开网店能贷款吗"] == (INBOX, SAMPLE)
    assert sources["开网店能不能贷款"] == (INBOX,)


def test_a_closed_support_is_told_as_one_change_for_everybody(old: KnowledgeBase) -> None:
    expired = replace(BY_ID["desk"], status=SupportStatus.EXPIRED)
    diff = difference(old, version(old, desk=expired))
    (change,) = diff.profiles
    assert (change.lost, change.is_regression) == (True, False)
    assert not regressions(diff).profiles
    assert len(change.transitions) == 1
    assert change.transitions[0].people[0].answers == ()
    assert [(f.field, f.before, f.after) for f in diff.facts] == [("能不能办", "能办", "已到期")]
