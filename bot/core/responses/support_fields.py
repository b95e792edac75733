"""The sides of a support that people ask for one by one: who, how much, what for, why."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.core.domain.knowledge import Support, SupportKind
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Verdict, judge, what_if
from bot.core.responses.phrasebook import PAUSE, Phrasebook

# What the paper leaves unsaid of a sum that it names: “按什么标准算”.
_OF_A_SUM = re.compile("多少|标准|怎么算|额度|比例|基数")


@dataclass(frozen=True)
class FieldRenderer:
    """Puts them into words."""

    words: Phrasebook

    def text(self, support: Support, profile: Profile, field: str, *, later: bool = True) -> str:
        """What the knowledge holds on this side of the support; else that the paper is silent,
        and whom to ask. `later`: with what later rules say on it."""
        words = self.words
        ask = words.say("ask_whom", ask=words.ask(support))
        if field == "who":
            return words.who(support, profile)
        if field == "text":
            clause = words.clause(support)
            return words.say("full_text", place=clause.place) + "\n" + clause.text
        if field == "updates":
            return words.updates(support)
        if field == "why":
            return self._why(support, profile)
        if field == "conditions":
            said = self._conditions(support, profile, ask)
            return said + self._later(support, field, later)
        if field == "amount":
            told = [words.say("amount", amount=support.amount), words.unstated(support, _OF_A_SUM)]
            said = (
                "\n".join(filter(None, told)) if support.amount else words.say("amount_none") + ask
            )
            return said + self._later(support, field, later)
        if field == "deadline":
            if support.valid_until:
                return words.say("deadline", date=support.valid_until.isoformat())
            policy = words.policy(support)
            year = str(policy.target_year or policy.issued.year)
            return words.say("deadline_none", year=year) + ask + self._later(support, field, later)
        steps = field == "steps"
        held = support.steps if steps else support.materials
        if held:
            return words.say("steps" if steps else "materials", what="；".join(held))
        silence = words.say("steps_none" if steps else "materials_none")
        return silence + ask + self._later(support, field, later)

    def _later(self, support: Support, field: str, told: bool) -> str:
        """What later rules say of this very side, right below a silence of the paper."""
        rules = tuple(u for u in support.updates if told and field in u.about)
        return "\n" + self.words.updates(replace(support, updates=rules)) if rules else ""

    def more_later(self, support: Support, *fields: str) -> str:
        """That there are later rules which were not told with these sides."""
        untold = [update for update in support.updates if not set(fields) & set(update.about)]
        return self.words.say("more_updates") if untold and "updates" not in fields else ""

    def _conditions(self, support: Support, profile: Profile, ask: str) -> str:
        words = self.words
        named = [
            words.say(
                "condition",
                slot=self.words.knowledge.slots[c.slot].name,
                allowed=words.labels(c.slot, c.allowed),
            )
            for c in support.conditions
        ]
        parts = [*named, *words.demands(support, profile)]
        head = words.say("conditions", what="；".join(parts)) if parts else ""
        lines = [head or words.say("conditions_none") + ask]
        if profile and support.conditions:
            lines.append(
                words.verdict(judge(support, profile, self.words.knowledge.slots), profile)
            )
        return "\n".join(lines)

    def _why(self, support: Support, profile: Profile) -> str:
        words, knowledge = self.words, self.words.knowledge
        finding = judge(support, profile, knowledge.slots)
        lines = [words.verdict(finding, profile)] if support.kind is SupportKind.BENEFIT else []
        lines += [words.say("why_head"), words.reasons(finding, profile)]
        change = what_if(support, profile, knowledge)
        if change:
            changes = [
                words.say(
                    "change",
                    slot=knowledge.slots[slot].name,
                    choice=words.labels(slot, (choice,)),
                )
                for slot, choice in change.answers
            ]
            verdict = self._verdict_word(change.verdict)
            lines.append(words.say("what_if", changes=PAUSE.join(changes), verdict=verdict))
        elif finding.verdict is Verdict.APPLIES:
            lines.append(words.say("what_if_fits"))
        lines.append(words.say("quote", quote=support.quote))
        return "\n".join(lines)

    def _verdict_word(self, verdict: Verdict) -> str:
        phrase = {
            Verdict.APPLIES: "verdict_word_applies",
            Verdict.MAYBE: "verdict_word_maybe",
            Verdict.NOT_APPLICABLE: "verdict_word_not",
        }
        return self.words.say(phrase[verdict])
