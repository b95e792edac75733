"""All content checks: each reports its problem at the right line; a valid folder has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.checks.scenario_coverage import MANY_GONE
from tests.content.sample_folder import (
    ACTS,
    ASPECTS,
    LEADERS,
    LEAVE,
    PHRASES,
    POLICY,
    RULE,
    SCENARIOS,
    SOURCE,
    SYNONYMS,
    TOPICS,
    VENUE,
    checked,
    edit,
    only,
    put,
    questions,
)


def test_the_clean_folder_has_no_problem(folder: Path) -> None:
    assert checked(folder) == []


RULES = {
    "quote in other digits": (
        VENUE,
        "quote: 给予最多5万",
        "quote: 给予最多５万",
        "quote 不在条款 1.10",
    ),
    "quote in other commas": (
        LEAVE,
        "\nquote: 在校大",
        "\nquote: 在校，大",
        "quote 不在条款 1.2",
    ),
    "quote of a condition": (
        LEAVE,
        "quote: 在校大学生}",
        "quote: 在校大专生}",
        "条件的 quote 不在条款 1.2",
    ),
    "repair of nothing": (POLICY, "{stored: 双", "{stored: 三", "原文文件里没有要修补的字"),
    "excuse of nothing": (POLICY, "starts: 首页", "starts: 首项", "没有以“首项”开头的段落"),
    "closed list": (POLICY, "open_list: true", "open_list: false", "以“等”结尾"),
    "other label": (POLICY, "_label: 主要责任单位", "_label: 单位", "印的是“主要责任单位”"),
    "lead not first": (
        POLICY,
        "bureaus: [市科技局, 财政局, 各",
        "bureaus: [财政局, 市科技局, 各",
        "条款 1.10 的牵头单位应是“市科技局”",
    ),
    "bureau left out": (POLICY, "财政局, 各县区政府]", "各县区政府]", "bureaus 与原文印的不一样"),
    "bureau without 市": (POLICY, "[市科技局, 财政局, 各", "[科技局, 财政局, 各", "牵头单位应是"),
    "figure in summary": (VENUE, "summary: 开办空间，最多补5", "summary: 最多补55", "“55”这个数"),
    "full-width figure": (LEAVE, "summary: 可以", "summary: ３年可以", "“3”这个数"),
    "amount in words": (LEAVE, "summary: 可以", "summary: 补三万元，可以", "“三万元”这个数"),
    "share in words": (LEAVE, "summary: 可以", "summary: 补百分之三十，可以", "“百分之三十”"),
    "figure in title": (LEADERS, "title: 总的责任单位", "title: 2个责任单位", "“2”这个数"),
    "figure in amount": (VENUE, "amount: 最多5万", "amount: 最多5.5万", "“5.5”这个数"),
    "figure in also_requires": (VENUE, "[已经开办]", "[已开办2年]", "“2”这个数"),
    "figure in steps": (VENUE, "steps: [向市科技局问,", "steps: [7天内问,", "“7”这个数"),
    "figure in materials": (VENUE, "[营业执照]", "[执照3份]", "“3”这个数"),
    "telephone in unstated": (VENUE, "[怎么申请]", "[问0772-2825000]", "像电话号码"),
    "telephone in full width": (VENUE, "[怎么申请]", "[问（０７７２）2825000]", "像电话号码"),
    "telephone in groups": (VENUE, "[怎么申请]", "[问138 0013 8000]", "像电话号码"),
    "telephone in ask": (VENUE, "ask: 市科技局或本校", "ask: 问2825000", "像电话号码"),
    "telephone in keywords": (LEAVE, "[休学, 学籍]", "[休学, '2825000']", "像电话号码"),
    "telephone in questions": (LEAVE, "- 怎么休学甲", "- 我是13800138000", "像电话号码"),
    "telephone in a phrase": (PHRASES, "bye: 再见", "bye: 打2825000", "像电话号码"),
    "short number": (PHRASES, "bye: 再见", "bye: 打12333", "“12333”像电话号码"),
    "telephone of a signpost": (
        TOPICS,
        "title: 公积金",
        "title: 0772-2825",
        "像电话号码",
    ),
    "telephone of a bureau": ("bureaus.yaml", "note: 名称", "note: 2825000名称", "像电话号码"),
    "id in capitals": (LEADERS, "id: who-leads", "id: Who_Leads", "编号“Who_Leads”写法不对"),
    "id of 33 bytes": (LEADERS, "id: who-leads", f"id: {'a' * 33}", "写法不对"),
    "id in Chinese": (LEADERS, "id: who-leads", "id: 谁牵头", "编号“谁牵头”写法不对"),
    "id of an act": (ACTS, "start: [", "Start!: [", "编号“Start!”写法不对"),
    "long summary": (LEADERS, "summary: 科技", f"summary: {'好' * 72}科技", "summary 有 83 个字"),
    "question of two": (LEADERS, "- 谁负责甲", "- 怎么 休学甲？", "“怎么 休学甲？”重复"),
    "question twice": (LEADERS, "- 谁负责丙", "- 谁负责乙", "“谁负责乙”重复"),
    "question of signs": (LEADERS, "- 谁负责甲", "- ？？？", "只有标点"),
    "question of a signpost": (TOPICS, "[公积金怎么取]", "[谁负责 甲]", "重复"),
    "keyword twice": (LEAVE, "[休学, 学籍]", "[休学, 休学]", "keywords “休学”重复"),
    "keyword line twice": (LEAVE, "[休学, 学籍]", "[补助, 场地]", "的完全一样"),
    "dialect without meaning": ("language/dialect.yaml", "{点样: 怎么}", "{点样: }", "没有写标准"),
    "dialect of the paper": (
        "language/dialect.yaml",
        "{点样: 怎么}",
        "{补助: 补贴}",
        "是文件里的字",
    ),
    "not-word of two choices": ("interview.yaml", "[帮办空间的人]", "[大学 生]", "“大学 生”重复"),
    "not-word without a word": (
        "interview.yaml",
        "[帮办空间的人]",
        "[租工位的]",
        "“租工位的”没有",
    ),
    "word of two choices": ("interview.yaml", "[办空间的]", "[大学 生]", "“大学 生”重复"),
    "word and label": ("interview.yaml", "label: 都不是", "label: 大学生", "“大学生”重复"),
    "sample of two acts": (ACTS, "start: [", "back: [开始], start: [", "“开始”"),
    "word of two fields": (ASPECTS, "who: [找谁]", "who: [找谁]\n  how: [找谁]", "“找谁”"),
    "synonym twice": (SYNONYMS, "[停学, 缓一年]", "[停学, 停学]", "“停学”重复"),
    "expired": (VENUE, "valid_until: 2027-12-31", "valid_until: 2026-11-22", "已经过期"),
    "support unknown": (SCENARIOS, "[venue-grant]", "[venue-grant, x]", "没有这个扶持措施：“x”"),
    "focus unknown": (SCENARIOS, "focus: leave", "focus: leaf", "“leaf-of-absence”"),
    "clause unknown": (SCENARIOS, 'cites: ["1.2"]', 'cites: ["1.2", "9"]', "没有这个条款"),
    "slot unknown": (SCENARIOS, "question: stage", "question: stages", "没有这个问题项"),
    "mode unknown": (SCENARIOS, "mode: results", "mode: result", "没有这个mode"),
    "outcome unknown": (SCENARIOS, "outcome: answer", "outcome: yes", "没有这个outcome"),
    "profile unknown": (SCENARIOS, "[student, operator]", "[student, x]", "选项：“x”"),
    "answer tapped unknown": (SCENARIOS, ":student+operator", ":student+pupil", "“pupil”"),
    "slot tapped unknown": (
        SCENARIOS,
        "tap: a:identity:",
        "tap: a:identiti:",
        "“identiti”",
    ),
    "field tapped unknown": (SCENARIOS, "tap: f:who:", "tap: f:whom:", "“whom”"),
    "tap by number": (SCENARIOS, "tap: f:who:venue-grant", "tap: '2'", "tap 写法不对"),
    "tap of 49 bytes": (SCENARIOS, "tap: f:who:venue-grant", f"tap: s:{'a' * 47}", "tap 写法"),
}


@pytest.mark.parametrize("name", RULES)
def test_each_rule_reports_its_problem_at_the_right_line(folder: Path, name: str) -> None:
    file, old, new, said = RULES[name]
    line = edit(folder, file, old, new)

    problems = checked(folder)

    found = [p for p in problems if said in p.message]
    assert found, "\n".join(map(str, problems)) or "no problem at all"
    assert found[0].file == file
    if found[0].file == file and file != SCENARIOS:
        assert found[0].line in (line, line + new.count("\n"))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (
            VENUE,
            "summary: 开办空间，最多补5万元/年。",
            "summary: 最多补５万元/年，一站式，多元化。",
        ),
        (VENUE, "[怎么申请]", "[2024年怎么申请]"),
        (LEAVE, "- 怎么休学甲", "- 休学2年后，我打12333问过，交10000元"),
        (VENUE, "steps: [向市科技局问,", "steps: [打１２３４５问,"),
        (
            PHRASES,
            "bye: 再见",
            "bye: 2016-02-05发布，见 https://e.cn/t20250317_3601570.shtml",
        ),
        (RULE, "提高到30万元", "到2027年提高到30万元"),
        (VENUE, "status: open", "status: expired"),
        (VENUE, "valid_until: 2027-12-31", "valid_until: 2026-11-23"),
        (LEADERS, "summary: 科技局和财政局总负责。", f"summary: {'好' * 80}"),
        (LEADERS, "- 谁负责甲", "- 谁负责乙？"),
        ("interview.yaml", "words: [大学生, 在校学生]", "words: [大学生, 大学 生]"),
        (SCENARIOS, "tap: f:who:venue-grant", "tap: s:long-gone-support"),
        (SCENARIOS, "tap: f:who:venue-grant", "tap: c:restart"),
        (SCENARIOS, "says: 保留学籍", "says: [保留学籍, 休学]"),
    ],
)
def test_what_is_proven_or_harmless_passes(folder: Path, file: str, old: str, new: str) -> None:
    edit(folder, file, old, new)

    assert checked(folder) == []


def test_an_id_may_have_32_characters(folder: Path) -> None:
    name = "a" * 32
    (folder / LEADERS).rename(folder / LEADERS.replace("who-leads", name))
    edit(folder, LEADERS.replace("who-leads", name), "id: who-leads", f"id: {name}")

    assert checked(folder) == []


def test_a_clause_that_differs_from_the_source_is_quoted_at_the_difference(folder: Path) -> None:
    put(folder, SOURCE, (folder / SOURCE).read_text(encoding="utf-8").replace("2年", "3年"))

    problem = only(checked(folder))
    assert "条款 1.2 的 text 与原文不一致" in problem.message
    assert "期限为2年" in problem.message
    assert (
        "(二)休学创业。"
        in (folder / POLICY).read_text(encoding="utf-8").splitlines()[problem.line - 1]
    )


def test_an_undeclared_repair_is_a_difference_from_the_source(folder: Path) -> None:
    edit(folder, POLICY, "  - {stored: 双核驱动, shown: “双核驱动”}\n", "")
    edit(folder, POLICY, "repairs:\n", "repairs: []\n")

    assert "“双核驱动”" in only(checked(folder)).message


def test_a_basis_must_stand_in_the_source(folder: Path) -> None:
    edit(folder, POLICY, "repairs:\n", "basis: [“双核驱动”, 上级的文件]\nrepairs:\n")

    assert "上级的文件" in only(checked(folder)).message


def test_bureaus_must_not_be_left_out(folder: Path) -> None:
    edit(folder, POLICY, "    bureaus: [教育局]\n", "")

    problem = only(checked(folder))
    assert "牵头单位应是“教育局”" in problem.message
    assert problem.hint == "原文是：教育局"


def test_bureaus_of_a_clause_that_prints_none_must_stand_in_its_text(folder: Path) -> None:
    edit(folder, POLICY, "bureaus: [市科技局, 财政局]", "bureaus: [财政局, 市科技局]")

    assert "没有印责任单位" in only(checked(folder)).message


def test_eleven_questions_are_too_few(folder: Path) -> None:
    edit(folder, LEADERS, questions("谁负责"), questions("谁负责", 11))

    problem = only(checked(folder))
    assert "questions 只有 11 条，至少 12 条" in problem.message


def test_problems_of_form_and_of_content_come_together_and_sorted(folder: Path) -> None:
    edit(folder, LEAVE, "summary: 可以", "summary: 3年可以")
    edit(folder, "bureaus.yaml", "note: 名称", "nota: 名称")
    put(folder, "scenarios/broken.yaml", "- [\n")

    found = checked(folder)
    assert [p.file for p in found] == ["bureaus.yaml", LEAVE, "scenarios/broken.yaml"]


@pytest.mark.parametrize("name", [POLICY, "bureaus.yaml", "interview.yaml", PHRASES])
@pytest.mark.parametrize("data", [b"", b"a: [\n", "编号: 甲\n".encode("gbk")])
def test_a_file_that_cannot_be_read_is_the_only_problem(
    folder: Path, name: str, data: bytes
) -> None:
    put(folder, name, data)

    assert only(checked(folder)).file == name


@pytest.mark.parametrize("data", [b"", b"\n", "原文\n".encode("gbk")])
def test_a_source_that_cannot_be_read_is_the_only_problem(folder: Path, data: bytes) -> None:
    put(folder, SOURCE, data)

    assert only(checked(folder)).file == SOURCE


def test_a_folder_without_any_scenario_has_one_problem(folder: Path) -> None:
    (folder / SCENARIOS).unlink()

    assert "一个对话样例也没有" in only(checked(folder)).message


def test_supports_that_many_scenarios_miss_are_one_problem(folder: Path) -> None:
    names = ", ".join(f"gone-{number}" for number in range(MANY_GONE))
    edit(
        folder,
        SCENARIOS,
        "focus: leave-of-absence",
        f"focus: leave-of-absence\n        maybe: [{names}]",
    )
    assert len(checked(folder)) == MANY_GONE

    edit(folder, SCENARIOS, "maybe: [gone-0", "maybe: [lost, gone-0")
    problem = only(checked(folder))
    assert "9 项扶持措施在这里找不到" in problem.message
    assert "备份" in problem.hint


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    assert "找不到知识库" in only(checked(tmp_path / "nowhere")).message


@pytest.mark.parametrize("name", [POLICY, SOURCE, SCENARIOS, "interview.yaml", PHRASES])
def test_a_file_cut_off_anywhere_ends_in_problems_never_in_an_exception(
    folder: Path, name: str
) -> None:
    data = (folder / name).read_bytes()

    for end in range(0, len(data) - 2, 41):
        put(folder, name, data[:end])
        assert checked(folder) or end > len(data) // 2
