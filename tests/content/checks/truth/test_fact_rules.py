"""The checks of facts: filler words, dates, sources and lengths."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.sample_folder import (
    LEADERS,
    PHRASES,
    POLICY,
    RULE,
    TOPICS,
    VENUE,
    checked,
    edit,
    only,
)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (VENUE, "[已经开办]", "[无]"),
        (VENUE, "[营业执照]", "[待定]"),
        (VENUE, "amount: 最多5万元/年", "amount: 无"),
        (VENUE, "amount: 最多5万元/年", "amount: （待定）"),
        (VENUE, "amount: 最多5万元/年", "amount: N/A"),
        (VENUE, "ask: 市科技局或本校", "ask: 不详"),
        (VENUE, "{what: [怎么申请]", "{what: [暂无]"),
        (RULE, "提高到30万元", "待定"),
        ("bureaus.yaml", "now: 某市科学技术局", "now: 未知"),
    ],
)
def test_a_filler_word_for_a_missing_fact_is_refused(
    folder: Path, file: str, old: str, new: str
) -> None:
    line = edit(folder, file, old, new)

    problem = only(checked(folder))
    assert (problem.file, problem.line) == (file, line)
    assert "念给用户" in problem.message
    assert "空着" in problem.hint


def test_a_later_rule_that_nothing_reaches_is_refused(folder: Path) -> None:
    edit(folder, RULE, "about: [who]", "about: []")
    problem = only(checked(folder))
    assert problem.file == RULE
    assert "谁问也问不到它" in problem.message
    assert "questions" in problem.hint


@pytest.mark.parametrize(
    "told",
    [
        "questions: [三十万那笔给谁]",
        "follow_ups: [后来涨了吗]",
        "always: true",
        "people: [{label: 退役军人, words: [退伍了]}]",
    ],
)
def test_a_later_rule_with_a_way_to_it_is_accepted(folder: Path, told: str) -> None:
    edit(folder, RULE, "about: [who]", told)
    assert not [p for p in checked(folder) if "问不到它" in p.message]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (LEADERS, "title: 总的责任单位", f"title: {'总' * 41}"),
        (VENUE, "[已经开办]", f"[{'须' * 151}]"),
        (LEADERS, "- 谁负责甲", f"- {'谁' * 151}"),
        (RULE, "提高到30万元", "提" * 301),
        (PHRASES, "bye: 再见", f"bye: {'再' * 601}"),
        (TOPICS, "title: 公积金", f"title: {'公' * 41}"),
    ],
)
def test_a_text_too_long_for_a_phone_is_refused(
    folder: Path, file: str, old: str, new: str
) -> None:
    line = edit(folder, file, old, new)

    problem = only(checked(folder))
    assert (problem.file, problem.line) == (file, line)
    assert "个字，最多" in problem.message
    assert len(str(problem)) < 150


@pytest.mark.parametrize("day", ["2024/5/1", "明年", "2024年5月", "2024-13", "2024-5-1"])
def test_a_later_rule_needs_a_date_or_a_month(folder: Path, day: str) -> None:
    edit(folder, RULE, "date: 2024-05", f"date: {day}")

    assert "不是日期" in only(checked(folder)).message


@pytest.mark.parametrize("day", ["2024-05-01", "2024-05", "2017-09-01 起施行"])
def test_the_date_of_a_later_rule_may_be_followed_by_words(folder: Path, day: str) -> None:
    edit(folder, RULE, "date: 2024-05", f"date: {day}")

    assert checked(folder) == []


@pytest.mark.parametrize("sure", ["", "confidence: C,", "confidence: U,"])
def test_a_later_rule_without_a_reliable_source_is_refused(folder: Path, sure: str) -> None:
    edit(folder, RULE, "confidence: A,", sure)

    problem = only(checked(folder))
    assert problem.file == RULE
    assert "没有可靠的出处" in problem.message


def test_a_telephone_in_a_later_rule_is_shown_where_it_stands(folder: Path) -> None:
    edit(folder, RULE, "提高到30万元", "打 0772 282 5000")

    problem = only(checked(folder))
    assert problem.file == RULE
    assert "“0772 282 5000”" in problem.message


def test_a_policy_in_force_needs_the_date_of_its_verification(folder: Path) -> None:
    edit(folder, POLICY, "status: unverified\nlast_verified: 2026-11-01", "status: in_force")

    problem = only(checked(folder))
    assert "哪天核实" in problem.message
    assert "last_verified" in problem.hint


@pytest.mark.parametrize("file", [POLICY, VENUE])
def test_a_verification_date_in_the_future_is_refused(folder: Path, file: str) -> None:
    edit(folder, file, "last_verified: 2026-11-01", "last_verified: 2062-11-01")

    assert "以后的一天：2062-11-01" in only(checked(folder)).message


@pytest.mark.parametrize("number", ["电话待定", "0772 2825000", "12345转2"])
def test_a_hotline_is_a_number(folder: Path, number: str) -> None:
    line = edit(
        folder,
        "bureaus.yaml",
        "hotlines:\n",
        f"hotlines:\n  - {{number: {number}, title: 某局}}\n",
    )

    problem = only(checked(folder))
    assert (problem.file, problem.line) == ("bureaus.yaml", line + 1)
    assert "号码写法不对" in problem.message


def test_a_hotline_may_have_an_area_code(folder: Path) -> None:
    edit(
        folder,
        "bureaus.yaml",
        "hotlines:\n",
        "hotlines:\n  - {number: 0772-2825000, title: 某局}\n",
    )
    edit(folder, VENUE, "ask: 市科技局或本校", "ask: 市科技局（0772-2825000）")

    assert checked(folder) == []


def test_a_label_in_place_of_an_id_is_answered_with_the_ids(folder: Path) -> None:
    edit(folder, VENUE, "  identity: {of: [operator]", "  身份: {of: [运营方]")
    assert "identity（身份）" in only(checked(folder)).hint

    edit(folder, VENUE, "  身份: {of: [运营方]", "  identity: {of: [运营方]")
    assert "operator（运营方）" in only(checked(folder)).hint
