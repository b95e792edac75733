"""Write the records of the tools as text, in the words of the chat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.channels.mcp.records import (
    ClauseRecord,
    EligibilityAnswer,
    MissingAnswer,
    SearchAnswer,
    SupportName,
)
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Finding, evaluate
from bot.core.responses.support_answer import AnswerRenderer


class TextWriter:
    """Writes the answers of the tools for one knowledge version and one day."""

    def __init__(self, renderer: AnswerRenderer) -> None:
        self._renderer = renderer
        self._phrasebook = renderer.phrasebook

    @property
    def _knowledge(self) -> Knowledge:
        return self._phrasebook.knowledge

    def support(self, support_id: str) -> str:
        """Return all that is known on a support: the card of the chat."""
        support = self._knowledge.supports[support_id]
        finding = evaluate(support, {}, self._knowledge, self._phrasebook.today)
        return self._card(self._renderer.card(finding, {}))

    def search(self, answer: SearchAnswer) -> str:
        """Return the reply of the chat, then the supports that it rests on."""
        say = self._phrasebook.say
        parts = [answer.reply, *(self.support(record.id) for record in answer.supports)]
        if answer.others:
            parts.append("\n".join([say("tools_text_others"), *self._listed(answer.others)]))
        return "\n\n".join(parts)

    def clause(self, record: ClauseRecord) -> str:
        """Return a clause word for word, with its warning, bureaus, supports and later rules."""
        say, knowledge = self._phrasebook.say, self._knowledge
        head = say(
            "tools_text_clause",
            policy=record.policy.title,
            issued=record.policy.issued,
            place=record.place,
            title=record.title,
            text=record.text,
        )
        supports = [knowledge.supports[named.id] for named in record.supports]
        updates = tuple(dict.fromkeys(u for support in supports for u in support.updates))
        lines = [head, record.warning]
        lines += [self._phrasebook.bureaus(support) for support in supports[:1]]
        if supports:
            lines += [say("tools_text_in_clause"), *self._listed(record.supports)]
        lines.append(self._phrasebook.rules_with_addresses(updates))
        return self._phrasebook.compose(*lines)

    def eligibility(
        self,
        answer: EligibilityAnswer,
        findings: Sequence[Finding],
        profile: Profile,
        offset: int,
    ) -> str:
        """Return the verdicts, each with the card of the chat for this person. `findings`: those
        of `answer.supports`. What does not apply is listed on the first page only."""
        say = self._phrasebook.say
        head = say("tools_text_nobody")
        if answer.person:
            head = say("tools_text_person", person=answer.person)
        parts = [head]
        if findings:
            first, last = offset + 1, offset + len(findings)
            shown = say(
                "tools_text_shown", total=str(answer.total), first=str(first), last=str(last)
            )
            parts.append(shown)
        else:
            parts.append(say("tools_text_none"))
        for eligibility, finding in zip(answer.supports, findings, strict=True):
            parts.append(
                f"{eligibility.says}\n{self._card(self._renderer.card(finding, profile))}"
            )
        if answer.not_applicable and not offset:
            ruled_out = [
                f"{self._named(each.title, each.id)}\n{each.says}"
                for each in answer.not_applicable
            ]
            parts.append("\n".join([say("tools_text_ruled_out"), *ruled_out]))
        if answer.next_question:
            parts.append(self._question(answer.next_question))
        return "\n\n".join(parts)

    def _question(self, asked: MissingAnswer) -> str:
        choices = "、".join(
            self._phrasebook.say("tools_check_choice", id=choice.id, label=choice.label)
            for choice in asked.choices
        )
        return self._phrasebook.say(
            "tools_text_next", question=asked.question, slot=asked.slot, choices=choices
        )

    def _card(self, card: Card) -> str:
        sections = (
            self._phrasebook.say("tools_text_section", heading=section.heading, body=section.body)
            for section in card.sections
        )
        return "\n".join([self._named(card.title, card.support), *sections])

    def _listed(self, names: Iterable[SupportName]) -> list[str]:
        say = self._phrasebook.say
        return [say("tools_text_listed", named=self._named(n.title, n.id)) for n in names]

    def _named(self, title: str, support_id: str) -> str:
        return self._phrasebook.say("tools_text_named", title=title, id=support_id)
