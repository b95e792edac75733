"""The coverage report on paragraphs, supports and choices."""

from __future__ import annotations

from pathlib import Path

from bot.content.checks.truth.source_coverage import ChoiceUse, coverage
from tests.content.sample_folder import LEAVE, POLICY, SCENARIOS, SOURCE, edit, put


def test_every_paragraph_of_the_clean_folder_is_accounted_for(folder: Path) -> None:
    report = coverage(folder)

    told = [(p.line, p.clauses, p.supports, p.why) for p in report.paragraphs]
    assert told == [
        (1, (), (), "网页导航"),
        (3, (), (), "标题"),
        (5, ("1.10",), ("venue-grant",), ""),
        (7, ("1.2",), ("leave-of-absence",), ""),
        (9, ("1.3",), ("who-leads",), ""),
        (11, (), (), "网页导航"),
    ]
    assert report.gaps == ()
    assert report.paragraphs[0].file == SOURCE


def test_a_paragraph_that_is_neither_covered_nor_declared_uncovered_is_a_gap(folder: Path) -> None:
    edit(folder, POLICY, "  - {starts: 首页, why: 网页导航}\n", "")
    edit(folder, SOURCE, "分享至:", "(四)新的一条。\n\n分享至:")

    assert [gap.left for gap in coverage(folder).gaps] == ["首页", "(四)新的一条。"]


def test_the_rest_of_a_paragraph_that_a_clause_cuts_short_is_a_gap(folder: Path) -> None:
    edit(folder, POLICY, "可保留学籍休学,期限为2年。(主要责任单位:教育局等)", "可保留学籍休学,")

    (gap,) = coverage(folder).gaps
    assert gap.clauses == ("1.2",)
    assert gap.left == "期限为2年。(主要责任单位:教育局等)"


def test_a_clause_over_two_paragraphs_covers_both_and_no_similar_one(folder: Path) -> None:
    edit(folder, SOURCE, "期限为2年。(主要", "期限为2年。\n\n　　(主要")
    edit(folder, SOURCE, "首页\n", "首页\n休学\n")

    report = coverage(folder)
    assert [p.line for p in report.paragraphs if p.clauses == ("1.2",)] == [8, 10]
    assert [gap.text for gap in report.gaps] == ["休学"]


def test_a_clause_that_is_not_in_the_source_covers_nothing(folder: Path) -> None:
    edit(folder, SOURCE, "期限为2年", "期限为3年")

    assert [gap.line for gap in coverage(folder).gaps] == [7]


def test_the_report_counts_the_scenarios_that_cover_each_support(folder: Path) -> None:
    extra = '- {name: 又一次, talk: [{say: 休学, expect: {cites: ["1.2"], says: 休学创业}}]}\n'
    put(folder, "scenarios/second.yaml", extra)

    report = coverage(folder)
    assert report.scenarios == {"venue-grant": 1, "leave-of-absence": 3, "who-leads": 0}
    assert report.unproven == ("who-leads",)


def test_choices_are_counted_by_the_benefits_that_name_them(folder: Path) -> None:
    edit(folder, LEAVE, "  stage: {of: [idea], basis: reading, closed: false}\n", "")

    report = coverage(folder)
    assert report.choices == (
        ChoiceUse("identity", "student", named=1, open_to_all=0),
        ChoiceUse("identity", "operator", named=1, open_to_all=0),
        ChoiceUse("identity", "none", named=0, open_to_all=0, exempt=True),
        ChoiceUse("stage", "idea", named=0, open_to_all=2),
        ChoiceUse("needs", "venue", named=1, open_to_all=0),
        ChoiceUse("needs", "school", named=1, open_to_all=0),
        ChoiceUse("district", "chengzhong", named=0, open_to_all=2, exempt=True),
    )
    assert [f"{use.slot}:{use.choice}" for use in report.unnamed] == ["stage:idea"]


def test_the_report_reads_as_chinese_text(folder: Path) -> None:
    edit(folder, POLICY, "  - {starts: 首页, why: 网页导航}\n", "")
    edit(folder, POLICY, "可保留学籍休学,期限为2年。(主要责任单位:教育局等)", "可保留学籍休学,")

    text = str(coverage(folder))
    for part in (
        f"{SOURCE}:1: 首页\n    未覆盖\n",
        "    不需要条款：标题\n",
        "    条款 1.10：venue-grant\n",
        "    条款 1.2：leave-of-absence；未覆盖的部分：期限为2年。",
        "   2  leave-of-absence\n",
        "   1 + 0    needs:school\n",
        "原文 6 段，已交代 4 段，未覆盖 2 段\n",
        "扶持措施 3 项，有样例 2 项\n",
        "没有扶持措施点名的选项：无",
    ):
        assert part in text


def test_a_broken_folder_also_gives_a_report(folder: Path, tmp_path: Path) -> None:
    put(folder, POLICY, "id: [\n")
    put(folder, SCENARIOS, "- [\n")

    assert coverage(folder).paragraphs == ()
    assert "原文 0 段" in str(coverage(tmp_path / "nowhere"))
