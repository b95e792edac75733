"""Personal numbers are removed from messages; other numbers stay."""

from __future__ import annotations

import pytest

from bot.core.text.personal_numbers import without_personal_numbers


@pytest.mark.parametrize(
    "number",
    [
        "13800000000",
        "138 0000 0000",
        "138-0000-0000",
        "+86 13800000000",
        "450200199001011234",
        "45020019900101123X",
        "6222 0000 0000 0000 000",
        "someone@example.cn",
    ],
)
def test_a_personal_number_is_removed(number: str) -> None:
    assert without_personal_numbers(f"我的是{number}，打给我").split() == ["我的是", "，打给我"]


@pytest.mark.parametrize(
    "text", ["12345", "最多55万元", "2016年2月5日", "柳政办〔2016〕9号", "0772-2660000", "30%"]
)
def test_other_numbers_stay(text: str) -> None:
    assert without_personal_numbers(text) == text
