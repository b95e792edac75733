"""Emoji and the expressions of messengers."""

from __future__ import annotations

import pytest

from bot.core.text.expressions import strip_expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1😊", "1"),
        ("跳过👌🏽", "跳过"),
        ("开始[微笑]", "开始"),
        ("[OK]", ""),
        ("[ok]", ""),
        ("【微笑】谢谢", "谢谢"),
        ("上一题/:rose", "上一题"),
        ("/:rose1", "1"),
        ("/::)", ""),
        ("谢谢/::)/:strong", "谢谢"),
        ("2️⃣", "2"),
        ("2\u20e3", "2"),
        ("1️⃣2️⃣", "1 2"),
        ("🔟", "10"),
        ("👨‍👩‍👧", ""),
        ("🇨🇳", ""),
        ("❤️", ""),
        ("场地😊免费吗", "场地 免费吗"),
    ],
)
def test_expressions_are_removed(text: str, expected: str) -> None:
    assert strip_expressions(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "场地能免费吗",
        "我要问[贷款]",
        "【补贴】怎么申请",
        "https://example.org/a",
        "and/or: what",
        "①贷款②场地",
        "❶贷款",
        "50℃、№3、㈱、™",
        "两行\n字  有空格",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert strip_expressions(text) == text
