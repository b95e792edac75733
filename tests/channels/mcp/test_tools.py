"""The tools, called by the client of the SDK in this process."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from mcp import Client
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult, TextContent

from bot.channels.mcp.server import build_server
from bot.channels.mcp.tools import Tools
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.session import Answer, Session, Utterance
from bot.core.eligibility.verdicts import Verdict
from bot.core.responses.phrasebook import Phrasebook
from tests.knowledge_base import DAY, all_questions

POLICY = "liuzhou-2016-makerspace"
LOAN = "startup-guarantee-loan"
EVERY = 300


@pytest.fixture(scope="module")
def server(base: KnowledgeBase) -> Server[Any]:
    """Return the tools over the knowledge that is served."""
    return build_server(Tools(lambda: base, lambda _: DAY, 500))


async def call(server: Server[Any], tool: str, **arguments: Any) -> CallToolResult:
    """Call a tool with a new client, which checks the structured answer against its schema."""
    async with Client(server) as client:
        return await client.call_tool(tool, arguments)


async def structured(server: Server[Any], tool: str, **arguments: Any) -> dict[str, Any]:
    """Return the structured answer of a call that succeeds."""
    result = await call(server, tool, **arguments)
    assert not result.is_error, text_of(result)
    answer: dict[str, Any] = result.structured_content or {}
    assert answer
    return answer


async def refusal(server: Server[Any], tool: str, **arguments: Any) -> str:
    """Return the message of a call that is refused."""
    result = await call(server, tool, **arguments)
    assert result.is_error
    return text_of(result)


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_the_tools_are_listed_with_the_choices_of_the_interview(
    server: Server[Any], base: KnowledgeBase
) -> None:
    async with Client(server) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        instructions = str(client.instructions)
    assert set(listed) == {"search_supports", "get_support", "check_eligibility", "get_clause"}
    slots = base.knowledge.slots
    properties = listed["check_eligibility"].input_schema["properties"]
    for slot in slots.values():
        schema = properties[slot.id].get("items", properties[slot.id])
        assert schema["enum"] == [choice.id for choice in slot.choices]
    for tool in listed.values():
        assert tool.output_schema
        assert tool.description
        assert base.knowledge.locality.city not in tool.name
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
    assert base.knowledge.locality.hotline in instructions


async def test_search_answers_as_ask_does(server: Server[Any], base: KnowledgeBase) -> None:
    # The last one is short enough to fit several supports.
    sample = [*(question.text for question in all_questions()[::EVERY]), "贷款"]
    assert len(sample) > 10
    outcomes = set()
    for question in sample:
        found = await structured(server, "search_supports", query=question)
        asked = ask(question, base, DAY)
        assert (found["outcome"], found["reply"]) == (asked["outcome"], asked["reply"])
        ids = [each["id"] for each in (*found["supports"], *found["others"])]
        matches = [match["support"] for match in asked["matches"]]
        assert ids == ([] if asked["outcome"] == "unknown" else matches)
        outcomes.add(found["outcome"])
    assert outcomes == {"answer", "clarify", "unknown"}


async def test_a_support_states_what_the_knowledge_states(
    server: Server[Any], base: KnowledgeBase
) -> None:
    knowledge = base.knowledge
    phrasebook = Phrasebook(knowledge, DAY)
    async with Client(server) as client:
        results = {s: await client.call_tool("get_support", {"id": s}) for s in knowledge.supports}
    for support in knowledge.supports.values():
        result = results[support.id]
        found, text = result.structured_content or {}, text_of(result)
        clause, policy = knowledge.clauses[support.clause], knowledge.policies[support.policy]
        assert found["quote"] == support.quote
        assert found["quote"] in clause.text
        assert found["unstated"] == list(support.unstated)
        assert found["policy"]["title"] == policy.title
        assert found["policy"]["issued"] == policy.issued.isoformat()
        assert found["lead_bureau"] == clause.lead
        assert found["warning"] == phrasebook.validity(support)
        said = [(rule["dated"], rule["says"], rule["address"]) for rule in found["later_rules"]]
        assert len(said) == len(support.updates)
        for update, (dated, says, address) in zip(support.updates, said, strict=True):
            assert (dated, says) == (update.dated, update.say)
            assert address in update.source
            assert update.dated in text
            assert update.title in text
        for stated in (support.quote, policy.title, policy.issued.isoformat(), found["warning"]):
            assert stated in text


async def test_a_policy_that_nobody_verified_carries_its_warning(server: Server[Any]) -> None:
    found = await structured(server, "get_support", id=LOAN)
    assert found["policy"]["status"] == "unverified"
    assert found["warning"].startswith("⚠")


async def test_a_check_finds_what_the_results_of_the_chat_show(
    server: Server[Any], base: KnowledgeBase
) -> None:
    given = {"identity": ["student", "company"], "stage": "startup", "needs": ["funding"]}
    answers = tuple(
        Answer(slot, (v,) if isinstance(v, str) else tuple(v)) for slot, v in given.items()
    )
    turn = step(Session(answers=answers), Utterance(choice="c:results"), base, DAY)
    out = [f.support for f in turn.findings if f.verdict == Verdict.NOT_APPLICABLE]
    listed = [(f.support, f.verdict) for f in turn.findings if f.support not in out]
    found = await structured(server, "check_eligibility", **given, limit=100)
    assert [(e["support"]["id"], e["verdict"]) for e in found["supports"]] == listed
    assert [each["id"] for each in found["not_applicable"]] == out
    assert found["total"] == len(listed) > 10
    assert len(out) > 3
    page = await structured(server, "check_eligibility", **given, limit=2, offset=3)
    assert page["supports"] == found["supports"][3:5]
    assert page["total"] == found["total"]


async def test_a_check_says_why_and_asks_what_the_interview_asks(
    server: Server[Any], base: KnowledgeBase
) -> None:
    nothing = await structured(server, "check_eligibility")
    first = step(Session(), Utterance(choice="c:start"), base, DAY).session.pending
    assert nothing["next_question"]["slot"] == first == "identity"
    one = await structured(server, "check_eligibility", support="makerspace-operating-grant")
    (maybe,) = one["supports"]
    assert (maybe["verdict"], maybe["missing"]) == ("maybe", ["identity"])
    no = await structured(
        server, "check_eligibility", support="migrant-startup-park", identity=["student"]
    )
    (ruled_out,) = no["not_applicable"]
    assert "农民工" in ruled_out["says"]
    assert no["supports"] == []


async def test_a_clause_is_word_for_word(server: Server[Any], base: KnowledgeBase) -> None:
    clauses = base.knowledge.clauses
    async with Client(server) as client:
        results = {
            c: await client.call_tool("get_clause", {"policy": POLICY, "clause": c})
            for c in clauses
        }
    for clause in clauses.values():
        result = results[clause.id]
        found, text = result.structured_content or {}, text_of(result)
        assert found["text"] == clause.text
        assert clause.text in text
        assert found["warning"] in text
        supports = [s.id for s in base.knowledge.supports.values() if s.clause == clause.id]
        assert [each["id"] for each in found["supports"]] == supports
    by_place = await structured(server, "get_clause", policy=POLICY, clause="二（五）2")
    assert by_place["id"] == "5.2"


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("get_support", {"id": "guarantee-loan"}, f"{LOAN}（创业担保贷款）"),
        ("get_support", {"id": "农民工贷款"}, "migrant-startup-loan"),
        ("get_support", {}, "缺少 id"),
        ("get_support", {"id": None}, "缺少 id"),
        ("get_support", {"id": ["a"]}, "id 要是文字"),
        ("get_support", {"id": "\ud83d"}, "可以填"),
        ("get_support", {"id": LOAN, "lang": "en"}, "没有“lang”"),
        ("get_clause", {"policy": "liuzhou", "clause": "5.2"}, POLICY),
        ("get_clause", {"policy": POLICY, "clause": "99"}, "5.2（二（五）2）"),
        ("check_eligibility", {"identity": ["studnet"]}, "student（在校学生）"),
        ("check_eligibility", {"identity": {"a": 1}}, "编号的列表"),
        ("check_eligibility", {"stage": ["idea", "startup"]}, "只能填一个"),
        ("check_eligibility", {"limit": 0}, "1 到 100"),
        ("check_eligibility", {"limit": True}, "1 到 100"),
        ("check_eligibility", {"offset": "3"}, "整数"),
        ("search_supports", {"query": "  "}, "缺少 query"),
        ("search_supports", {"query": "贷" * 501}, "500 个字"),
        ("delete_support", {}, "search_supports"),
    ],
)
async def test_bad_arguments_are_refused_with_what_to_write(
    server: Server[Any], tool: str, arguments: dict[str, Any], told: str
) -> None:
    assert told in await refusal(server, tool, **arguments)


async def test_labels_and_single_texts_stand_for_ids_and_lists(server: Server[Any]) -> None:
    by_id = await structured(server, "check_eligibility", identity=["student"], limit=1)
    assert by_id == await structured(server, "check_eligibility", identity="在校学生", limit=1)


async def test_a_crash_tells_nothing_of_its_cause(base: KnowledgeBase) -> None:
    def broken(_: Knowledge) -> date:
        raise RuntimeError("/secret/path")

    said = await refusal(build_server(Tools(lambda: base, broken, 500)), "get_support", id=LOAN)
    assert "secret" not in said
    assert base.knowledge.locality.hotline in said
