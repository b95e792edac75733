"""Sums, shares and durations in texts."""

from __future__ import annotations

import pytest

from bot.core.text.figures import figures


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("给5万块", [("money", 50_000)]),
        ("返一万二", [("money", 12_000)]),
        ("三千块", [("money", 3_000)]),
        ("最多不超过55万元/年", [("money", 550_000)]),
        ("五十万起", [("money", 500_000)]),
        ("贴息50%", [("share", 50)]),
        ("百分之五十", [("share", 50)]),
        ("加三成", [("share", 30)]),
        ("按0.5至2个百分点", [("share", 0.5), ("share", 2)]),
        ("延长2至5年", [("years", 2), ("years", 5)]),
        ("满三个月", [("months", 3)]),
    ],
)
def test_a_figure_is_read_with_its_kind_and_value(
    text: str, found: list[tuple[str, float]]
) -> None:
    assert [(figure.kind, figure.value) for figure in figures(text)] == found


@pytest.mark.parametrize("text", ["2016年的文件", "第二年", "一个人", "成立了", "没有数字", "30"])
def test_other_numbers_are_no_figures(text: str) -> None:
    assert list(figures(text)) == []
