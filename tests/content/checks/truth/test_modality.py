"""The rule that an encouragement of the paper is not told as a promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.content.checks.truth.modality import check_modality
from bot.content.documents.problems import Problems
from bot.content.readers.loader import read_folder
from bot.core.domain.knowledge import Support

TEXT = (
    "(二)实验室。鼓励各类高校开展示范建设,将实验室向学生免费开放。落实补助政策,给予补助。"
    "支持有条件的空间开展试点,帮助企业推广。加强宣传和舆论引导,对典型进行宣传。"
)
ENCOURAGED = "鼓励各类高校开展示范建设,将实验室向学生免费开放"


def problems(folder: Path, quote: str, summary: str) -> list[str]:
    """Return the messages for one support with this quote and this summary."""
    context = read_folder(folder)[1]
    clause = replace(context.clauses["1.2"], text=TEXT)
    support: Support = replace(context.supports["leave-of-absence"], quote=quote, summary=summary)
    changed = replace(
        context, problems=Problems(), clauses={"1.2": clause}, supports={support.id: support}
    )
    check_modality(changed)
    return [problem.message for problem in changed.problems.sorted()]


def test_a_summary_that_keeps_the_verb_passes(folder: Path) -> None:
    assert problems(folder, ENCOURAGED, "鼓励高校把实验室向学生免费开放。") == []


def test_a_quote_that_starts_after_the_verb_is_refused(folder: Path) -> None:
    found = problems(folder, "将实验室向学生免费开放", "鼓励高校开放实验室。")
    assert len(found) == 1
    assert "从“鼓励”的后面开始" in found[0]


def test_a_summary_without_the_verb_is_refused(folder: Path) -> None:
    found = problems(folder, ENCOURAGED, "实验室向学生免费开放。")
    assert found == ["原文是“鼓励”，summary 里没有这样的词，读着像答应了"]


@pytest.mark.parametrize("word", ["保证", "一定", "必须", "有权", "全额", "百分百"])
def test_a_summary_that_promises_is_refused(word: str, folder: Path) -> None:
    found = problems(folder, ENCOURAGED, f"鼓励高校开放实验室，{word}开放。")
    assert found == [f"原文是“鼓励”，summary 却写了“{word}”"]


def test_a_summary_may_say_that_nothing_is_promised(folder: Path) -> None:
    assert problems(folder, ENCOURAGED, "鼓励高校开放实验室，不是必须开放。") == []


@pytest.mark.parametrize(
    "quote", ["落实补助政策,给予补助", "给予补助", "帮助企业推广", "对典型进行宣传"]
)
def test_a_statement_of_its_own_needs_no_verb_before_it(quote: str, folder: Path) -> None:
    assert problems(folder, quote, "给补助。") == []


GRANTED = "落实补助政策,给予补助"


@pytest.mark.parametrize(
    "word",
    [
        "保证",
        "一定",
        "全额",
        "百分百",
        "百分之百",
        "当天",
        "包过",
        "就批",
        "必给",
        "免费送",
        "白给",
        "政府出资",
    ],
)
def test_a_promise_must_stand_in_the_quote(folder: Path, word: str) -> None:
    (found,) = problems(folder, GRANTED, f"落实补助政策，{word}给予补助。")
    assert f"summary 写了“{word}”，quote 里没有这个词" in found


@pytest.mark.parametrize(
    "summary",
    [
        "落实补助政策，给一定的资金。",
        "不是一定给补助，要看政策怎么落实。",
        "给予一定期限的补助。",
        "落实补助政策，没说政府出钱。",
    ],
)
def test_an_amount_and_a_denied_promise_pass(folder: Path, summary: str) -> None:
    assert problems(folder, GRANTED, summary) == []


def test_a_promise_of_the_quote_passes(folder: Path) -> None:
    context = read_folder(folder)[1]
    text = "对评上的空间全额补助。"
    quoted = replace(context.supports["leave-of-absence"], quote=text, summary=text)
    clause = replace(context.clauses["1.2"], text=text)
    changed = replace(
        context, problems=Problems(), clauses={"1.2": clause}, supports={quoted.id: quoted}
    )
    check_modality(changed)
    assert changed.problems.sorted() == []
