"""Forms of browsers without scripts: erasing needs confirmation."""

from __future__ import annotations

import pytest

from bot.channels.web.confirmations import confirmations, needs_confirmation
from bot.core.domain.session import Utterance
from tests.channels.web.scripted_guide import ScriptedGuide, small_knowledge
from tests.channels.web.web_client import field, visitor


@pytest.mark.parametrize("choice", ["c:forget", "c:restart"])
async def test_a_form_that_erases_data_is_executed_after_confirmation(choice: str) -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", data={"choice": "a:identity:student", "first": "1"})
        before = guide.said()
        asking = await http.post("/chat", data={"choice": choice, "message_id": "m1"})
        assert asking.status_code == 200
        assert confirmations(small_knowledge())[choice].question in asking.text
        assert guide.said() == before
        sure = {name: field(asking.text, name) for name in ("choice", "message_id", "confirmed")}
        await http.post("/chat", data=sure)
    assert sure == {"choice": choice, "message_id": "m1", "confirmed": "1"}
    assert guide.said() == [*before, choice]


def test_a_form_that_erases_nothing_needs_no_confirmation() -> None:
    restart, forget = Utterance(choice="c:restart"), Utterance(choice="c:forget")
    assert not needs_confirmation(restart, {"first": "1"})
    assert needs_confirmation(forget, {"first": "1"})
    assert not needs_confirmation(Utterance(choice="c:me"), {})
    assert not needs_confirmation(Utterance(text="忘记我"), {})
