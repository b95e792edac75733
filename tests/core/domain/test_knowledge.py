"""Derived values of the knowledge."""

from __future__ import annotations

from tests.core.small_knowledge import knowledge


def test_only_slots_of_conditions_decide_verdicts() -> None:
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
