"""Verbatim texts: printed lists, repairs and line breaks."""

from __future__ import annotations

import pytest

from bot.content.checks.truth.verbatim import printed_list, stored_form
from bot.content.readers.build_context import Repair
from bot.content.readers.policies import squeeze


@pytest.mark.parametrize(
    ("text", "label", "bureaus", "is_open"),
    [
        (
            "。(责任单位:市科技局、教育局,各县区政府;下同)",
            "责任单位",
            "市科技局 教育局 各县区政府",
            False,
        ),
        ("。（主要责任单位：文新广局、科技局等）", "主要责任单位", "文新广局 科技局", True),
        ("。(责任单位:市人社局)\n", "责任单位", "市人社局", False),
    ],
)
def test_the_printed_list_is_read_from_the_end_of_a_clause(
    text: str, label: str, bureaus: str, is_open: bool
) -> None:
    printed = printed_list(text)

    assert printed is not None
    assert (printed.label, " ".join(printed.bureaus), printed.is_open) == (label, bureaus, is_open)


@pytest.mark.parametrize("text", ["", "没有名单", "(责任单位:市科技局)后面还有字", "(二)休学"])
def test_no_list_at_the_end_is_none(text: str) -> None:
    assert printed_list(text) is None


def test_repairs_are_undone_once_and_the_longest_first() -> None:
    repairs = (Repair("甲", "“甲”"), Repair("甲乙", "“甲”“乙”"), Repair("“", "丙"))

    assert stored_form("丙“甲”“乙”与“甲”", repairs) == "“甲乙与甲"
    assert stored_form("甲", ()) == "甲"


def test_squeezing_removes_line_breaks_and_the_blanks_beside_them() -> None:
    assert squeeze(" 甲 乙 \n\n\u3000丙\r\n") == "甲 乙丙"
