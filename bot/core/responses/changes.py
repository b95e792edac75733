"""Notice what a new knowledge changes for somebody who follows a support or the results.

A mark is what a follower was last told of, short enough to be stored with the conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.core.domain.session import Profile, profile_key
from bot.core.domain.told import told_key
from bot.core.eligibility.verdicts import Finding, Verdict
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.results_list import suited

Mark = tuple[str, ...]
# The mark of a support that is not in the knowledge.
GONE: Mark = ()
# Supports that one message names.
MOST_NAMED = 5


class SupportChange(NamedTuple):
    """What changed of a support: it left, its text, its later rules, whether it is available."""

    gone: bool = False
    text: bool = False
    rules: bool = False
    closed: bool = False
    reopened: bool = False


class ResultsChange(NamedTuple):
    """The supports that suit now and did not before, and those that no longer suit, by id."""

    new: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def support_mark(phrasebook: Phrasebook, support_id: str) -> Mark:
    """Return the mark of a support: its text, its later rules, why it is closed."""
    support = phrasebook.knowledge.supports.get(support_id)
    if support is None:
        return GONE
    text = (
        support.title,
        support.summary,
        support.quote,
        support.amount,
        support.also_requires,
        support.steps,
        support.materials,
        # Not the values themselves: a new field would change every mark.
        [
            (c.slot, c.allowed, c.perhaps, c.barred, c.anyone, c.closed, c.quote, c.basis.value)
            for c in support.conditions
        ],
    )
    rules = [(u.title, u.dated, u.say, str(u.valid_until)) for u in support.updates]
    closed = phrasebook.knowledge.closure(support, phrasebook.today)
    return told_key(repr(text)), told_key(repr(rules)), closed.value if closed else ""


def support_change(before: Mark, now: Mark) -> SupportChange | None:
    """Return what two marks of a support tell apart, or None."""
    if before == now:
        return None
    if now == GONE:
        return SupportChange(gone=True)
    if len(before) != len(now):
        return SupportChange(text=True)
    return SupportChange(
        text=before[0] != now[0],
        rules=before[1] != now[1],
        closed=bool(now[2]) and before[2] != now[2],
        reopened=bool(before[2]) and not now[2],
    )


def results_mark(profile: Profile, findings: Sequence[Finding]) -> Mark:
    """Return the mark of the results of a profile: a key of the profile, and the ids of the
    supports that apply or may apply, each with its verdict."""
    verdicts = [f"{f.support.id}:{_LETTERS[f.verdict]}" for f in suited(findings)]
    return told_key(repr(profile_key(profile))), *verdicts


_LETTERS = {Verdict.APPLIES: "a", Verdict.MAYBE: "m"}


def is_of(mark: Mark, profile: Profile) -> bool:
    """Return whether a mark is that of the results of this profile."""
    return bool(mark) and mark[0] == told_key(repr(profile_key(profile)))


def results_change(before: Mark, now: Mark) -> ResultsChange | None:
    """Return what two marks of the results of one profile tell apart, or None. A support that may
    apply and now applies is new."""
    old, new = _verdicts(before), _verdicts(now)
    better = [s for s, v in new.items() if s not in old or (v, old[s]) == ("a", "m")]
    lost = [s for s in old if s not in new]
    return ResultsChange(tuple(better), tuple(lost)) if better or lost else None


def _verdicts(mark: Mark) -> dict[str, str]:
    pairs = (entry.rpartition(":") for entry in mark[1:])
    return {support: verdict for support, _, verdict in pairs}
