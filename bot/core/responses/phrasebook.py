"""Fill the phrases of the knowledge with facts about supports, clauses, policies and findings.

This module contains no sentence that a user reads: every text is a phrase of the knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from bot.core.domain.knowledge import (
    DISTRICT,
    IDENTITY,
    Basis,
    Bureau,
    Clause,
    Condition,
    Knowledge,
    Policy,
    PolicyStatus,
    Support,
    SupportStatus,
    Update,
)
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Line, Link, Reply, Role
from bot.core.domain.session import Profile
from bot.core.domain.told import told_key
from bot.core.eligibility.verdicts import Check, Finding, State, Verdict, check_condition

# Separates the items of an enumeration.
SEPARATOR = "、"
# The beginning of a requirement on who the applicant is: "须是在校大学生".
_REQUIRED_IDENTITY = re.compile(r"^(?:须是|必须是|须为|要是|面向)")
# Later rules that one answer tells.
MAX_LATER = 2
# A later rule without a last day may have changed from this number of years on. Chosen by hand:
# rules on this matter are usually made for three or five years.
OLD_RULE_YEARS = 7
# A web address in the text of a source.
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
# The state of a condition with an answer.
_STATE_PHRASES = {
    State.MET: phrase_id("why_met", "slot", "allowed", "given"),
    State.FAILED: phrase_id("why_failed", "slot", "allowed", "given"),
    State.OPEN: phrase_id("why_possible", "slot", "allowed", "given"),
}
# Whether a support is for an identity.
_WHOM_PHRASES = {
    State.MET: phrase_id("whom_yes", "who", "allowed"),
    State.OPEN: phrase_id("whom_also", "who", "allowed"),
    State.UNCLEAR: phrase_id("whom_unclear", "who", "allowed"),
    State.FAILED: phrase_id("whom_no", "who", "allowed"),
}


def _first(finding: Finding, state: State) -> Check:
    return next(c for c in finding.checks if c.state is state)


def _restricts_nobody(check: Check) -> bool:
    return check.condition.anyone and check.state in (State.MET, State.OPEN)


def source_name(source: str) -> str:
    """Return the name of a source without its web address; "" if it is only an address."""
    return _ADDRESS.sub("", source).strip(" ,，")


def source_address(source: str) -> str:
    """Return the web address of a source; "" if it has none."""
    found = _ADDRESS.search(source)
    return found[0] if found else ""


@dataclass(frozen=True)
class Phrasebook:
    """Renders texts from the phrases of one knowledge version, as of one day."""

    knowledge: Knowledge
    today: date

    def say(self, phrase: str, **values: str) -> str:
        """Return the phrase, given by a literal id, with its placeholders filled."""
        return self.knowledge.say(phrase, **values)

    def say_id(self, phrase: PhraseId, **values: str) -> str:
        """Return the phrase, given by a marked id, with its placeholders filled."""
        return self.knowledge.say_id(phrase, **values)

    def labels(self, slot: str, choices: Iterable[str]) -> str:
        """Return the labels of the choices of a slot as one enumeration; an unknown choice is
        shown by its id."""
        known = self.knowledge.slots.get(slot)
        return SEPARATOR.join(known.label(c) if known else c for c in choices)

    def hotline(self) -> str:
        """Return the number of the public service line that answers questions on any policy."""
        return self.knowledge.locality.hotline

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

    def basis_short(self, support: Support) -> str:
        """Return the year and the place of a support with its lead bureau. If there are several
        policies, the title stands instead of the year."""
        if len(self.knowledge.policies) > 1:
            return f"{self.basis(support)}\n{self.bureaus(support)}"
        year, clause = str(self.policy(support).issued.year), self.clause(support)
        lead = self.say("lead", lead=self._to_ask(clause.lead)) if clause.lead else ""
        lead = lead or self._lead_of_policy(support)
        return self.say("basis_short", year=year, place=clause.place, lead=lead)

    def contact(self, support: Support) -> str:
        """Return the lead bureau of a support, or the hotline if the policy names no bureau."""
        return self._lead(support) or self.hotline()

    def _lead(self, support: Support) -> str:
        """Return the lead bureau of the clause, or else those that lead the whole policy, with
        their present-day names."""
        lead = self.clause(support).lead
        names = (lead,) if lead else self._overall_bureaus(support)
        return SEPARATOR.join(map(self._to_ask, names))

    def _overall_bureaus(self, support: Support) -> tuple[str, ...]:
        clause = self.knowledge.clauses.get(self.policy(support).lead_clause)
        return clause.bureaus if clause else ()

    def bureau(self, printed: str) -> str:
        """Return a bureau as printed, with its present-day name if it was renamed."""
        return printed + self._renamed(printed)

    def _to_ask(self, printed: str) -> str:
        """Return a bureau that the user is sent to: also with the note that its present-day name
        is not known."""
        return printed + self._note(printed)

    def bureaus_in(self, text: str) -> str:
        """Return a text such as 本校或市教育局 with the notes on the present-day names."""
        for name in self.knowledge.bureaus:
            if name in text and (note := self._note(name)):
                text = text.replace(name, name + note)
        return text

    def compose(self, *lines: str) -> str:
        """Return the lines that are not empty as one text. The note on the present-day name of a
        bureau stays at the first mention only."""
        text = "\n".join(line for line in lines if line)
        for name in self.knowledge.bureaus:
            note = self._note(name) if name in text else ""
            first = text.find(name + note) + len(name + note) if note else 0
            if note and first >= len(name + note):
                text = text[:first] + text[first:].replace(name + note, name)
        return text

    def reply(self, *lines: Line) -> Reply:
        """Return the lines that are not empty as a reply, each text once. A text of several
        lines gives each of them its role."""
        kept: dict[str, Role] = {}
        for line in lines:
            kept.setdefault(line.text, line.role)
        kept.pop("", None)
        text = self.compose(*kept)
        roles = [role for words, role in kept.items() for _ in words.split("\n")]
        parts = zip(roles, text.split("\n"), strict=True)
        return Reply(text, lines=tuple(Line(role, part) for role, part in parts))

    def _renamed(self, printed: str) -> str:
        """Return the note on the present-day name of a bureau that was renamed, else ""."""
        bureau = self.knowledge.bureau(printed)
        return self._note(printed) if bureau and bureau.now else ""

    def _note(self, printed: str) -> str:
        """Return the note on a bureau: its present-day name, or that none is proven; "" if the
        printed name tells it."""
        bureau = self.knowledge.bureau(printed)
        if bureau is None or bureau.name == self.knowledge.locality.county_bureau:
            return ""
        if not bureau.now:
            return self.say("bureau_unknown")
        return "" if self._is_short_form(bureau) else self.say("bureau_now", now=bureau.now)

    def _is_short_form(self, bureau: Bureau) -> bool:
        """Return whether the printed name only shortens the present-day one: its characters occur
        there in order (科技局, 科学技术局)."""
        letters = iter(bureau.now.rpartition(self.knowledge.locality.city_full)[2])
        return all(letter in letters for letter in bureau.name)

    def present_name(self, name: str) -> str:
        """Return what a bureau is called today, with the proof, and how to reach it."""
        bureau = self.knowledge.bureaus[name]
        if bureau.name == self.knowledge.locality.county_bureau or not bureau.now:
            lines = [self.say("bureau_name_unknown", name=name, hotline=self.hotline())]
        else:
            same = self._is_short_form(bureau)
            stated = self.say(
                "bureau_name_same" if same else "bureau_name_now", name=name, now=bureau.now
            )
            lines = [stated + self._proof(bureau)]
        return "\n".join([*lines, *self.office(bureau)])

    def office_of(self, name: str) -> str:
        """Return how to reach a bureau, with its present-day name, or that it is not known."""
        if self.knowledge.bureaus[name].has_office:
            return self.present_name(name)
        return self.say("office_unknown", name=name + self._full_note(name))

    def _full_note(self, name: str) -> str:
        bureau = self.knowledge.bureaus[name]
        return self.say("bureau_now", now=bureau.now) if bureau.now else ""

    def _proof(self, bureau: Bureau) -> str:
        grade = ""
        if bureau.confidence in ("A", "B"):
            grade = self.say("grade_a" if bureau.confidence == "A" else "grade_b")
        if bureau.source and bureau.verified and (name := source_name(bureau.source) or grade):
            return self.say("bureau_proof", source=name, date=bureau.verified)
        if grade:
            return self.say("bureau_proof_grade", grade=grade)
        return self.say("bureau_proof_weak", hotline=self.hotline())

    def office(self, bureau: Bureau | None) -> list[str]:
        """Return how to reach a bureau, as far as it is proven, with the date of the proof."""
        if bureau is None or not bureau.has_office:
            return []
        lines = []
        if bureau.telephone:
            lines.append(self.say("bureau_telephone", telephone=bureau.telephone))
        if bureau.address:
            lines.append(self.say("bureau_address", address=bureau.address))
        source = source_name(bureau.source) or bureau.name
        lines.append(self.say("bureau_office_proof", date=bureau.verified, source=source))
        return lines

    def validity(self, support: Support) -> str:
        """Return how old and how certain the policy and the support are; "" if the policy is
        in force without a verification date and the support is open."""
        policy = self.policy(support)
        lead = self._lead(support) or policy.issuer
        lines = [self._policy_validity(policy, lead), self.closed_note(support)]
        return "\n".join(line for line in dict.fromkeys(lines) if line)

    def says_validity(self, text: str, support: Support) -> bool:
        """Return whether a text says how old and how certain the policy of a support is, with
        whichever bureau to ask."""
        policy, lead = self.policy(support), self._lead(support)
        line = self._policy_validity(policy, lead or policy.issuer)
        start = line.partition(lead)[0] if lead else line
        return bool(start) and start in text

    def closed_note(self, support: Support) -> str:
        """Return the warning that a support is not available any more; "" if it is."""
        closure = self.knowledge.closure(support, self.today)
        if closure is None:
            return ""
        lead = self._lead(support) or self.policy(support).issuer
        if isinstance(closure, PolicyStatus):
            ended = closure is PolicyStatus.EXPIRED
            return self.say("age_expired" if ended else "age_superseded", lead=lead)
        if closure is SupportStatus.EXPIRED:
            return self.say("support_expired", lead=lead)
        if closure is SupportStatus.SUPERSEDED:
            return self.say("support_superseded", lead=lead)
        used_up = closure is SupportStatus.EXHAUSTED
        return self.say("support_exhausted" if used_up else "support_suspended", lead=lead)

    def title(self, support: Support) -> str:
        """Return the title of a support, marked if it is not available any more."""
        closure = self.knowledge.closure(support, self.today)
        if closure is None:
            return support.title
        if closure in (PolicyStatus.SUPERSEDED, SupportStatus.SUPERSEDED):
            why = self.say("closed_superseded")
        elif closure is SupportStatus.EXHAUSTED:
            why = self.say("closed_exhausted")
        elif closure is SupportStatus.SUSPENDED:
            why = self.say("closed_suspended")
        else:
            why = self.say("closed_expired")
        return self.say("title_closed", title=support.title, why=why)

    def policy_state(self, policy: Policy) -> str:
        """Return whether a policy is in force: what the knowledge states of its status, its first
        and last day, the day of verification and the target year, and nothing else."""
        say = self.say
        lines = [say("valid_issued", policy=policy.title, issued=policy.issued.isoformat())]
        if policy.effective:
            lines.append(say("valid_effective", date=policy.effective.isoformat()))
        if policy.valid_until:
            lines.append(say("valid_until", date=policy.valid_until.isoformat()))
        if policy.target_year:
            lines.append(say("valid_target", year=str(policy.target_year)))
        lines.append(self._policy_status(policy))
        if policy.last_verified:
            lines.append(say("age_verified", date=policy.last_verified.isoformat()))
        return "\n".join(lines)

    def _policy_status(self, policy: Policy) -> str:
        status = self.knowledge.policy_status(policy, self.today)
        if status is PolicyStatus.SUPERSEDED:
            return self.say("valid_superseded")
        if status is PolicyStatus.EXPIRED:
            return self.say("valid_expired")
        if policy.effective and policy.effective > self.today:
            return self.say("valid_not_yet")
        in_force = status is PolicyStatus.IN_FORCE
        return self.say("valid_in_force" if in_force else "valid_unverified")

    def ages(self, supports: Iterable[Support]) -> list[str]:
        """Return how old and how certain the policies of a list of supports are: one line for each
        policy, which it names if there are several."""
        first = {support.policy: support for support in reversed(tuple(supports))}
        lines = []
        for support in reversed(first.values()):
            policy, age = self.policy(support), self.validity(support).split("\n")[0]
            if age and len(self.knowledge.policies) > 1:
                issued = policy.issued.isoformat()
                age = self.say("age_of_paper", policy=policy.name, issued=issued, age=age)
            lines.append(age)
        return lines

    def these_papers(self) -> str:
        """Return how to speak of all policies that the bot knows: 这份文件, 这几份文件."""
        return self.say("this_paper" if len(self.knowledge.policies) == 1 else "these_papers")

    def papers(self) -> str:
        """Return the titles and dates of all policies, the newest first."""
        newest = sorted(self.knowledge.policies.values(), key=lambda p: p.issued, reverse=True)
        return SEPARATOR.join(
            self.say("paper", policy=p.title, issued=p.issued.isoformat(), issuer=p.issuer)
            for p in newest
        )

    def policy_summary(self, policy: Policy) -> str:
        """Return the title and the date of a policy, and whether it is in force."""
        named = self.say("basis", policy=policy.title, issued=policy.issued.isoformat(), place="")
        validity = self._policy_validity(policy, policy.issuer)
        return f"{named}\n{validity}" if validity else named

    def _policy_validity(self, policy: Policy, lead: str) -> str:
        status = self.knowledge.policy_status(policy, self.today)
        if status is PolicyStatus.SUPERSEDED:
            return self.say("age_superseded", lead=lead)
        if status is PolicyStatus.EXPIRED:
            return self.say("age_expired", lead=lead)
        if status is PolicyStatus.UNVERIFIED:
            if policy.target_year is None:
                return self.say("age_unverified_no_year", lead=lead)
            return self.say("age_unverified", year=str(policy.target_year), lead=lead)
        if policy.last_verified:
            return self.say("age_verified", date=policy.last_verified.isoformat())
        return ""

    def bureaus(self, support: Support) -> str:
        """Return the lead bureau, then the other bureaus in the order of the clause."""
        clause = self.clause(support)
        if not clause.bureaus:
            return self._lead_of_policy(support)
        lead, others = self._to_ask(clause.lead), self._other_bureaus(clause, self.bureau)
        if not others:
            return self.say("lead", lead=lead)
        return self.say("lead_and_others", lead=lead, others=others)

    @staticmethod
    def _other_bureaus(clause: Clause, label: Callable[[str], str]) -> str:
        return SEPARATOR.join(map(label, clause.bureaus[1:])) + ("等" if clause.open_list else "")

    def contacts(self, support: Support, profile: Profile, *, all_bureaus: bool = True) -> str:
        """Return the lead bureau of a support with its present-day name where a source proves it,
        the county government of the user's district, and how to reach them. `all_bureaus`: the
        cooperating bureaus too."""
        return "\n".join(self._contact_lines(support, profile, all_bureaus=all_bureaus))

    def contacts_in(self, text: str, support: Support, profile: Profile) -> str:
        """Return the contacts of a support without the cooperating bureaus if a text has them;
        else "". Most texts miss the first line, so the others are not composed."""
        lines = []
        for line in self._contact_lines(support, profile, all_bureaus=False):
            if line not in text:
                return ""
            lines.append(line)
        contacts = "\n".join(lines)
        return contacts if contacts in text else ""

    def _contact_lines(
        self, support: Support, profile: Profile, *, all_bureaus: bool
    ) -> Iterator[str]:
        clause = self.clause(support)
        if not clause.bureaus:
            yield from filter(None, [self._lead_of_policy(support)])
            if self._lead(support):
                yield self.say("who_ask", title=support.title)
            return
        yield self.say("who", lead=clause.lead, now=self._present_name(clause.lead))
        others = self._other_bureaus(clause, self._full_name) if all_bureaus else ""
        if others:
            yield self.say("who_others", others=others)
        yield from self._county_offices(clause, profile)
        office = self.office(self.knowledge.bureau(clause.lead))
        yield from office
        yield self.say("who_ask_office" if office else "who_ask", title=support.title)

    def role_of(self, support: Support, name: str) -> str:
        """Return whether the bureau `name` leads the clause of a support, takes part in it or is
        not named there, and who leads it; "" if the clause names no bureau."""
        clause, bureau = self.clause(support), self.knowledge.bureaus[name]
        if not clause.lead:
            return ""
        lead = self._to_ask(clause.lead)
        names = [known.name for b in clause.bureaus if (known := self.knowledge.bureau(b))]
        if bureau.name == names[0]:
            others = self._other_bureaus(clause, self.bureau)
            said = self.say("who_is_lead", lead=lead)
            return f"{said}\n{self.say('who_others', others=others)}" if others else said
        if bureau.name in names:
            return self.say("who_takes_part", bureau=self.bureau(name), lead=lead)
        return self.say("who_not_named", bureau=self.bureau(name), lead=lead)

    def lead_again(self, support: Support) -> str:
        """Return the lead bureau of a support with its present-day name, which was told before."""
        printed = self.clause(support).lead
        now = self._present_name(printed) if printed else ""
        again = self.say("who_again", lead=printed or self._lead(support), now=now)
        return "\n".join((again, *self.office(self.knowledge.bureau(printed))))

    def _lead_of_policy(self, support: Support) -> str:
        """Return the bureaus that lead the whole policy, for a clause that names none."""
        lead = self._lead(support)
        return self.say("lead_overall", lead=lead) if lead else self.say("lead_missing")

    def _full_name(self, printed: str) -> str:
        """Return a bureau with its present-day name, also if the printed one is a short form."""
        bureau = self.knowledge.bureau(printed)
        known = (
            bureau is not None
            and bureau.now
            and bureau.name != self.knowledge.locality.county_bureau
        )
        return printed + (self._present_name(printed) if known else "")

    def _county_offices(self, clause: Clause, profile: Profile) -> list[str]:
        """Return the county government of the user's district if the clause names 各县区政府; for
        an area without a county government, that the clause does not name one."""
        slot = self.knowledge.slots.get(DISTRICT)
        if slot is None or self.knowledge.locality.county_bureau not in clause.bureaus:
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
        locality = self.knowledge.locality
        short = bureau.now.removeprefix(locality.city_full)
        if short == printed.removeprefix(locality.bureau_prefix):
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
        return self.bureaus_in(support.ask) if support.ask else self.contact(support)

    def first_contact(self, support: Support) -> str:
        """Return whom to ask first, with the lead bureau of the clause if that is another."""
        ask, lead = self.unstated_contact(support), self.clause(support).lead
        if not support.ask or not lead or lead in support.ask:
            return ask
        return self.say("contact_and_lead", ask=ask, lead=self.bureau(lead))

    def later_rules(self, support: Support) -> str:
        """Return what later rules state about a support, with dates and sources, or that none is
        known."""
        if not support.updates:
            return self.say("updates_none", ask=self.unstated_contact(support))
        return self.rules(support.updates)

    def rules_with_addresses(self, updates: Sequence[Update]) -> str:
        """Return statements of later rules with the addresses of their sources, for a card, which
        has no links."""
        return self._rules(updates, self._source_with_address)

    def rules(self, updates: Sequence[Update]) -> str:
        """Return statements of later rules with dates and the names of their sources; "" if there
        are none. Their addresses are links of the reply (`SourceLinks`)."""
        return self._rules(updates, self._source)

    def _rules(self, updates: Sequence[Update], source: Callable[[Update], str]) -> str:
        if not updates:
            return ""
        lines = [self.say("updates_head")]
        for (title, dated), rule in groupby(updates, lambda u: (u.title, u.dated)):
            lines.append(self.say("update_rule", date=dated, title=title))
            for _, facts in groupby(rule, lambda u: u.source):
                same_source = list(facts)
                lines += [self.say("update_fact", say=fact.say) for fact in same_source]
                lines.append(source(same_source[-1]))
        return "\n".join(lines)

    def later_statements(
        self, statements: Iterable[tuple[Update, str]], told: Collection[str] = ()
    ) -> list[str]:
        """Return statements of later rules, one line for each of the first MAX_LATER rules, with
        dates and titles. `told`: keys of what was said (`told_key`): titles are not repeated."""
        parts: dict[Update, list[str]] = {}
        for update, text in statements:
            parts.setdefault(update, []).append(text)
        said: dict[str, str] = {}
        for update, texts in parts.items():
            known = told_key(update.title) in told
            rule = self.say("later_rule", date=update.dated, title=update.title)
            rule = self.say("later_rule_again", date=update.dated) if known else rule
            grade = self.say("grade_a" if update.confidence == "A" else "grade_b")
            text = "；".join(texts) + self.say("later_grade", grade=grade)
            text += self._validity(update)
            said[rule] = f"{said[rule]}；{text}" if rule in said else text
        shown = list(said.items())[:MAX_LATER]
        lines = [self.say("later_says", rule=rule, say=text) for rule, text in shown]
        caution = self.say("later_caution")
        if lines and told_key(caution) not in told:
            lines[-1] += caution
        return lines

    def _source(self, update: Update) -> str:
        return self._source_named(update, source_name(update.source))

    def _source_with_address(self, update: Update) -> str:
        return self._source_named(update, update.source)

    def _source_named(self, update: Update, name: str) -> str:
        grade = self.say("grade_a" if update.confidence == "A" else "grade_b")
        named = self.say("update_source", source=name, grade=grade)
        unnamed = self.say("update_source_unnamed", grade=grade)
        return (named if name else unnamed) + self._validity(update)

    def _validity(self, update: Update) -> str:
        """Return until when a later rule is valid. If it does not say so: that an old one may have
        changed, except one that warns, which its age must not weaken; else ""."""
        if not update.valid_until:
            year = update.dated[:4]
            old = year.isdigit() and self.today.year - int(year) >= OLD_RULE_YEARS
            return self.say("update_old", year=year) if old and not update.words else ""
        ended = update.valid_until < self.today
        until = update.valid_until.isoformat()
        return self.say("update_ended" if ended else "update_until", date=until)

    def person_note(self, support: Support, label: str, update: Update) -> tuple[str, Link]:
        """Return that a later rule names a kind of people, as a possibility, with its date, and
        the link to its source."""
        grade = self.say("grade_a" if update.confidence == "A" else "grade_b")
        note = self.say(
            "update_person",
            support=support.title,
            kind=label,
            date=update.dated,
            title=update.title,
            validity=self._validity(update),
        )
        return note, Link(
            self.say("update_person_link", grade=grade), source_address(update.source)
        )

    def verdict(self, finding: Finding, profile: Profile) -> str:
        """Return the verdict of a finding with the answers that caused it."""
        if finding.verdict is Verdict.CLOSED:
            return self.say("verdict_closed")
        if finding.verdict is Verdict.NOT_APPLICABLE:
            return self.say("verdict_not", reason=self.failure_reason(finding))
        if finding.open_to_anyone:
            reason = self.met_answers(finding, phrase_id("because_yes", "who"))
            if not reason:
                return self.unconditional_verdict(finding.support, profile)
            more = self.further_requirements(finding.support, profile)
            return self.say("verdict_fits" if more else "verdict_applies", reason=reason)
        if missing := self.missing_slots(finding):
            return self.say("verdict_maybe", missing=missing)
        return self.say("verdict_unclear", reason=self.unclear_reason(finding))

    def _condition(self, condition: Condition, *, several: bool) -> str:
        """Return whom a condition of the paper is for. 只给 is said only where its words close the
        list and name one kind of people; that nobody is excluded, only of a list that stands
        alone."""
        who = self.people(condition)
        if not condition.closed:
            return self.say("condition_written" if several else "condition_open", who=who)
        only = len(condition.allowed) == 1 and not condition.perhaps
        return self.say("condition_only" if only else "condition_for", who=who)

    def unclear_reason(self, finding: Finding) -> str:
        """Return why the answers do not settle a finding."""
        return self._unclear(_first(finding, State.UNCLEAR))

    def unconditional_verdict(self, support: Support, profile: Profile) -> str:
        """Return the verdict of a support without conditions."""
        more = self.further_requirements(support, profile)
        return self.say("verdict_anyone_more" if more else "verdict_anyone")

    def identity_verdict(self, support: Support, identities: Sequence[str]) -> str:
        """Return whether a support is for people with these identities."""
        condition = next((c for c in support.conditions if c.slot == IDENTITY), None)
        if condition is None or not (condition.closed or condition.quote or condition.allowed):
            return self.say("whom_anyone")
        allowed = self.people(condition)
        who = self.stated_labels(IDENTITY, identities)
        if not who:
            return self.say("whom_only", allowed=allowed)
        state = check_condition(
            condition, {IDENTITY: tuple(identities)}, self.knowledge.slots
        ).state
        if condition.anyone and state is State.MET:
            return self.say("whom_anyone")
        return self.say_id(_WHOM_PHRASES[state], who=who, allowed=allowed)

    def people(self, condition: Condition) -> str:
        """Return whom a condition is for: the words of the paper if it quotes them, else the
        labels of the choices."""
        if condition.quote:
            return self.say("people_quoted", quote=condition.quote)
        return self.labels(condition.slot, condition.allowed)

    def conditions(self, support: Support, profile: Profile) -> tuple[str, str]:
        """Return the conditions that the paper writes, with its further requirements, and whom it
        mainly speaks to by our reading; "" for what is not there."""
        paper = [c for c in support.conditions if c.basis is Basis.PAPER]
        written = [self._condition(c, several=len(paper) > 1) for c in paper]
        quotes = {c.quote for c in support.conditions}
        written += [
            requirement
            for requirement in self.further_requirements(support, profile)
            if _REQUIRED_IDENTITY.sub("", requirement) not in quotes
        ]
        read = [
            self.people(c)
            for c in support.conditions
            if c.basis is Basis.READING and not c.anyone and c.allowed
        ]
        return (
            self.say("conditions", what="；".join(dict.fromkeys(written))) if written else "",
            self.say("conditions_reading", who="；".join(read)) if read else "",
        )

    def _unclear(self, check: Check) -> str:
        """Return why an answer does not settle a condition: the paper names other people without
        excluding this one, or does not say who of these people is meant."""
        condition = check.condition
        named = set(check.answers) & {*condition.allowed, *condition.perhaps}
        given = self.stated_labels(condition.slot, check.answers)
        if not condition.quote:
            return self.say("because_unsaid")
        if named and given:
            return self.say("because_perhaps", who=self.people(condition), given=given)
        if condition.anyone:
            return self.say("because_unsaid")
        return self.say("because_open", who=self.people(condition))

    def met_answers(self, finding: Finding, phrase: PhraseId) -> str:
        """Return the answers that met conditions, inside a phrase with the placeholder `who`; ""
        if there are none."""
        who = SEPARATOR.join(
            self.labels(c.condition.slot, c.answers)
            for c in finding.checks
            if c.state is State.MET and not c.condition.anyone
        )
        return self.say_id(phrase, who=who) if who else ""

    def failure_reason(self, finding: Finding) -> str:
        """Return the first failed condition, with the answer that failed it."""
        failed = _first(finding, State.FAILED)
        given = self.stated_labels(failed.condition.slot, failed.answers)
        if not given:
            return self.say("because_no_none", allowed=self.failed_allowed(finding))
        return self.say("because_no", allowed=self.failed_allowed(finding), given=given)

    def stated_labels(self, slot: str, choices: Iterable[str]) -> str:
        """Return the labels of the choices without "都不是", which states nothing."""
        known = self.knowledge.slots.get(slot)
        nothing = known.none_choice if known and known.multiple else ""
        return self.labels(slot, (c for c in choices if c != nothing))

    def stated_profile(self, profile: Profile) -> str:
        """Return the answers of a profile in one line; "" if they state nothing."""
        labels = [self.stated_labels(slot, choices) for slot, choices in profile.items()]
        return "；".join(label for label in labels if label)

    def failed_allowed(self, finding: Finding) -> str:
        """Return whom the first failed condition is for."""
        return self.people(_first(finding, State.FAILED).condition)

    def missing_slots(self, finding: Finding) -> str:
        """Return the names of the slots that leave a finding open, without those that matter to
        few people because the paper restricts nobody."""
        slots = self.knowledge.slots
        waiting = [c for c in finding.checks if c.state is State.OPEN and not c.condition.anyone]
        missing = dict.fromkeys(c.missing for c in waiting)
        return SEPARATOR.join(slots[s].name for s in missing if s in slots)

    def condition_report(self, finding: Finding, profile: Profile) -> str:
        """Return one line per condition: what it allows, the answer, and the state; then the
        further requirements."""
        lines = [self.closed_note(finding.support)]
        lines += [self._reason(c) for c in finding.checks if not _restricts_nobody(c)]
        if len(lines) == 1:
            lines.append(self.say("why_everyone"))
        lines.append(self.further_requirements_note(finding.support, profile))
        return "\n".join(line for line in lines if line)

    def further_requirements_note(self, support: Support, profile: Profile) -> str:
        """Return the further requirements as a sentence; "" if there are none."""
        more = self.further_requirements(support, profile)
        return self.say("also_requires", what="；".join(more)) if more else ""

    def further_requirements(self, support: Support, profile: Profile) -> tuple[str, ...]:
        """Return the requirements that no slot covers, without those that an answer states in the
        same words. The answer 在校学生 does not cover "须是在校大学生", which is narrower."""
        met = [
            self.labels(condition.slot, (choice_id,))
            for condition in support.conditions
            for choice_id in profile.get(condition.slot, ())
            if condition.meets(choice_id)
        ]
        return tuple(d for d in support.also_requires if _REQUIRED_IDENTITY.sub("", d) not in met)

    def _reason(self, check: Check) -> str:
        slot = check.condition.slot
        name = self.knowledge.slots[slot].name
        allowed = self.people(check.condition)
        given = self.stated_labels(slot, check.answers)
        if check.state is State.UNCLEAR:
            return self.say("why_unclear", slot=name, reason=self._unclear(check))
        if not given:
            failed = check.state is State.FAILED
            return self.say(
                "why_failed_none" if failed else "why_open", slot=name, allowed=allowed
            )
        return self.say_id(_STATE_PHRASES[check.state], slot=name, allowed=allowed, given=given)
