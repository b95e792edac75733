"""The states of the knowledge for which a scenario may have been written.

Most scenarios were written while every support was available and nobody had verified the policy.
An admin who ends a support, or verifies a policy, changes one line; the scenarios stay as they
are. `check_closed` checks what these scenarios then do not see.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import (
    Knowledge,
    Policy,
    PolicyStatus,
    Support,
    SupportStatus,
)

_ENDED = (PolicyStatus.EXPIRED, PolicyStatus.SUPERSEDED)


def states(base: KnowledgeBase, today: date) -> tuple[KnowledgeBase, ...]:
    """Return the knowledge in the different states in which scenarios are played, without the
    switches for emergencies: with everything available, as written, and with no policy verified.
    A scenario holds if it holds in one of them.

    `today`: the day on which supports count as closed.
    """
    written = base.without_switches
    available = all_available(written.knowledge, today)
    found = [available, written.knowledge, unverified(available)]
    different = dict.fromkeys(found)  # values are compared by identity
    return tuple(
        written
        if knowledge is written.knowledge
        else KnowledgeBase(knowledge, base.index, base.act_model, ranker=base.ranker)
        for knowledge in different
    )


def all_available(knowledge: Knowledge, today: date) -> Knowledge:
    """Return the knowledge with every support available that is closed on this day: without what
    ended its policy or itself. The same knowledge if none is closed."""
    if not any(knowledge.closure(support, today) for support in knowledge.supports.values()):
        return knowledge
    policies = {
        name: _in_time(policy, knowledge, today) for name, policy in knowledge.policies.items()
    }
    supports = {
        name: _open(support, today) if knowledge.closure(support, today) else support
        for name, support in knowledge.supports.items()
    }
    return replace(knowledge, policies=policies, supports=supports)


def unverified(knowledge: Knowledge) -> Knowledge:
    """Return the knowledge with each policy that is in force unverified; the same knowledge if no
    policy is in force."""
    in_force = {
        name: replace(policy, status=PolicyStatus.UNVERIFIED, last_verified=None)
        for name, policy in knowledge.policies.items()
        if policy.status is PolicyStatus.IN_FORCE
    }
    if not in_force:
        return knowledge
    return replace(knowledge, policies={**knowledge.policies, **in_force})


def _in_time(policy: Policy, knowledge: Knowledge, today: date) -> Policy:
    """Return the policy without its end, if it has ended, and without what it replaces today."""
    if policy.effective is None or policy.effective <= today:
        policy = replace(policy, supersedes=())
    if knowledge.policy_status(policy, today) not in _ENDED:
        return policy
    status = PolicyStatus.UNVERIFIED if policy.status in _ENDED else policy.status
    until = policy.valid_until
    return replace(policy, status=status, valid_until=None if until and until < today else until)


def _open(support: Support, today: date) -> Support:
    until = support.valid_until
    return replace(
        support,
        status=SupportStatus.OPEN,
        valid_until=None if until and until < today else until,
    )
