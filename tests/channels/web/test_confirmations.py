"""The page for those who have no script: it asks before it erases."""

from __future__ import annotations

import pytest

from bot.channels.web.confirmations import CONFIRMATIONS, needs_confirmation
from bot.core.domain.session import Utterance
from tests.channels.web.scripted_guide import ScriptedGuide
from tests.channels.web.web_client import field, visitor


@pytest.mark.parametrize("choice", sorted(CONFIRMATIONS))
async def test_a_form_that_erases_is_asked_about_first_and_done_at_a_yes(choice: str) -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", data={"choice": "a:identity:student", "first": "1"})
        before = guide.said()
        asking = await http.post("/chat", data={"choice": choice, "message_id": "m1"})
        assert asking.status_code == 200
        assert CONFIRMATIONS[choice].question in asking.text
        assert guide.said() == before
        sure = {name: field(asking.text, name) for name in ("choice", "message_id", "confirmed")}
        await http.post("/chat", data=sure)
    assert sure == {"choice": choice, "message_id": "m1", "confirmed": "1"}
    assert guide.said() == [*before, choice]


def test_what_has_nothing_to_lose_is_not_asked_about() -> None:
    restart, forget = Utterance(choice="c:restart"), Utterance(choice="c:forget")
    assert not needs_confirmation(restart, {"first": "1"})
    assert needs_confirmation(forget, {"first": "1"})
    assert not needs_confirmation(Utterance(choice="c:me"), {})
    assert not needs_confirmation(Utterance(text="忘记我"), {})
