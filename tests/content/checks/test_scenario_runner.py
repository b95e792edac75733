"""The scenario runner: which expectations it checks, and what it reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.content.checks.scenario_runner import SAID_CHARS, check_scenarios, run_scenario
from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.core.dialogue.manager import KnowledgeBase
from tests.core.small_knowledge import small_base
from tests.knowledge_base import DAY


@pytest.fixture(scope="module")
def small() -> KnowledgeBase:
    return small_base()


def scenario(*talk: tuple[str, dict[str, Any]], today: date | None = None) -> Scenario:
    """Return a scenario of (tap or text, expectations) pairs. Taps look like "s:desk"."""
    steps = []
    for line, (given, expected) in enumerate(talk, 2):
        tapped = given[1:2] == ":"
        say, tap = ("", given) if tapped else (given, "")
        steps.append(Step(say, tap, Expect(**expected), "s.yaml", line))
    return Scenario("样例", tuple(steps), "s.yaml", 1, today)


HOLDS = scenario(
    ("c:start", {"question": "identity", "mode": "interview", "cites": ()}),
    ("a:identity:student", {"profile": {"identity": ("student",)}, "question": "stage"}),
    (
        "s:enrolment",
        {
            "says": ("保留学籍", "市教育局"),
            "never_says": ("万元",),
            "cites": ("3.2",),
            "cites_only": ("3.2",),
            "outcome": "answer",
            "focus": "enrolment",
        },
    ),
    (
        "c:results",
        {
            "applies": ("enrolment", "shop"),
            "maybe": ("desk",),
            "not_applicable": ("subsidy",),
            "question": "",
            "focus": "",
        },
    ),
)


def test_a_scenario_that_holds_has_no_problems(small: KnowledgeBase) -> None:
    assert check_scenarios([HOLDS], small, DAY) == []


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        ("s:enrolment", {"says": ("税收",)}, "没有说“税收”"),
        ("s:enrolment", {"never_says": ("学籍",)}, "不该说“学籍”"),
        ("c:start", {"never_says": ("在校学生",)}, "不该说“在校学生”"),
        ("s:enrolment", {"cites": ("1.1",)}, "依据应是 1.1，实际是 3.2"),
        ("s:enrolment", {"cites": ()}, "依据应是 无，实际是 3.2"),
        ("s:enrolment", {"cites_only": ("1.1",)}, "依据应该只有 1.1，实际是 3.2"),
        ("s:enrolment", {"cites_only": ("1.1", "3.2")}, "依据应该只有 1.1、3.2，实际是 3.2"),
        ("c:start", {"question": "stage"}, "接着问的应是 stage，实际是 identity"),
        ("c:start", {"question": ""}, "接着问的应是 无，实际是 identity"),
        ("s:enrolment", {"outcome": "unknown"}, "结果类型应是 unknown，实际是 answer"),
        ("c:start", {"mode": "results"}, "所处状态应是 results，实际是 interview"),
        ("s:enrolment", {"focus": "desk"}, "正在谈的扶持应是 desk，实际是 enrolment"),
        (
            "a:identity:student",
            {"profile": {"identity": ("company",)}},
            "identity 应记成 company，实际是 student",
        ),
        ("c:results", {"applies": ("subsidy",)}, "applies 里缺 subsidy"),
        ("c:results", {"not_applicable": ("open",)}, "not_applicable 里缺 open"),
        ("c:results", {"applies_only": ("desk",)}, "applies 应该只有 desk，实际是 open"),
        ("c:results", {"maybe_only": ()}, "maybe 应该只有 无，实际是 "),
        ("c:results", {"not_applicable_only": ("open",)}, "not_applicable 应该只有 open"),
    ],
)
def test_each_unmet_expectation_is_reported(
    given: str, expected: dict[str, Any], words: str, small: KnowledgeBase
) -> None:
    (problem,) = check_scenarios([scenario((given, expected))], small, DAY)
    assert words in problem.message
    assert "样例" in problem.message
    assert (problem.file, problem.line) == ("s.yaml", 2)


def test_a_step_without_expectations_has_no_problems(small: KnowledgeBase) -> None:
    assert check_scenarios([scenario(("什么都行", {}))], small, DAY) == []


def test_says_looks_at_the_labels_of_choices(small: KnowledgeBase) -> None:
    assert check_scenarios([scenario(("c:start", {"says": ("在校学生",)}))], small, DAY) == []


def test_every_unmet_expectation_of_every_step_is_reported(small: KnowledgeBase) -> None:
    wrong = scenario(("c:start", {"mode": "idle", "question": "x"}), ("c:help", {"cites": ("1",)}))
    assert [p.line for p in check_scenarios([wrong], small, DAY)] == [2, 2, 3]


def test_what_the_bot_says_is_told_once_a_step(small: KnowledgeBase) -> None:
    wrong = scenario(("c:start", {"mode": "idle", "question": "x", "says": ("没有这句",)}))
    problems = sorted(check_scenarios([wrong], small, DAY))
    (result,) = run_scenario(wrong, small, DAY)
    said = " ".join(" ".join(reply.text for reply in result.turn.replies).split())
    first, *others = [problem.hint for problem in problems]
    assert first.startswith(f"机器人说的是：{said[:20]}")
    assert len(first) <= len("机器人说的是：…") + SAID_CHARS
    assert others == ["", ""]


def test_a_scenario_with_a_day_runs_on_that_day(small: KnowledgeBase) -> None:
    supports = small.knowledge.supports
    over = replace(supports["desk"], valid_until=date(2030, 1, 1))
    base = small_base(supports={**supports, "desk": over})
    later = scenario(("s:desk", {"says": ("已经到期",)}), today=date(2031, 1, 1))
    assert check_scenarios([later], base, DAY) == []
    assert check_scenarios([replace(later, today=None)], base, DAY) != []


def test_the_steps_run_in_order_in_one_session(small: KnowledgeBase) -> None:
    results = list(run_scenario(HOLDS, small, DAY))
    assert [r.step for r in results] == list(HOLDS.talk)
    assert [r.turn.session.pending for r in results] == ["identity", "stage", "stage", ""]


def findings(verdict: str, base: KnowledgeBase) -> tuple[str, ...]:
    """Return the supports with this verdict for a founder who has answered nothing."""
    (result,) = run_scenario(scenario(("c:results", {})), base, DAY)
    return tuple(f.support for f in result.turn.findings if f.verdict == verdict)


@pytest.mark.parametrize("verdict", ["applies", "maybe", "not_applicable"])
def test_an_exact_list_of_verdicts_allows_no_other_support(
    verdict: str, small: KnowledgeBase
) -> None:
    exact = findings(verdict, small)
    key = f"{verdict}_only"
    assert check_scenarios([scenario(("c:results", {key: exact[::-1]}))], small, DAY) == []
    if exact:
        one_less = scenario(("c:results", {key: exact[1:]}))
        (problem,) = check_scenarios([one_less], small, DAY)
        assert "应该只有" in problem.message


def test_no_clause_expected_and_none_cited_holds(small: KnowledgeBase) -> None:
    assert check_scenarios([scenario(("c:start", {"cites_only": ()}))], small, DAY) == []
