"""What the page shows of a turn: the pending question, the offer to go on, the steps."""

from __future__ import annotations

from typing import Any

from bot.channels.web.turn_view import view_of
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option
from tests.channels.web.scripted_guide import PHRASES, SLOTS, small_knowledge

QUESTION = SLOTS[0].question
ASKED = Reply(
    PHRASES["ask_again"].format(question=QUESTION), (Option("c:skip", "跳过"),), repeated=True
)


def view(*replies: Reply, **record: Any) -> dict[str, Any]:
    """Return the view of a record with these replies while the first question is pending."""
    dumped = [reply.dump() for reply in replies]
    return view_of({"replies": dumped, "question": "identity", **record}, small_knowledge(), "")


def test_who_asks_first_is_offered_the_question_instead_of_asked_again() -> None:
    shown = view(Reply("能。"), ASKED)
    assert [reply["text"] for reply in shown["replies"]] == ["能。"]
    assert shown["offer"] == "答几个小问题，看哪些适合您"
    assert shown["asking"] == QUESTION
    counted = view(Reply("能。"), ASKED, step=1, steps=4)
    assert counted["offer"] == "还有 4 个小问题，看哪些适合您"


def test_who_has_answered_is_asked_again() -> None:
    shown = view(Reply("能。"), ASKED, profile={"stage": ["idea"]})
    assert len(shown["replies"]) == 2
    assert shown["offer"] == ""


def test_a_question_that_is_asked_is_not_offered() -> None:
    shown = view(Reply(f"您好。\n{QUESTION}"), step=1, steps=4)
    assert shown["offer"] == ""
    assert (shown["step"], shown["steps"]) == (1, 4)
    assert "step" not in view(Reply(QUESTION))


def test_a_pending_question_that_is_not_shown_is_offered_in_its_words() -> None:
    assert view(Reply("能。"), profile={"stage": ["idea"]})["offer"] == QUESTION


def test_the_choice_that_stands_alone_is_no_box() -> None:
    options = [Option(f"a:identity:{c.id}", c.label) for c in SLOTS[0].choices]
    reply = Reply(f"{QUESTION}\n{PHRASES['pick_many']}", tuple(options), multiple=True)
    (shown,) = view(reply, profile={"identity": ["student"]})["replies"]
    assert shown["text"] == QUESTION
    assert shown["ticked"] == ["a:identity:student"]
    kinds = {choice["id"]: choice["kind"] for choice in shown["choices"]}
    assert kinds["a:identity:none"] == "quiet"
    assert kinds["a:identity:student"] == "answer"
