"""What the pages of a policy and of a bureau show, as values for their templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from bot.channels.web.catalogue.filters import bureaus_of
from bot.core.domain.knowledge import Bureau, Clause, Knowledge, Policy, Support
from bot.core.responses.phrasebook import Phrasebook, source_address

# Bytes (UTF-8) of the clauses on one page: with the links of their supports, a page of 30 kB.
MAX_PART_BYTES = 18_000


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A part of a policy: its clauses in order, each with its supports. `number`: that of the
    part, from 1; `count`: the number of parts."""

    policy: Policy
    age: str
    state: tuple[str, ...]
    clauses: tuple[tuple[Clause, tuple[Support, ...]], ...]
    number: int
    count: int

    def address(self, number: int) -> str:
        """Return the address of a part."""
        return _address(self.policy.id, number)


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


def policy_parts(knowledge: Knowledge, policy: str) -> tuple[tuple[Clause, ...], ...]:
    """Return the clauses of a policy in parts, each for a page of bounded size: a part has one
    clause, or texts of at most MAX_PART_BYTES. There is at least one part."""
    parts: list[list[Clause]] = [[]]
    size = 0
    for clause in knowledge.clauses.values():
        if clause.policy != policy:
            continue
        length = len(clause.text.encode())
        if parts[-1] and size + length > MAX_PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(clause)
        size += length
    return tuple(map(tuple, parts))


def clause_address(knowledge: Knowledge, clause: Clause) -> str:
    """Return the address of a clause: its place on the page of its policy."""
    parts = policy_parts(knowledge, clause.policy)
    number = next(n for n, part in enumerate(parts, 1) if clause in part)
    return f"{_address(clause.policy, number)}#c-{clause.id}"


def policy_page(knowledge: Knowledge, policy: Policy, number: int, today: date) -> PolicyPage:
    """Return a part of a policy, from 1, on a day; a number beyond the last part is the last."""
    phrases = Phrasebook(knowledge, today)
    supports: dict[str, list[Support]] = {}
    for support in knowledge.supports.values():
        supports.setdefault(support.clause, []).append(support)
    parts = policy_parts(knowledge, policy.id)
    number = min(number, len(parts))
    clauses = tuple((c, tuple(supports.get(c.id, ()))) for c in parts[number - 1])
    _, _, age = phrases.policy_summary(policy).partition("\n")
    state = tuple(phrases.policy_state(policy).split("\n"))
    return PolicyPage(policy, age, state, clauses, number, len(parts))


def _address(policy: str, number: int) -> str:
    address = f"/policies/{quote(policy)}"
    return address if number == 1 else f"{address}?page={number}"


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
