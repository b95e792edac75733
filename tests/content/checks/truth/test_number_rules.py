"""Counts in Chinese numerals must stand in the clause, in words or in digits."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.checks.truth.number_rules import uncounted, value_of
from tests.content.sample_folder import LEAVE, checked, edit, only


@pytest.mark.parametrize(
    ("text", "source", "missing"),
    [
        ("最长扶持三年", "给予扶持", ["三年"]),
        ("补三成", "给予补助", ["三成"]),
        ("每年两次，共十人", "每年举办", ["两次", "十人"]),
        ("最长扶持三年", "扶持期限为3年", []),
        ("最长扶持三年", "扶持期限为13年", ["三年"]),
        ("补三成", "给予30%的补助", []),
        ("扶持三年", "扶持三年", []),
        ("一次性给一笔，一个人就行", "给予补助", []),
        ("三证合一、一址多照", "推行改革", []),
        ("两个月办完", "两个月内办结", []),
        ("扶持半年", "给予扶持", ["半年"]),
        ("扶持半年", "扶持半年", []),
        ("双倍补助，再翻番", "给予补助", ["双倍", "翻番"]),
        ("能住十来户，上百家", "给予场地", ["十来户", "上百家"]),
        ("十多家，二十几人", "给予场地", ["十多家", "二十几人"]),
        ("十多家", "10多家", []),
        ("十多家", "10家", ["十多家"]),
    ],
)
def test_a_count_needs_its_source(text: str, source: str, missing: list[str]) -> None:
    assert uncounted(text, source) == missing


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("两", 2), ("十", 10), ("十五", 15), ("五十", 50), ("三百二十", 320), ("一千万", 10_000_000),
     ("几十", None), ("上百", None)],
)  # fmt: skip
def test_numerals_have_values(numeral: str, value: int | None) -> None:
    assert value_of(numeral) == value


def test_an_invented_count_in_a_summary_is_a_problem(folder: Path) -> None:
    summary = next(
        line for line in (folder / LEAVE).read_text("utf-8").splitlines() if "summary" in line
    )
    line = edit(folder, LEAVE, summary, f"{summary}最多五次。")
    problem = only(checked(folder))
    assert (problem.file, problem.line) == (LEAVE, line)
    assert "“五次”这个数在条款 1.2 的原文里没有" in problem.message
