"""Select the slot to ask next: the one whose answer settles most verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.core.domain.knowledge import DISTRICT, NEEDS, Knowledge, Slot
from bot.core.domain.session import Profile, Session
from bot.core.eligibility.verdicts import Finding, Verdict

# The values of slots order them: a slot that settles verdicts comes before the needs, which rank
# supports, and the needs before the district, which only selects the office.
_SETTLES_VERDICTS = 1000
_RANKS_SUPPORTS = 100
_SELECTS_OFFICE = 10


def select_next_slot(
    knowledge: Knowledge, session: Session, findings: Sequence[Finding]
) -> Slot | None:
    """Return the slot to ask, or None if no answer can change what is shown or its order.
    `findings` is `evaluate_all` of the profile of the session."""
    answered = frozenset(answer.slot for answer in session.answers)
    shown = [f for f in findings if f.verdict in (Verdict.APPLIES, Verdict.MAYBE)]
    open_findings = Counter(slot for f in shown for slot in f.missing)
    best: tuple[int, Slot] | None = None
    for slot in knowledge.slots.values():
        if slot.id in answered or is_exempt(slot, session.profile):
            continue
        value = _value(slot, shown, open_findings[slot.id], knowledge)
        if value and (best is None or value > best[0]):
            best = (value, slot)
    return best[1] if best else None


def is_exempt(slot: Slot, profile: Profile) -> bool:
    """Return whether the slot is not asked for this profile (see `Slot.unless`)."""
    given = profile.get(slot.unless.slot, ()) if slot.unless else ()
    return bool(given and slot.unless and set(given) <= set(slot.unless.allowed))


def _value(slot: Slot, shown: Sequence[Finding], open_findings: int, knowledge: Knowledge) -> int:
    """Return how much an answer can settle; 0 if it changes nothing. `open_findings` counts the
    findings that the slot keeps open."""
    if open_findings:
        return _SETTLES_VERDICTS + open_findings
    if slot.id == NEEDS:
        return _RANKS_SUPPORTS if len({f.support.needs for f in shown}) > 1 else 0
    if slot.id == DISTRICT:
        counties = knowledge.locality.county_bureau
        local = any(counties in knowledge.clauses[f.support.clause].bureaus for f in shown)
        return _SELECTS_OFFICE if local else 0
    return 0
