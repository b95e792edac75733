"""Reading scenario files: steps, expectations and their problems."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.content.readers.loader import load, scenarios
from bot.errors import KnowledgeError
from tests.content.sample_folder import SCENARIOS, put


def test_scenarios_are_read_with_their_expectations(folder: Path) -> None:
    student, operator = scenarios(folder)

    assert (student.name, student.today) == ("学生问休学", date(2026, 11, 23))
    assert (student.file, student.line) == (SCENARIOS, 1)
    asked, tapped = student.talk
    assert (asked.say, asked.tap, asked.line) == ("休学能保留学籍吗", "", 4)
    assert asked.expect.says == ("保留学籍",)
    assert asked.expect.never_says == ("元",)
    assert asked.expect.cites == ("1.2",)
    assert asked.expect.question == ""
    assert asked.expect.profile is None
    assert (asked.expect.outcome, asked.expect.mode) == ("answer", "detail")
    assert asked.expect.focus == "leave-of-absence"
    assert tapped.tap == "a:identity:student+operator"
    assert tapped.expect.profile == {"identity": ("student", "operator")}
    assert tapped.expect.question == "stage"
    assert operator.talk[0].expect.maybe == ()
    assert operator.talk[0].expect.applies == ("venue-grant",)
    assert operator.talk[1].expect.cites is None
    assert operator.talk[0].expect.applies_only is None


def test_exact_lists_are_read_and_none_is_an_empty_list(folder: Path) -> None:
    put(
        folder,
        SCENARIOS,
        "- name: 甲\n  talk:\n    - say: 一\n      expect:\n        cites_only: '1.2'\n"
        "        applies_only: [venue-grant]\n        maybe_only: []\n"
        "        not_applicable_only: [leave-of-absence]\n",
    )

    (read,) = scenarios(folder)
    expect = read.talk[0].expect
    assert expect.cites_only == ("1.2",)
    assert expect.applies_only == ("venue-grant",)
    assert expect.maybe_only == ()
    assert expect.not_applicable_only == ("leave-of-absence",)
    assert expect.clauses == ("1.2",)
    assert expect.judged == ("venue-grant", "leave-of-absence")


def test_a_folder_without_scenarios_is_still_knowledge(folder: Path) -> None:
    (folder / SCENARIOS).unlink()
    (folder / "scenarios").rmdir()

    assert load(folder).supports
    assert scenarios(folder) == ()


def test_a_bad_scenario_does_not_stop_loading_but_is_reported_by_scenarios(folder: Path) -> None:
    put(
        folder,
        SCENARIOS,
        "- {nam: 甲, talk: [{say: 一, tap: 's:x'}, {expect: {say: 一}}]}\n- 乙\n",
    )

    assert load(folder).supports
    with pytest.raises(KnowledgeError) as caught:
        scenarios(folder)
    said = str(caught.value)
    for part in ("不认识的键“nam”", "要么写 say", "不认识的键“say”", "要写“键: 值”", "缺少“name”"):
        assert part in said


def test_two_scenarios_may_not_share_a_name(folder: Path) -> None:
    put(folder, "scenarios/second.yaml", "- {name: 学生问休学, talk: [{say: 嗯}]}\n")

    with pytest.raises(KnowledgeError, match=r"样例名字重复，scenarios/first\.yaml:1"):
        scenarios(folder)


def test_a_scenario_without_talk_is_a_problem(folder: Path) -> None:
    put(folder, SCENARIOS, "- {name: 甲}\n")

    with pytest.raises(KnowledgeError, match="没有对话"):
        scenarios(folder)
