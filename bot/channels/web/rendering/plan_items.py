"""The plan on the result page: what to do first, whom to ask, and what to ask them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile
from bot.core.responses.advice import phone_line
from bot.core.responses.card import FITS
from bot.core.responses.phrasebook import Phrasebook

# Supports that the plan opens; the others are folded below.
MAX_ITEMS = 3
# Verdicts of supports that a plan may begin with, best first.
_PLANNED = (("applies", FITS), ("maybe",))


class PlanItem(NamedTuple):
    """One support to go for: what one gets, whom to ask, the place in the policy, and the
    questions that the policy leaves open."""

    card: Card
    gets: str
    whom: str
    place: str
    questions: tuple[str, ...]


class Plan(NamedTuple):
    """The items, best first, and a sentence to read out to the hotline."""

    items: tuple[PlanItem, ...] = ()
    phone_line: str = ""


def plan_of(
    cards: Sequence[Card], phrasebook: Phrasebook, knowledge: Knowledge, profile: Profile
) -> Plan:
    """Return the plan for a profile. `cards` are its result, best first."""
    known = [card for card in cards if card.support in knowledge.supports]
    ranked = [card for verdicts in _PLANNED for card in known if card.verdict in verdicts]
    items = tuple(_item(card, phrasebook, knowledge) for card in ranked[:MAX_ITEMS])
    if not items:
        return Plan()
    supports = [knowledge.supports[item.card.support] for item in items]
    return Plan(items, phone_line(phrasebook, profile, supports))


def _item(card: Card, phrasebook: Phrasebook, knowledge: Knowledge) -> PlanItem:
    support = knowledge.supports[card.support]
    policy, clause = knowledge.policies[support.policy], knowledge.clauses[support.clause]
    place = phrasebook.say("web_plan_place", year=str(policy.issued.year), place=clause.place)
    whom = phrasebook.first_contact(support)
    return PlanItem(card, support.summary, whom, place, support.unstated)
