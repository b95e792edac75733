"""Fill the phrases of the knowledge with facts about supports, clauses, policies and findings.

This module contains no sentence that a user reads: every text is a phrase of the knowledge.
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
from bot.core.eligibility.verdicts import Check, Finding, State, Verdict, check_condition

# Separates the items of an enumeration.
SEPARATOR = "、"
# The beginning of a requirement on who the applicant is: "须是在校大学生".
_REQUIRED_IDENTITY = re.compile(r"^(?:须是|必须是|须为|要是|面向)")
# The state of a condition with an answer.
_STATE_PHRASES = {
    State.MET: "why_met",
    State.FAILED: "why_failed",
    State.OPEN: "why_possible",
}
_CLOSED_PHRASES = {
    SupportStatus.EXPIRED: "support_expired",
    SupportStatus.EXHAUSTED: "support_exhausted",
    SupportStatus.SUSPENDED: "support_suspended",
}


def _first_failed(finding: Finding) -> Check:
    return next(c for c in finding.checks if c.state is State.FAILED)


@dataclass(frozen=True)
class Phrasebook:
    """Renders texts from the phrases of one knowledge version, as of one day."""

    knowledge: Knowledge
    today: date

    def say(self, phrase: str, **values: str) -> str:
        """Return the phrase with its placeholders filled."""
        return self.knowledge.say(phrase, **values)

    def labels(self, slot: str, choices: Iterable[str]) -> str:
        """Return the labels of the choices of a slot as one enumeration; an unknown choice is
        shown by its id."""
        known = self.knowledge.slots.get(slot)
        return SEPARATOR.join(known.label(c) if known else c for c in choices)

    def hotline(self) -> str:
        """Return the number of the public service line that answers questions on any policy."""
        return self.say("hotline_number")

    def call_link(self, number: str = "") -> Link:
        """Return a link that dials a number; by default the public service line."""
        number = number or self.hotline()
        return Link(self.say("call", hotline=number), f"tel:{number}")

    def policy(self, support: Support) -> Policy:
        """Return the policy of a support."""
        return self.knowledge.policies[support.policy]

    def clause(self, support: Support) -> Clause:
        """Return the clause of a support."""
        return self.knowledge.clauses[support.clause]

    def basis(self, support: Support) -> str:
        """Return where a support is written, with the date of the policy."""
        policy, clause = self.policy(support), self.clause(support)
        return self.say(
            "basis", policy=policy.title, issued=policy.issued.isoformat(), place=clause.place
        )

    def contact(self, support: Support) -> str:
        """Return the lead bureau of a support, or the hotline if the clause names no bureau."""
        return self.clause(support).lead or self.hotline()

    def validity(self, support: Support) -> str:
        """Return how old and how certain the policy and the support are; "" if the policy is
        in force without a verification date and the support is open."""
        policy = self.policy(support)
        lead = self.clause(support).lead or policy.issuer
        lines = [self._policy_validity(policy, lead)]
        status = support.status
        if support.valid_until and support.valid_until < self.today:
            status = SupportStatus.EXPIRED
        if status in _CLOSED_PHRASES:
            lines.append(self.say(_CLOSED_PHRASES[status], lead=lead))
        return "\n".join(line for line in lines if line)

    def policy_summary(self, policy: Policy) -> str:
        """Return the title and the date of a policy, and whether it is in force."""
        named = self.say("basis", policy=policy.title, issued=policy.issued.isoformat(), place="")
        validity = self._policy_validity(policy, policy.issuer)
        return f"{named}\n{validity}" if validity else named

    def _policy_validity(self, policy: Policy, lead: str) -> str:
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

    def bureaus(self, support: Support) -> str:
        """Return the lead bureau, then the other bureaus in the order of the clause."""
        clause = self.clause(support)
        if not clause.bureaus:
            return self.say("lead_missing")
        others = SEPARATOR.join(clause.bureaus[1:]) + ("等" if clause.open_list else "")
        if not others:
            return self.say("lead", lead=clause.lead)
        return self.say("lead_and_others", lead=clause.lead, others=others)

    def contacts(self, support: Support, profile: Profile) -> str:
        """Return all bureaus of a support, the present-day name of the lead where a source
        proves it, and the county government of the user's district."""
        clause = self.clause(support)
        if not clause.bureaus:
            return self.say("lead_missing")
        lines = [self.say("who", lead=clause.lead, now=self._present_name(clause.lead))]
        if clause.bureaus[1:]:
            others = SEPARATOR.join(clause.bureaus[1:]) + ("等" if clause.open_list else "")
            lines.append(self.say("who_others", others=others))
        lines += self._county_offices(clause, profile)
        lines.append(self.say("who_ask", title=support.title))
        return "\n".join(lines)

    def _county_offices(self, clause: Clause, profile: Profile) -> list[str]:
        """Return the county government of the user's district if the clause names 各县区政府; for
        an area without a county government, that the clause does not name one."""
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

    def _present_name(self, printed: str) -> str:
        bureau = self.knowledge.bureau(printed)
        if bureau is None or not bureau.now:
            return self.say("bureau_unknown")
        if bureau.now.removeprefix("柳州市") == printed.removeprefix("市"):
            return ""
        return self.say("bureau_now", now=bureau.now)

    def unstated(self, support: Support, about: re.Pattern[str] | None = None) -> str:
        """Return what the policy does not state about a support, and whom to ask; "" if nothing
        is listed. `about` limits the list to the topics that it matches."""
        listed = [what for what in support.unstated if about is None or about.search(what)]
        return (
            self.say("unstated", what=SEPARATOR.join(listed), ask=self.unstated_contact(support))
            if listed
            else ""
        )

    def unstated_contact(self, support: Support) -> str:
        """Return whom to ask about what the policy does not state."""
        return support.ask or self.contact(support)

    def later_rules(self, support: Support) -> str:
        """Return what later rules state about a support, with dates and sources, or that none is
        known."""
        if not support.updates:
            return self.say("updates_none", ask=self.unstated_contact(support))
        lines = [self.say("updates_head")]
        for (title, dated), rule in groupby(support.updates, lambda u: (u.title, u.dated)):
            lines.append(self.say("update_rule", date=dated, title=title))
            for _, facts in groupby(rule, lambda u: u.source):
                same_source = list(facts)
                lines += [self.say("update_fact", say=fact.say) for fact in same_source]
                lines.append(self._source(same_source[-1]))
        return "\n".join(lines)

    def _source(self, update: Update) -> str:
        grade = self.say("grade_a" if update.confidence == "A" else "grade_b")
        line = self.say("update_source", source=update.source, grade=grade)
        if update.valid_until:
            line += self.say("update_until", date=update.valid_until.isoformat())
        return line

    def verdict(self, finding: Finding, profile: Profile) -> str:
        """Return the verdict of a finding with the answers that caused it."""
        if finding.verdict is Verdict.APPLIES:
            more = self.further_requirements(finding.support, profile)
            phrase = "verdict_fits" if more else "verdict_applies"
            return self.say(phrase, reason=self.met_answers(finding, "because_yes"))
        if finding.verdict is Verdict.MAYBE:
            return self.say("verdict_maybe", missing=self.missing_slots(finding))
        return self.say("verdict_not", reason=self.failure_reason(finding))

    def unconditional_verdict(self, support: Support, profile: Profile) -> str:
        """Return the verdict of a support without conditions."""
        more = self.further_requirements(support, profile)
        return self.say("verdict_anyone_more" if more else "verdict_anyone")

    def identity_verdict(self, support: Support, identities: Sequence[str]) -> str:
        """Return whether a support is for people with these identities."""
        condition = next((c for c in support.conditions if c.slot == IDENTITY), None)
        if condition is None:
            return self.say("whom_anyone")
        allowed = self.labels(IDENTITY, condition.allowed)
        who = self.stated_labels(IDENTITY, identities)
        if not who:
            return self.say("whom_only", allowed=allowed)
        state = check_condition(
            condition, {IDENTITY: tuple(identities)}, self.knowledge.slots
        ).state
        if state is State.MET:
            return self.say("whom_yes", who=who)
        return self.say(
            "whom_no" if state is State.FAILED else "whom_also", who=who, allowed=allowed
        )

    def met_answers(self, finding: Finding, phrase: str) -> str:
        """Return the answers that met conditions, inside a phrase with the placeholder `who`; ""
        if there are none."""
        who = SEPARATOR.join(
            self.labels(c.condition.slot, c.answers)
            for c in finding.checks
            if c.state is State.MET
        )
        return self.say(phrase, who=who) if who else ""

    def failure_reason(self, finding: Finding) -> str:
        """Return the first failed condition, with the answer that failed it."""
        failed = _first_failed(finding)
        given = self.stated_labels(failed.condition.slot, failed.answers)
        if not given:
            return self.say("because_no_none", allowed=self.failed_allowed(finding))
        return self.say("because_no", allowed=self.failed_allowed(finding), given=given)

    def stated_labels(self, slot: str, choices: Iterable[str]) -> str:
        """Return the labels of the choices without "都不是", which states nothing."""
        known = self.knowledge.slots.get(slot)
        nothing = known.none_choice if known and known.multiple else ""
        return self.labels(slot, (c for c in choices if c != nothing))

    def failed_allowed(self, finding: Finding) -> str:
        """Return the labels that the first failed condition allows."""
        failed = _first_failed(finding)
        return self.labels(failed.condition.slot, failed.condition.allowed)

    def missing_slots(self, finding: Finding) -> str:
        """Return the names of the slots that leave a finding open."""
        slots = self.knowledge.slots
        return SEPARATOR.join(slots[s].name for s in finding.missing if s in slots)

    def condition_report(self, finding: Finding, profile: Profile) -> str:
        """Return one line per condition: what it allows, the answer, and the state; then the
        further requirements."""
        lines = [self._reason(check) for check in finding.checks]
        if not lines:
            lines = [self.say("why_everyone")]
        lines.append(self.further_requirements_note(finding.support, profile))
        return "\n".join(line for line in lines if line)

    def further_requirements_note(self, support: Support, profile: Profile) -> str:
        """Return the further requirements as a sentence; "" if there are none."""
        more = self.further_requirements(support, profile)
        return self.say("also_requires", what="；".join(more)) if more else ""

    def further_requirements(self, support: Support, profile: Profile) -> tuple[str, ...]:
        """Return the requirements that no slot covers, without those that an answer already
        states: the answer 在校学生 covers "须是在校大学生"."""
        met = [
            word
            for condition in support.conditions
            for choice_id in profile.get(condition.slot, ())
            if choice_id in condition.allowed
            and (slot := self.knowledge.slots.get(condition.slot))
            and (choice := slot.choice(choice_id))
            for word in (choice.label, *choice.words)
        ]
        return tuple(d for d in support.also_requires if _REQUIRED_IDENTITY.sub("", d) not in met)

    def _reason(self, check: Check) -> str:
        slot = check.condition.slot
        name = self.knowledge.slots[slot].name
        allowed = self.labels(slot, check.condition.allowed)
        given = self.stated_labels(slot, check.answers)
        if not given:
            phrase = "why_failed_none" if check.state is State.FAILED else "why_open"
            return self.say(phrase, slot=name, allowed=allowed)
        return self.say(_STATE_PHRASES[check.state], slot=name, allowed=allowed, given=given)
