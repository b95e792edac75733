"""Inline keyboards: sensible rows, links below."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.rendering import Part
from bot.channels.telegram.keyboard import keyboard, left_over
from bot.channels.telegram.updates import Press
from bot.core.domain.replies import Link
from bot.core.domain.session import Option


def rows(*labels: str) -> list[list[str]]:
    """How these labels are laid out."""
    made = keyboard(Part("？", tuple(Option(f"c:{i}", x) for i, x in enumerate(labels))))
    assert made
    return [[button.text for button in row] for row in made.inline_keyboard]


def test_short_labels_share_a_row() -> None:
    assert rows("找谁办", "原文", "有用", "没用") == [["找谁办", "原文", "有用"], ["没用"]]


def test_middling_labels_go_two_by_two_and_long_ones_alone() -> None:
    assert rows("已经在经营", "刚注册", "这一条是一个很长很长的选项", "跳过") == [
        ["已经在经营", "刚注册"],
        ["这一条是一个很长很长的选项"],
        ["跳过"],
    ]


def test_links_come_below_the_choices() -> None:
    made = keyboard(Part("？", (Option("c:me", "我"),), (Link("原文", "https://a.cn"),)))

    assert made
    assert [[b.url for b in row] for row in made.inline_keyboard] == [[None], ["https://a.cn"]]


def test_an_id_that_telegram_would_refuse_is_left_out() -> None:
    made = keyboard(Part("？", (Option("c:" + "x" * 63, "太长"), Option("c:me", "我"))))

    assert made
    assert [[b.callback_data for b in row] for row in made.inline_keyboard] == [["c:me"]]


def test_no_buttons_no_keyboard() -> None:
    assert keyboard(Part("好")) is None
    assert left_over(Press("q")) is None


def test_links_stay_when_the_choices_go() -> None:
    made = left_over(Press("q", 7, (({"text": "原文", "url": "https://a.cn"},),)))

    assert made
    assert made.inline_keyboard[0][0].url == "https://a.cn"


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_every_choice_has_its_button_in_its_order(labels: list[str]) -> None:
    laid = rows(*labels)

    assert [label for row in laid for label in row] == labels
    assert max(map(len, laid)) <= 3
