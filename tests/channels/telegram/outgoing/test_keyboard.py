"""Layout of inline keyboards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.incoming.presses import DONE
from bot.channels.telegram.outgoing.formatting import FormattedPart
from bot.channels.telegram.outgoing.keyboard import inline_keyboard
from bot.core.domain.json_codec import load
from bot.core.domain.replies import Link
from bot.core.domain.session import Option


def rows(*labels: str) -> list[list[str]]:
    """Return the rows of a keyboard with these labels."""
    made = inline_keyboard(
        FormattedPart("？", (), tuple(Option(f"c:{i}", x) for i, x in enumerate(labels)))
    )
    assert made
    return [[button["text"] for button in row] for row in load(made)["inline_keyboard"]]


def test_short_labels_share_a_row() -> None:
    assert rows("找谁办", "原文", "有用", "没用") == [["找谁办", "原文", "有用"], ["没用"]]


def test_medium_labels_share_a_row_by_two_and_long_ones_have_their_own() -> None:
    assert rows("已经在经营", "刚注册", "这一条是一个很长很长的选项", "跳过") == [
        ["已经在经营", "刚注册"],
        ["这一条是一个很长很长的选项"],
        ["跳过"],
    ]


def test_links_come_below_the_choices() -> None:
    made = inline_keyboard(
        FormattedPart("？", (), (Option("c:me", "我"),), (Link("原文", "https://a.cn"),))
    )

    assert made
    assert [[b.get("url") for b in row] for row in load(made)["inline_keyboard"]] == [
        [None],
        ["https://a.cn"],
    ]


def test_an_id_that_telegram_would_refuse_is_omitted() -> None:
    made = inline_keyboard(
        FormattedPart("？", (), (Option("c:" + "x" * 63, "太长"), Option("c:me", "我")))
    )

    assert made
    assert [[b["callback_data"] for b in row] for row in load(made)["inline_keyboard"]] == [
        ["c:me"]
    ]


def test_without_buttons_there_is_no_keyboard() -> None:
    assert inline_keyboard(FormattedPart("好")) is None


def test_several_choices_are_buttons_to_tick_with_one_to_end() -> None:
    choices = (Option("a:needs:venue", "场地"), Option(DONE, "选好了"), Option("c:skip", "跳过"))

    made = load(inline_keyboard(FormattedPart("？", (), choices, multiple=True)) or "")

    assert made["inline_keyboard"] == [
        [{"text": "☐ 场地", "callback_data": "m:1:needs:venue"}],
        [{"text": "选好了", "callback_data": "m:done"}],
        [{"text": "跳过", "callback_data": "c:skip"}],
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_every_choice_has_a_button_in_order(labels: list[str]) -> None:
    laid_out = rows(*labels)

    assert [label for row in laid_out for label in row] == labels
    assert max(map(len, laid_out)) <= 3
