"""“Ask about this” opens the chat with the support, and reading alone begins no conversation."""

from __future__ import annotations

from tests.channels.web.scripted_guide import ScriptedGuide
from tests.channels.web.web_client import visitor

ASK = {"entry": "1", "choice": "s:leave-of-absence"}


async def test_a_new_visitor_asks_from_a_page_and_gets_the_answer_in_the_chat() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        asked = await http.post("/chat", data=ASK)
        assert asked.status_code == 303
        page = await http.get(asked.headers["location"])
        assert "您说的是“s:leave-of-absence”" in page.text
        assert guide.said() == ["s:leave-of-absence"]
        # the next message continues this conversation
        await http.post("/chat", data={"text": "谢谢"})
    assert len(guide.sessions) == 1


async def test_a_known_visitor_asks_in_his_conversation() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", json={"choice": "a:identity:student", "first": True})
        asked = await http.post("/chat", data=ASK)
        page = await http.get(asked.headers["location"])
        assert "您说的是“s:leave-of-absence”" in page.text
    (session,) = guide.sessions.values()
    assert session.profile == {"identity": ("student",)}


async def test_a_browser_without_cookies_is_told_why_it_cannot_ask() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        asked = await http.post("/chat", data=ASK)
        http.cookies.clear()
        page = await http.get(asked.headers["location"])
    assert "您的浏览器关掉了 Cookie" in page.text


async def test_a_link_from_another_site_cannot_ask() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        refused = await http.post("/chat", data=ASK, headers={"Sec-Fetch-Site": "cross-site"})
        await http.get("/?entry=1&choice=s:leave-of-absence")
    assert refused.status_code == 403
    assert guide.taken == []


async def test_the_chat_and_the_result_card_link_to_the_catalogue() -> None:
    async with visitor(ScriptedGuide()) as http:
        chat = (await http.get("/")).text
        for choice in ("a:identity:student", "a:stage:idea", "a:needs:funding"):
            answer = (await http.post("/chat", json={"choice": choice, "first": True})).json()
        card = (await http.get(answer["card"])).text
    assert 'href="/supports"' in chat
    assert 'href="/supports"' in card
