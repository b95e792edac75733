"""What the page of a support shows, as values for its template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.channels.web.catalogue.filters import bureaus_of
from bot.channels.web.catalogue.paper_pages import clause_address
from bot.core.domain.knowledge import Clause, Knowledge, Policy, Support, SupportKind
from bot.core.responses.advice import phone_line
from bot.core.responses.phrasebook import Phrasebook

MAX_RELATED = 6


@dataclass(frozen=True, slots=True)
class SupportPage:
    """A support with its sentences.

    `place`: the address of the clause. `ages`: how old and how certain paper and support are.
    `written`, `read`: the conditions of the paper, and whom it mainly speaks to by our reading.
    `quoted`: the clause before, in and after the quote. `later`: the later rules with dates and
    sources.
    """

    support: Support
    policy: Policy
    clause: Clause
    place: str
    title: str
    ages: tuple[str, ...]
    facts: tuple[str, ...]
    written: str
    read: str
    contacts: str
    bureaus: tuple[str, ...]
    contact: str
    phone_line: str
    quoted: tuple[str, str, str]
    later: str
    related: tuple[Support, ...]

    @property
    def description(self) -> str:
        """Return what search engines and shared links say below the title."""
        return self.support.summary


def support_page(knowledge: Knowledge, support: Support, today: date) -> SupportPage:
    """Return the page of a support on a day."""
    phrases = Phrasebook(knowledge, today)
    written, read = phrases.conditions(support, {})
    clause = phrases.clause(support)
    return SupportPage(
        support=support,
        policy=phrases.policy(support),
        clause=clause,
        place=clause_address(knowledge, clause),
        title=phrases.title(support),
        ages=tuple(line for line in phrases.validity(support).split("\n") if line),
        facts=_facts(phrases, support),
        written=written,
        read=read,
        contacts=phrases.compose(phrases.contacts(support, {})),
        bureaus=bureaus_of(knowledge, clause),
        contact=phrases.unstated_contact(support),
        phone_line=phone_line(phrases, {}, [support]),
        quoted=split_at_quote(clause.text, support.quote),
        later=phrases.rules_with_addresses(support.updates),
        related=related(knowledge, support),
    )


def _facts(phrases: Phrasebook, support: Support) -> tuple[str, ...]:
    """Return the amount, the steps and the materials, as far as the paper states them."""
    facts = [phrases.say("amount", amount=support.amount)] if support.amount else []
    if support.steps:
        facts.append(phrases.say("steps", what="；".join(support.steps)))
    if support.materials:
        facts.append(phrases.say("materials", what="；".join(support.materials)))
    return tuple(facts)


def split_at_quote(text: str, quote: str) -> tuple[str, str, str]:
    """Return the text before, in and after a quote. Line ends do not count. A text without the
    quote is all before it."""
    letters = re.sub(r"\s", "", quote)
    found = re.search(r"\s*".join(map(re.escape, letters)), text) if letters else None
    if found is None:
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]


def related(knowledge: Knowledge, support: Support) -> tuple[Support, ...]:
    """Return the supports to look at beside this one: those that look alike, then those that share
    keywords, the clause or needs, best first."""
    alike, keywords, needs = knowledge.alike(support.id), set(support.keywords), set(support.needs)

    def nearness(other: Support) -> int:
        return (
            100 * (other.id in alike)
            + 3 * len(keywords & set(other.keywords))
            + 2 * (other.clause == support.clause)
            + len(needs & set(other.needs))
        )

    others = [
        other
        for other in knowledge.supports.values()
        if other.id != support.id and other.kind is SupportKind.BENEFIT and nearness(other)
    ]
    return tuple(sorted(others, key=nearness, reverse=True)[:MAX_RELATED])
