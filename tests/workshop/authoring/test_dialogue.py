"""A question is asked until its answer can be used; leaving is always possible."""

from __future__ import annotations

import pytest

from bot.workshop.authoring.dialogue import Leave
from tests.workshop.authoring.scripted import Scripted

OPTIONS = (("a", "甲"), ("b", "乙"), ("c", "丙"))


def test_an_answer_that_cannot_be_used_is_asked_for_again() -> None:
    dialogue = Scripted(["", "错", "  对  的 "])
    found = dialogue.ask("问", check=lambda text: "" if text == "对 的" else "不对")
    assert found == "对 的"
    assert dialogue.shown.count("问\n> ") == 3
    assert "不对\n" in dialogue.shown


def test_an_empty_answer_takes_the_default_or_nothing() -> None:
    assert Scripted([""]).ask("问", default="甲") == "甲"
    assert Scripted([""]).ask("问", optional=True) == ""


@pytest.mark.parametrize(("answer", "found"), [("2", "b"), ("c", "c"), ("甲", "a"), ("２", "b")])
def test_an_option_is_chosen_by_number_id_or_label(answer: str, found: str) -> None:
    assert Scripted([answer]).choose("问", OPTIONS) == found


def test_an_unknown_option_is_asked_for_again() -> None:
    dialogue = Scripted(["9", "0", "丁", "3"])
    assert dialogue.choose("问", OPTIONS) == "c"
    assert dialogue.shown.count("请写 1 到 3") == 3


def test_several_options_keep_their_order_and_come_once() -> None:
    assert Scripted(["3，1 甲;b"]).choose_some("问", OPTIONS) == ("c", "a", "b")
    assert Scripted(["1 9", ""]).choose_some("问", OPTIONS) == ()


def test_a_list_ends_with_an_empty_line_and_drops_repeats() -> None:
    dialogue = Scripted(["甲", "乙", "甲", "坏", "", "后"])
    assert dialogue.list("问", check=lambda text: "坏了" if text == "坏" else "") == ("甲", "乙")
    assert dialogue.left == ["后"]


def test_yes_and_no_are_understood() -> None:
    assert Scripted(["嗯", "是"]).confirm("问", default=False)
    assert not Scripted(["不用"]).confirm("问", default=True)
    assert Scripted([""]).confirm("问", default=True)


@pytest.mark.parametrize("answers", [["退出"], [" exit "], []])
def test_leaving_and_the_end_of_the_input_leave(answers: list[str]) -> None:
    with pytest.raises(Leave):
        Scripted(answers).ask("问")
    with pytest.raises(Leave):
        Scripted(answers).list("问")
    with pytest.raises(Leave):
        Scripted(answers).choose_some("问", OPTIONS)
