"""What is remembered of earlier turns."""

from __future__ import annotations

from bot.core.domain.knowledge import MEMO
from tests.core.small_knowledge import knowledge


def test_what_was_worked_out_is_not_worked_out_again() -> None:
    held, calls = knowledge(), []
    for _ in range(3):
        assert held.remember("kind", "key", lambda: calls.append(1) or "found") == "found"
    assert len(calls) == 1


def test_nothing_found_is_remembered_too() -> None:
    held, calls = knowledge(), []
    for _ in range(2):
        assert held.remember("kind", "key", lambda: calls.append(1)) is None
    assert len(calls) == 1


def test_a_flood_of_one_kind_leaves_the_others_alone() -> None:
    held = knowledge()
    held.remember("profile", "mine", lambda: "kept")
    for number in range(3 * MEMO):
        held.remember("question", number, lambda: "new")
    assert held.remember("profile", "mine", lambda: "lost") == "kept"
    assert len(held.memo["question"]) == MEMO


def test_the_oldest_makes_room() -> None:
    held = knowledge()
    for number in range(3):
        held.remember("kind", number, lambda: "first", room=2)
    assert list(held.memo["kind"]) == [1, 2]


def test_only_what_a_condition_names_decides() -> None:
    held = knowledge()
    for support in held.supports.values():
        assert {c.slot for c in support.conditions} <= set(held.deciding[support.id])
    assert "needs" not in held.deciding_any
    assert "identity" in held.deciding_any


def test_a_phrase_is_said_with_its_placeholders_filled() -> None:
    assert (
        knowledge(phrases={"noted": "记下了：{what}。"}).say("noted", what="学生")
        == "记下了：学生。"
    )
