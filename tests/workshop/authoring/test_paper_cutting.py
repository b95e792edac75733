"""Papers are cut where they number themselves and where they list their bureaus."""

from __future__ import annotations

import pytest

from bot.content.readers.loader import read_folder
from bot.content.readers.policies import squeeze
from bot.workshop.authoring.paper_cutting import CutPaper, cut, paragraphs, unique_ids
from bot.workshop.authoring.policy_writing import wrapped
from tests.knowledge_base import KNOWLEDGE

ARTICLES = """某市支持青年创业办法
第一章 总则
第一条 为支持青年创业,制定本办法。
第二章 扶持
第二条 场地补贴。给予每年最高1万元的补贴。申请人提交下列材料:
（一）营业执照;
（二）租赁合同。
(责任单位:市人社局、青年局)
第三条 鼓励金融机构提供贷款。
某市人民政府
2027年3月1日
"""
NESTED = """关于支持青年创业的若干措施
一、降低门槛
（一）放宽登记。允许一址多照。
1. 一照多址。允许分店用同一张执照。(责任单位:市工商局)
2. 住所承诺。凭承诺书登记。(责任单位:市工商局等)
（二）减免费用
免收三年管理费。
具体办法由财政局制定。
二、资金支持。设立基金,支持青年。(主要责任单位:财政局、金融办)
附件：1.申请表
"""


def outline(paper: CutPaper) -> list[tuple[str, str]]:
    return [(each.place, each.title) for each in paper.clauses]


def test_the_paper_that_is_served_is_cut_as_its_editors_cut_it() -> None:
    context = read_folder(KNOWLEDGE)[1]
    for paper in context.papers.values():
        wanted = [c for c in context.clauses.values() if c.policy == paper.policy]
        found = cut(context.sources[paper.source_text]).clauses
        assert len(found) == len(wanted)
        for clause, same in zip(found, wanted, strict=True):
            assert (clause.place, clause.title) == (same.place, same.title)
            assert squeeze(clause.text) == squeeze(same.text)
            printed = clause.bureaus
            assert (printed.bureaus if printed else ()) in (same.bureaus, ())


def test_articles_are_named_without_their_chapter_and_keep_their_lists() -> None:
    paper = cut(ARTICLES)
    assert outline(paper) == [
        ("第一条", "为支持青年创业,制定本办法"),
        ("第二条", "场地补贴"),
        ("第三条", "鼓励金融机构提供贷款"),
    ]
    assert "租赁合同" in paper.clauses[1].text
    assert paper.clauses[1].bureaus is not None
    assert paper.clauses[1].bureaus.bureaus == ("市人社局", "青年局")
    assert [(each.paragraph.text, each.why) for each in paper.left_over] == [
        ("某市支持青年创业办法", "文件标题"),
        ("第一章 总则", "章节标题"),
        ("第二章 扶持", "章节标题"),
        ("某市人民政府", "发文机关"),
        ("2027年3月1日", "落款日期"),
    ]


def test_nested_numbers_make_clauses_of_their_own() -> None:
    paper = cut(NESTED)
    assert outline(paper) == [
        ("一（一）", "放宽登记"),
        ("一（一）1", "一照多址"),
        ("一（一）2", "住所承诺"),
        ("一（二）", "减免费用"),
        ("二", "资金支持"),
    ]
    assert paper.clauses[3].text == "免收三年管理费。\n具体办法由财政局制定。"
    assert paper.clauses[2].bureaus is not None
    assert paper.clauses[2].bureaus.is_open
    assert paper.clauses[4].bureaus is not None
    assert paper.clauses[4].bureaus.label == "主要责任单位"
    assert list(unique_ids(paper, "2027-")) == [
        "2027-1.1", "2027-1.1.1", "2027-1.1.2", "2027-1.2", "2027-2",
    ]  # fmt: skip


def test_every_paragraph_is_in_one_clause_or_left_over() -> None:
    for text in (ARTICLES, NESTED, "无编号的文件\n第一件事。\n第二件事。\n"):
        paper = cut(text)
        parts = [p for clause in paper.clauses for p in clause.paragraphs]
        parts += [each.paragraph for each in paper.left_over]
        assert sorted(p.line for p in parts) == [p.line for p in paragraphs(text)]


def test_a_paper_without_numbers_has_a_clause_for_each_paragraph() -> None:
    assert outline(cut("某市办法\n贷款。可以贷款。\n比赛。每年一次。\n")) == [
        ("第1段", "贷款"),
        ("第2段", "比赛"),
    ]


def test_a_number_that_is_printed_twice_gets_an_id_of_its_own() -> None:
    paper = cut("一、甲。甲甲。\n一、乙。乙乙。\n")
    assert list(unique_ids(paper, "x-")) == ["x-1", "x-1b"]


def test_lines_that_a_narrow_page_broke_are_joined() -> None:
    text = (
        "一、支持青年创业,给予场地补贴和贷款贴息以及\n"
        "培训补贴,具体标准由市人社局会同市财政局另行\n"
        "制定并向社会公布,有关县区可以结合本地实际适\n"
        "当提高标准。\n二、本办法自印发之日起施行。\n"
    )
    found = cut(text).clauses
    assert [len(clause.paragraphs) for clause in found] == [1, 1]
    assert found[0].text.startswith("一、支持青年创业,给予场地补贴和贷款贴息以及培训补贴")
    assert len(found[0].paragraphs[0].lines) == 4


def test_clauses_are_joined_left_out_and_named() -> None:
    paper = cut(NESTED)
    joined = paper.merged(2)
    assert len(joined.clauses) == 4
    assert joined.clauses[1].text == f"{paper.clauses[1].text}\n{paper.clauses[2].text}"
    less = paper.without(0, "不含措施")
    assert less.left_over[2].why == "不含措施"
    assert less.left_over[2].paragraph == paper.clauses[0].paragraphs[0]
    assert paper.titled(4, "基金").clauses[4].title == "基金"


@pytest.mark.parametrize("text", ["", "\n\n", "一、", "（一）\n1.\n", "标题"])
def test_a_text_without_sentences_is_no_error(text: str) -> None:
    cut(text)


def test_a_clause_on_several_lines_reads_as_before() -> None:
    text = "一,二、三;四。" * 40 + "甲 ,乙, 丙"
    lines = wrapped(text)
    assert squeeze("\n".join(lines)) == text
    assert max(map(len, lines)) <= 90
