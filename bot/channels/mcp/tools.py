"""The tools: search, one support, a person's supports, and a clause word for word.

Every answer comes from the code that answers founders, so that it equals theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bot.channels.mcp.arguments import Arguments
from bot.channels.mcp.building import RecordBuilder
from bot.channels.mcp.records import (
    ChoiceRecord,
    ClauseRecord,
    EligibilityAnswer,
    MissingAnswer,
    Record,
    SearchAnswer,
    SupportRecord,
)
from bot.channels.mcp.schemas import (
    LIMIT,
    MOST,
    ToolDefinition,
    check_schema,
    clause_schema,
    search_schema,
    support_schema,
)
from bot.channels.mcp.texts import TextWriter
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.session import Answer, Profile, Session
from bot.core.eligibility.next_question import select_next_slot
from bot.core.eligibility.verdicts import Verdict, evaluate, evaluate_all, rank
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.results_list import is_listed
from bot.core.responses.support_answer import AnswerRenderer
from bot.errors import ToolCallRefused


class ToolAnswer(NamedTuple):
    """The answer of a tool, as text and as a record."""

    text: str
    record: Record


@dataclass(frozen=True)
class Tools:
    """The tools over the knowledge that is live at each call.

    `today` returns the date in the city of a knowledge; `text_chars` is the longest question.
    """

    base: Callable[[], KnowledgeBase]
    today: Callable[[Knowledge], date]
    text_chars: int

    def definitions(self) -> tuple[ToolDefinition, ...]:
        """Return the tools with their descriptions and schemas."""
        knowledge = self.base().knowledge
        say = knowledge.say
        return (
            ToolDefinition(
                "search_supports",
                say("tools_search_title"),
                say("tools_search"),
                search_schema(knowledge, self.text_chars),
                SearchAnswer,
            ),
            ToolDefinition(
                "get_support",
                say("tools_support_title"),
                say("tools_support"),
                support_schema(knowledge),
                SupportRecord,
            ),
            ToolDefinition(
                "check_eligibility",
                say("tools_check_title"),
                say("tools_check"),
                check_schema(knowledge),
                EligibilityAnswer,
            ),
            ToolDefinition(
                "get_clause",
                say("tools_clause_title"),
                say("tools_clause"),
                clause_schema(knowledge),
                ClauseRecord,
            ),
        )

    def call(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Return the answer of a tool. Raises ToolCallRefused for an unknown tool, for arguments
        that cannot be used, and while the bot is paused."""
        base = self.base()
        knowledge = base.knowledge
        if knowledge.locality.paused:
            raise ToolCallRefused(knowledge.say("paused"))
        found = {tool.name: tool for tool in self.definitions()}.get(name)
        if found is None:
            known = "、".join(tool.name for tool in self.definitions())
            raise ToolCallRefused(knowledge.say("tools_no_tool", name=name[:60], known=known))
        given = Arguments(knowledge, arguments)
        given.allow(name, found.schema["properties"])
        return _Call(base, self.today(knowledge), given, self.text_chars).answer(name)


class _Call:
    """One call of a tool, over one knowledge version on one day."""

    def __init__(self, base: KnowledgeBase, today: date, given: Arguments, chars: int) -> None:
        self._base, self._today, self._given, self._chars = base, today, given, chars
        self._knowledge = base.knowledge
        phrasebook = Phrasebook(base.knowledge, today)
        self._phrasebook = phrasebook
        self._build = RecordBuilder(phrasebook)
        self._write = TextWriter(AnswerRenderer(phrasebook))

    def answer(self, name: str) -> ToolAnswer:
        """Return the answer of the tool with this name."""
        return {
            "search_supports": self._search,
            "get_support": self._support,
            "check_eligibility": self._check,
            "get_clause": self._clause,
        }[name]()

    def _search(self) -> ToolAnswer:
        answer = ask(self._given.text("query", self._chars), self._base, self._today)
        # What an unknown question resembles is no answer to it.
        unknown = answer["outcome"] == "unknown"
        matches = [] if unknown else [m["support"] for m in answer["matches"]]
        found = [self._knowledge.supports[support] for support in matches]
        shown = len(found) if answer["outcome"] == "clarify" else 1
        record = SearchAnswer(
            outcome=answer["outcome"],
            reply=answer["reply"],
            supports=[self._build.support(support) for support in found[:shown]],
            others=[self._build.named(support) for support in found[shown:]],
        )
        return ToolAnswer(self._write.search(record), record)

    def _support(self) -> ToolAnswer:
        support = self._knowledge.supports[self._support_id("id")]
        return ToolAnswer(self._write.support(support.id), self._build.support(support))

    def _support_id(self, argument: str) -> str:
        known = {support.id: support.title for support in self._knowledge.supports.values()}
        return self._given.one_of(argument, known)

    def _clause(self) -> ToolAnswer:
        policies = {policy.id: policy.title for policy in self._knowledge.policies.values()}
        policy = self._given.one_of("policy", policies)
        clauses = [c for c in self._knowledge.clauses.values() if c.policy == policy]
        wanted = self._given.one_of("clause", {clause.id: clause.place for clause in clauses})
        record = self._build.clause(self._knowledge.clauses[wanted])
        return ToolAnswer(self._write.clause(record), record)

    def _check(self) -> ToolAnswer:
        given, knowledge = self._given, self._knowledge
        chosen = {slot.id: given.choices(slot) for slot in knowledge.slots.values()}
        profile = {slot: choices for slot, choices in chosen.items() if choices}
        limit = given.number("limit", 1, MOST, LIMIT)
        offset = given.number("offset", 0, len(knowledge.supports), 0)
        findings = evaluate_all(knowledge, profile, self._today)
        asked = select_next_slot(knowledge, _session(profile), findings)
        ranked = rank(findings, profile, knowledge.slots)
        if given.has("support"):
            support = knowledge.supports[self._support_id("support")]
            ranked = (evaluate(support, profile, knowledge, self._today),)
        listed = [finding for finding in ranked if is_listed(finding)]
        page = listed[offset : offset + limit]
        out = [f for f in ranked if f.verdict is Verdict.NOT_APPLICABLE]
        record = EligibilityAnswer(
            person=self._phrasebook.stated_profile(profile),
            total=len(listed),
            supports=[self._build.eligibility(finding, profile) for finding in page],
            not_applicable=[self._build.ruled_out(finding, profile) for finding in out],
            next_question=self._question(asked.id) if asked else None,
        )
        text = self._write.eligibility(record, page, profile, offset)
        return ToolAnswer(text, record)

    def _question(self, slot_id: str) -> MissingAnswer:
        slot = self._knowledge.slots[slot_id]
        return MissingAnswer(
            slot=slot.id,
            name=slot.name,
            question=slot.question,
            choices=[ChoiceRecord(id=c.id, label=c.label) for c in slot.choices],
        )


def _session(profile: Profile) -> Session:
    return Session(answers=tuple(Answer(slot, choices) for slot, choices in profile.items()))
