"""Build the records of the tools from the knowledge; nothing is added to what it states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.channels.mcp.records import (
    BureauRecord,
    ClauseRecord,
    Eligibility,
    LaterRule,
    NotApplicable,
    PaperRecord,
    ReasonRecord,
    SupportName,
    SupportRecord,
)
from bot.core.domain.knowledge import Bureau, Clause, Knowledge, Policy, Support, Update
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Finding, State, Verdict
from bot.core.responses.phrasebook import Phrasebook, source_address, source_name


@dataclass(frozen=True)
class RecordBuilder:
    """Builds records from one knowledge version, as of one day."""

    phrasebook: Phrasebook

    @property
    def _knowledge(self) -> Knowledge:
        return self.phrasebook.knowledge

    def paper(self, policy: Policy) -> PaperRecord:
        """Return the record of a policy."""
        status = self._knowledge.policy_status(policy, self.phrasebook.today)
        return PaperRecord(
            id=policy.id,
            title=policy.title,
            issuer=policy.issuer,
            issued=policy.issued.isoformat(),
            doc_no=policy.doc_no,
            status=status.value,
            state=self.phrasebook.policy_state(policy),
            last_verified=_day(policy.last_verified),
            source=policy.source,
        )

    def named(self, support: Support) -> SupportName:
        """Return the name of a support."""
        return SupportName(
            id=support.id,
            title=support.title,
            clause=support.clause,
            closed=self._is_closed(support),
        )

    def support(self, support: Support) -> SupportRecord:
        """Return the whole record of a support."""
        phrasebook = self.phrasebook
        clause = phrasebook.clause(support)
        return SupportRecord(
            id=support.id,
            title=support.title,
            summary=support.summary,
            quote=support.quote,
            policy=self.paper(phrasebook.policy(support)),
            clause=clause.id,
            place=clause.place,
            closed=self._is_closed(support),
            warning=phrasebook.validity(support),
            amount=support.amount,
            conditions=[text for text in phrasebook.conditions(support, {}) if text],
            steps=list(support.steps),
            materials=list(support.materials),
            unstated=list(support.unstated),
            ask=phrasebook.unstated_contact(support),
            lead_bureau=clause.lead,
            contact=phrasebook.contact(support),
            bureaus=self._bureaus(clause),
            later_rules=self._rules(support.updates),
        )

    def clause(self, clause: Clause) -> ClauseRecord:
        """Return a clause with its supports and the later rules on them."""
        policy = self._knowledge.policies[clause.policy]
        supports = [s for s in self._knowledge.supports.values() if s.clause == clause.id]
        updates = tuple(dict.fromkeys(update for s in supports for update in s.updates))
        return ClauseRecord(
            policy=self.paper(policy),
            id=clause.id,
            place=clause.place,
            title=clause.title,
            text=clause.text,
            warning=self.phrasebook.policy_summary(policy).partition("\n")[2],
            lead_bureau=clause.lead,
            bureaus=self._bureaus(clause),
            open_list=clause.open_list,
            supports=[self.named(s) for s in supports],
            later_rules=self._rules(updates),
        )

    def eligibility(self, finding: Finding, profile: Profile) -> Eligibility:
        """Return the verdict on a support with its reasons."""
        waiting = [
            check.missing
            for check in finding.checks
            if check.state is State.OPEN and not check.condition.anyone
        ]
        return Eligibility(
            support=self.support(finding.support),
            verdict=finding.verdict.value,
            says=self._verdict(finding, profile),
            reasons=[
                ReasonRecord(
                    slot=check.condition.slot,
                    state=check.state.value,
                    basis=check.condition.basis.value,
                    quote=check.condition.quote,
                    missing=check.missing,
                )
                for check in finding.checks
            ],
            missing=list(dict.fromkeys(waiting)),
        )

    def ruled_out(self, finding: Finding, profile: Profile) -> NotApplicable:
        """Return a support that does not apply, with the reason."""
        support = finding.support
        return NotApplicable(
            id=support.id,
            title=support.title,
            clause=support.clause,
            says=self._verdict(finding, profile),
        )

    def _verdict(self, finding: Finding, profile: Profile) -> str:
        if finding.support.conditions or finding.verdict is Verdict.CLOSED:
            return self.phrasebook.verdict(finding, profile)
        return self.phrasebook.unconditional_verdict(finding.support, profile)

    def _is_closed(self, support: Support) -> bool:
        return self._knowledge.closure(support, self.phrasebook.today) is not None

    def _bureaus(self, clause: Clause) -> list[BureauRecord]:
        return [self._bureau(name, lead=name == clause.lead) for name in clause.bureaus]

    def _bureau(self, printed: str, *, lead: bool) -> BureauRecord:
        bureau = self._knowledge.bureau(printed) or Bureau(printed)
        is_county = bureau.name == self._knowledge.locality.county_bureau
        return BureauRecord(
            printed=printed,
            lead=lead,
            present_name="" if is_county else bureau.now,
            grade=bureau.confidence,
            telephone=bureau.telephone,
            address=bureau.address,
            verified=bureau.verified,
        )

    def _rules(self, updates: Sequence[Update]) -> list[LaterRule]:
        return [
            LaterRule(
                title=update.title,
                issuer=update.issuer,
                dated=update.dated,
                says=update.say,
                grade=update.confidence,
                source=source_name(update.source),
                address=source_address(update.source),
                valid_until=_day(update.valid_until),
                ended=bool(update.valid_until and update.valid_until < self.phrasebook.today),
            )
            for update in updates
        ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
