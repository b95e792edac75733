"""The bot's own sentences, from phrases/*.yaml, and the small facts that go into them.

Nothing a founder reads is written in Python: this module only fills the admin's phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from bot.core.domain.knowledge import (
    COUNTIES,
    DISTRICT,
    IDENTITY,
    Clause,
    Knowledge,
    Policy,
    PolicyStatus,
    Support,
    SupportStatus,
    Update,
)
from bot.core.domain.replies import Link
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Check, Finding, State, Verdict, check

PAUSE = "、"
# How a demand begins that says who somebody has to be.
_DEMANDING = re.compile(r"^(?:须是|必须是|须为|要是|面向)")
_REASONS = {
    State.MET: "why_met",
    State.FAILED: "why_failed",
    State.OPEN: "why_possible",
}
_CLOSED = {
    SupportStatus.EXPIRED: "support_expired",
    SupportStatus.EXHAUSTED: "support_exhausted",
    SupportStatus.SUSPENDED: "support_suspended",
}
# The public line for every question about policies, all over the country.
HOTLINE = "12345"


def _failed(finding: Finding) -> Check:
    return next(c for c in finding.checks if c.state is State.FAILED)


@dataclass(frozen=True)
class Phrasebook:
    """Fills phrases for one knowledge version and one day."""

    knowledge: Knowledge
    today: date

    def say(self, phrase: str, **values: str) -> str:
        """Return the phrase with its placeholders filled."""
        return self.knowledge.say(phrase, **values)

    def labels(self, slot: str, choices: Iterable[str]) -> str:
        """The labels of these choices, in one breath."""
        known = self.knowledge.slots.get(slot)
        return PAUSE.join(known.label(c) if known else c for c in choices)

    def call(self, number: str = HOTLINE) -> Link:
        """A way to ring this line."""
        return Link(self.say("call", hotline=number), f"tel:{number}")

    def policy(self, support: Support) -> Policy:
        """The paper that this support stands in."""
        return self.knowledge.policies[support.policy]

    def clause(self, support: Support) -> Clause:
        """The clause that this support stands in."""
        return self.knowledge.clauses[support.clause]

    def basis(self, support: Support) -> str:
        """Where the support is written, with the date of the paper."""
        policy, clause = self.policy(support), self.clause(support)
        return self.say(
            "basis", policy=policy.title, issued=policy.issued.isoformat(), place=clause.place
        )

    def asked(self, support: Support) -> str:
        """Whom to ask: the lead bureau, or the public line where the paper names none."""
        return self.clause(support).lead or HOTLINE

    def age(self, support: Support) -> str:
        """How old and how certain the paper and the support are; "" when all is verified."""
        policy, lead = self.policy(support), self.asked(support)
        lead = lead if lead != HOTLINE else policy.issuer
        lines = [self._policy_age(policy, lead)]
        status = support.status
        if support.valid_until and support.valid_until < self.today:
            status = SupportStatus.EXPIRED
        if status in _CLOSED:
            lines.append(self.say(_CLOSED[status], lead=lead))
        return "\n".join(line for line in lines if line)

    def paper(self, policy: Policy) -> str:
        """Which paper this is, of when, and whether it still binds."""
        named = self.say("basis", policy=policy.title, issued=policy.issued.isoformat(), place="")
        age = self._policy_age(policy, policy.issuer)
        return f"{named}\n{age}" if age else named

    def _policy_age(self, policy: Policy, lead: str) -> str:
        if policy.status is PolicyStatus.EXPIRED:
            return self.say("age_expired", lead=lead)
        if policy.status is PolicyStatus.SUPERSEDED:
            return self.say("age_superseded", lead=lead)
        if policy.status is PolicyStatus.UNVERIFIED:
            year = policy.target_year or policy.issued.year
            return self.say("age_unverified", year=str(year), lead=lead)
        if policy.last_verified:
            return self.say("age_verified", date=policy.last_verified.isoformat())
        return ""

    def lead(self, support: Support) -> str:
        """The lead bureau first, the others after, in the order of the paper."""
        clause = self.clause(support)
        if not clause.bureaus:
            return self.say("lead_missing")
        others = PAUSE.join(clause.bureaus[1:]) + ("等" if clause.open_list else "")
        if not others:
            return self.say("lead", lead=clause.lead)
        return self.say("lead_and_others", lead=clause.lead, others=others)

    def who(self, support: Support, profile: Profile) -> str:
        """Whom to see, in full: today's name where it is proven, the founder's own county."""
        clause = self.clause(support)
        if not clause.bureaus:
            return self.say("lead_missing")
        lines = [self.say("who", lead=clause.lead, now=self._now(clause.lead))]
        if clause.bureaus[1:]:
            others = PAUSE.join(clause.bureaus[1:]) + ("等" if clause.open_list else "")
            lines.append(self.say("who_others", others=others))
        lines += self._local(clause, profile)
        lines.append(self.say("who_ask", title=support.title))
        return "\n".join(lines)

    def _local(self, clause: Clause, profile: Profile) -> list[str]:
        """The government of the founder's county, where the clause says 各县区政府; where the
        founder's area is no county, that the paper does not say."""
        slot = self.knowledge.slots.get(DISTRICT)
        if slot is None or COUNTIES not in clause.bureaus:
            return []
        lines = []
        for choice_id in profile.get(slot.id, ()):
            choice = slot.choice(choice_id)
            if choice and choice.office:
                lines.append(self.say("who_local", office=choice.office))
            elif choice and choice.id != slot.none_choice:
                lines.append(self.say("who_local_unstated", place=choice.label))
        return lines

    def _now(self, printed: str) -> str:
        bureau = self.knowledge.bureau(printed)
        if bureau is None or not bureau.now:
            return self.say("bureau_unknown")
        if bureau.now.removeprefix("柳州市") == printed.removeprefix("市"):
            return ""
        return self.say("bureau_now", now=bureau.now)

    def unstated(self, support: Support, about: re.Pattern[str] | None = None) -> str:
        """What the paper leaves unsaid (only what is `about` something), and whom to ask; "" when
        nothing is listed."""
        listed = [what for what in support.unstated if about is None or about.search(what)]
        return (
            self.say("unstated", what=PAUSE.join(listed), ask=self.ask(support)) if listed else ""
        )

    def ask(self, support: Support) -> str:
        """Whom to ask about what the paper leaves unsaid."""
        return support.ask or self.asked(support)

    def updates(self, support: Support) -> str:
        """What later rules say, dated and sourced; says so when none is on file."""
        if not support.updates:
            return self.say("updates_none", ask=self.ask(support))
        lines = [self.say("updates_head")]
        for (title, dated), rule in groupby(support.updates, lambda u: (u.title, u.dated)):
            lines.append(self.say("update_rule", date=dated, title=title))
            for _, facts in groupby(rule, lambda u: u.source):
                told = list(facts)
                lines += [self.say("update_fact", say=fact.say) for fact in told]
                lines.append(self._origin(told[-1]))
        return "\n".join(lines)

    def _origin(self, update: Update) -> str:
        grade = self.say("grade_a" if update.confidence == "A" else "grade_b")
        line = self.say("update_source", source=update.source, grade=grade)
        if update.valid_until:
            line += self.say("update_until", date=update.valid_until.isoformat())
        return line

    def verdict(self, finding: Finding, profile: Profile) -> str:
        """The conclusion for this founder, with the answer that made it so."""
        if finding.verdict is Verdict.APPLIES:
            more = self.demands(finding.support, profile)
            phrase = "verdict_fits" if more else "verdict_applies"
            return self.say(phrase, reason=self.because(finding, "because_yes"))
        if finding.verdict is Verdict.MAYBE:
            return self.say("verdict_maybe", missing=self.missing(finding))
        return self.say("verdict_not", reason=self.refusal(finding))

    def anyone(self, finding: Finding, profile: Profile) -> str:
        """The conclusion for every founder, where the paper leaves nobody out."""
        more = self.demands(finding.support, profile)
        return self.say("verdict_anyone_more" if more else "verdict_anyone")

    def of_whom(self, support: Support, identities: Sequence[str]) -> str:
        """Whether people of this kind are meant: they are, they are not, or nobody is left out."""
        condition = next((c for c in support.conditions if c.slot == IDENTITY), None)
        if condition is None:
            return self.say("whom_anyone")
        allowed = self.labels(IDENTITY, condition.allowed)
        who = self.told(IDENTITY, identities)
        if not who:
            return self.say("whom_only", allowed=allowed)
        state = check(condition, {IDENTITY: tuple(identities)}, self.knowledge.slots).state
        if state is State.MET:
            return self.say("whom_yes", who=who)
        return self.say(
            "whom_no" if state is State.FAILED else "whom_also", who=who, allowed=allowed
        )

    def because(self, finding: Finding, phrase: str) -> str:
        """The answers that met the conditions, in this phrase; "" where nothing was needed."""
        who = PAUSE.join(
            self.labels(c.condition.slot, c.answers)
            for c in finding.checks
            if c.state is State.MET
        )
        return self.say(phrase, who=who) if who else ""

    def refusal(self, finding: Finding) -> str:
        """The first condition that failed, and the answer that failed it."""
        failed = _failed(finding)
        given = self.told(failed.condition.slot, failed.answers)
        if not given:
            return self.say("because_no_none", allowed=self.allowed(finding))
        return self.say("because_no", allowed=self.allowed(finding), given=given)

    def told(self, slot: str, choices: Iterable[str]) -> str:
        """These choices in one breath, without “都不是”, which says nothing of anybody."""
        known = self.knowledge.slots.get(slot)
        nothing = known.none_choice if known and known.multiple else ""
        return self.labels(slot, (c for c in choices if c != nothing))

    def allowed(self, finding: Finding) -> str:
        """Whom the first failed condition is for."""
        failed = _failed(finding)
        return self.labels(failed.condition.slot, failed.condition.allowed)

    def missing(self, finding: Finding) -> str:
        """The names of the slots that are still open."""
        slots = self.knowledge.slots
        return PAUSE.join(slots[s].name for s in finding.missing if s in slots)

    def reasons(self, finding: Finding, profile: Profile) -> str:
        """Every condition, what it allows, what was answered, and how it stands."""
        lines = [self._reason(check) for check in finding.checks]
        if not lines:
            lines = [self.say("why_everyone")]
        lines.append(self.also(finding.support, profile))
        return "\n".join(line for line in lines if line)

    def also(self, support: Support, profile: Profile) -> str:
        """What the paper demands besides, which no answer of ours can settle."""
        more = self.demands(support, profile)
        return self.say("also_requires", what="；".join(more)) if more else ""

    def demands(self, support: Support, profile: Profile) -> tuple[str, ...]:
        """What the paper demands besides what the founder already said: “须是在校大学生” is said
        by whoever said 在校学生."""
        met = [
            word
            for condition in support.conditions
            for choice_id in profile.get(condition.slot, ())
            if choice_id in condition.allowed
            and (slot := self.knowledge.slots.get(condition.slot))
            and (choice := slot.choice(choice_id))
            for word in (choice.label, *choice.words)
        ]
        return tuple(d for d in support.also_requires if _DEMANDING.sub("", d) not in met)

    def _reason(self, check: Check) -> str:
        slot = check.condition.slot
        name = self.knowledge.slots[slot].name
        allowed = self.labels(slot, check.condition.allowed)
        given = self.told(slot, check.answers)
        if not given:
            phrase = "why_failed_none" if check.state is State.FAILED else "why_open"
            return self.say(phrase, slot=name, allowed=allowed)
        return self.say(_REASONS[check.state], slot=name, allowed=allowed, given=given)
