"""Templates stand for exactly the texts that they write out, and their faults are told."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.documents.templates import (
    MAX_TEXTS,
    TEMPLATE_FILES,
    TemplateError,
    expand,
    numerals,
    sample,
    takes_templates,
)
from bot.content.readers.loader import load, read_folder
from tests.content.sample_folder import ASPECTS, VENUE, checked, edit, only, problems_of, put
from tests.knowledge_base import KNOWLEDGE

LISTS = {"space": ("众创空间", "孵化器"), "place": ("店",)}


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ("孵化器的", ("孵化器的",)),
        ("我们[的]{space}", ("我们的众创空间", "我们的孵化器", "我们众创空间", "我们孵化器")),
        ("(在|进了){place}", ("在店", "进了店")),
        ("要[不要](名字|号码)", ("要不要名字", "要不要号码", "要名字", "要号码")),
        ("[我[们]]开{place}", ("我们开店", "我开店", "开店")),
        ("(甲|甲)乙", ("甲乙",)),
        ("run (a|the) shop", ("run a shop", "run the shop")),
        ("干了{years:2-3}年", ("干了2年", "干了二年", "干了两年", "干了3年", "干了三年")),
        ("{n:9-11}", ("9", "九", "10", "十", "11", "十一")),
    ],
)
def test_a_template_expands_in_its_own_order(template: str, texts: tuple[str, ...]) -> None:
    assert expand(template, LISTS) == texts


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("我们{space", "写法不对"),
        ("我们{Space}", "写法不对"),
        ("我们{spaces}", "没有“spaces”这个列表"),
        ("我们[的", "没有配对的“]”"),
        ("(甲|乙", "没有配对的“)”"),
        ("(甲|乙]", "没有配对的“)”"),
        ("甲)", "多了一个“)”"),
        ("甲|乙", "外面没有括号"),
        ("（甲|乙）", "全角的“（”"),
        ("甲(乙｜丙)", "全角的“｜”"),
        ("[甲]", "空的"),
        ("{n:5-3}", "范围“5-3”不对"),
        ("{n:1-100}", "范围“1-100”不对"),
        ("{n:0-99}{m:0-99}", f"最多 {MAX_TEXTS} 句"),
    ],
)
def test_a_fault_is_told(template: str, told: str) -> None:
    with pytest.raises(TemplateError) as raised:
        expand(template, LISTS)
    assert told in raised.value.message


def test_many_alternatives_are_counted_and_not_built() -> None:
    with pytest.raises(TemplateError, match=r"100000000000000000000 句"):
        expand("(0|1|2|3|4|5|6|7|8|9)" * 20, {})


@given(st.text(alphabet="甲乙|()[]{}:-1a", max_size=12))
def test_any_text_expands_or_is_a_fault(template: str) -> None:
    with suppress(TemplateError):
        texts = expand(template, {"a": ("丙", "丁")})
        assert texts
        assert len(texts) == len(set(texts)) <= MAX_TEXTS


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, ("0", "零")), (2, ("2", "二", "两")), (10, ("10", "十")), (20, ("20", "二十")),
     (35, ("35", "三十五"))],
)  # fmt: skip
def test_numbers_have_chinese_numerals(number: int, words: tuple[str, ...]) -> None:
    assert numerals(number) == words


def test_a_sample_is_spread_over_all_texts() -> None:
    texts = tuple(str(number) for number in range(100))
    assert sample(texts, 10) == ("0", "10", "20", "30", "40", "50", "60", "70", "80", "90")
    assert sample(texts[:3], 10) == ("0", "1", "2")


LIST_FILE = "language/lists.yaml"


def test_the_words_of_a_file_are_expanded_with_the_lists(folder: Path) -> None:
    put(folder, LIST_FILE, "lists:\n  again: [从头, 重新]\n")
    edit(folder, ASPECTS, "who: [找谁", 'who: ["{again}(来|开始)"')
    assert load(folder).fields["who"][:4] == ("从头来", "从头开始", "重新来", "重新开始")


def test_a_fault_stands_at_the_line_of_its_template(folder: Path) -> None:
    line = edit(folder, ASPECTS, "who: [找谁", 'who: ["{again}来"')
    problem = only(problems_of(folder))
    assert (problem.file, problem.line) == (ASPECTS, line)
    assert "没有“again”这个列表" in problem.message


def test_a_fault_of_one_template_leaves_the_others(folder: Path) -> None:
    edit(folder, ASPECTS, "who: [找谁", 'who: ["[甲", "(乙|丙)丁"')
    found = read_folder(folder)[1]
    assert "没有配对的" in only(found.problems.sorted()).message
    assert found.fields["who"][:2] == ("乙丁", "丙丁")


def test_a_list_does_not_refer_to_lists(folder: Path) -> None:
    put(folder, LIST_FILE, 'lists:\n  again: ["{more}", 重新]\n')
    assert "这里不能写模板" in only(problems_of(folder)).message


def test_a_template_where_none_is_read_is_told(folder: Path) -> None:
    line = edit(folder, VENUE, "questions:\n", "questions:\n  - 给我(一块|两块)地\n") + 1
    problem = only(problems_of(folder))
    assert (problem.file, problem.line) == (VENUE, line)
    assert "这里不能写模板：“给我(一块|两块)地”" in problem.message


def test_a_text_of_two_templates_stands_once(folder: Path) -> None:
    edit(folder, ASPECTS, "who: [找谁", 'who: ["[再]来", "(来|走)吧", "再[来]"')
    assert load(folder).fields["who"][:5] == ("再来", "来", "来吧", "走吧", "再")


def test_every_template_of_the_knowledge_saves_lines() -> None:
    context = read_folder(KNOWLEDGE)[1]
    files = {each.file for each in context.templates}
    assert files >= set(TEMPLATE_FILES)
    assert all(takes_templates(file) for file in files)
    assert all(len(each.texts) > 1 for each in context.templates)


def test_every_list_is_used() -> None:
    context = read_folder(KNOWLEDGE)[1]
    for name in context.lists:
        assert any(f"{{{name}}}" in each.template for each in context.templates), name


def test_a_repetition_names_the_line_of_the_template(folder: Path) -> None:
    put(folder, ASPECTS, "aspects:\n  who:\n    - (甲|乙)来\n    - 乙来\n")
    told = [each for each in checked(folder) if "重复" in each.message]
    assert [each.line for each in told] == [4]
    assert f"{ASPECTS}:3 " in told[0].message
