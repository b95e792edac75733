"""What the pages of a policy and of a bureau show, as values for their templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.channels.web.catalogue.filters import bureaus_of
from bot.core.domain.knowledge import Bureau, Clause, Knowledge, Policy, Support
from bot.core.responses.phrasebook import Phrasebook, source_address


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A policy with its clauses in order, each with its supports."""

    policy: Policy
    age: str
    state: tuple[str, ...]
    clauses: tuple[tuple[Clause, tuple[Support, ...]], ...]


@dataclass(frozen=True, slots=True)
class BureauPage:
    """A bureau: its present-day name and office, what it leads, what it takes part in, and what
    belongs to it because it leads the whole policy."""

    bureau: Bureau
    name: str
    proof: str
    leads: tuple[Support, ...]
    joins: tuple[Support, ...]
    overall: tuple[Support, ...]
    papers: tuple[str, ...]


def policy_page(knowledge: Knowledge, policy: Policy, today: date) -> PolicyPage:
    """Return the page of a policy on a day."""
    phrases = Phrasebook(knowledge, today)
    supports: dict[str, list[Support]] = {}
    for support in knowledge.supports.values():
        supports.setdefault(support.clause, []).append(support)
    clauses = tuple(
        (clause, tuple(supports.get(clause.id, ())))
        for clause in knowledge.clauses.values()
        if clause.policy == policy.id
    )
    _, _, age = phrases.policy_summary(policy).partition("\n")
    return PolicyPage(policy, age, tuple(phrases.policy_state(policy).split("\n")), clauses)


def bureau_page(knowledge: Knowledge, bureau: Bureau, today: date) -> BureauPage:
    """Return the page of a bureau on a day."""
    leads: list[Support] = []
    joins: list[Support] = []
    overall: list[Support] = []
    for support in knowledge.supports.values():
        clause = knowledge.clauses[support.clause]
        names = bureaus_of(knowledge, clause)
        if bureau.name not in names:
            continue
        if not clause.bureaus:
            overall.append(support)
        else:
            (leads if names[0] == bureau.name else joins).append(support)
    concerned = {support.policy for support in (*leads, *joins, *overall)}
    return BureauPage(
        bureau=bureau,
        name=Phrasebook(knowledge, today).present_name(bureau.name),
        proof=source_address(bureau.source),
        leads=tuple(leads),
        joins=tuple(joins),
        overall=tuple(overall),
        papers=papers(knowledge, concerned, today),
    )


def papers(knowledge: Knowledge, ids: set[str], today: date) -> tuple[str, ...]:
    """Return title, date and state of these policies, in lines."""
    phrases = Phrasebook(knowledge, today)
    return tuple(
        line
        for policy in knowledge.policies.values()
        if policy.id in ids
        for line in phrases.policy_summary(policy).split("\n")
    )
