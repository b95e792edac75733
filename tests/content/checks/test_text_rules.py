"""Normalised texts, and phrases compared with the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.checks.run import check, check_phrases
from bot.content.checks.text_rules import normal
from bot.content.readers.loader import load
from tests.content.sample_folder import PHRASES, TODAY, edit, only

SAID = {"hello": frozenset({"name"}), "bye": frozenset[str]()}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("您好，{name}。", "您好，{nam}。", "{nam} 程序不认识"),
        ("您好，{name}。", "您好，{name.__class__}。", "写法不对"),
        ("您好，{name}。", "您好，{name!r}。", "写法不对"),
        ("您好，{name}。", "您好，{name:>9}。", "写法不对"),
        ("您好，{name}。", "您好，{}。", "写法不对"),
        ("您好，{name}。", "您好，{0}。", "写法不对"),
        ("您好，{name}。", "您好，{name。", "花括号没有配对"),
        ("您好，{name}。", "您好，name}。", "花括号没有配对"),
        ("bye: 再见", "bye: '{name}再见'", "{name} 程序不认识"),
        ("您好，{name}。", "您好，｛name｝。", "花括号是全角的"),
        ("bye: 再见", "by: 再见", "缺少一句话：“bye”"),
        ("bye: 再见", "by: 再见", "程序里没有用到这句话：“by”"),
        ("bye: 再见", "bye:", "缺少一句话：“bye”"),
    ],
)
def test_phrases_are_compared_with_the_code(folder: Path, old: str, new: str, said: str) -> None:
    edit(folder, PHRASES, old, new)

    found = [p for p in check(folder, TODAY, SAID) if said in p.message]
    assert only(found).file == ("phrases/" if "缺少" in said else PHRASES)


def test_a_phrase_need_not_use_what_the_code_offers(folder: Path) -> None:
    edit(folder, PHRASES, "您好，{name}。", "您好{{柳州}}。")

    assert check_phrases(load(folder), SAID) == []


def test_a_wrong_placeholder_is_named_with_its_line_and_the_nearest(folder: Path) -> None:
    line = edit(folder, PHRASES, "bye: 再见", "bye: '{nome}再见'")

    problem = only(check(folder, TODAY, {**SAID, "bye": frozenset({"name"})}))
    assert problem.line == line
    assert "name" in problem.hint


def test_many_missing_phrases_are_one_problem(folder: Path) -> None:
    said = {**SAID, **{f"phrase_{number}": frozenset[str]() for number in range(9)}}

    problem = only(check(folder, TODAY, said))
    assert "缺少 9 句话" in problem.message
    assert "备份" in problem.hint


def test_normal_forms_agree_across_width_case_and_punctuation() -> None:
    assert normal("ＧＡＰ year？") == normal("gapyear") != normal("gap")
