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
    values = _slot_values(knowledge, session, findings)
    return max(values, key=lambda pair: pair[0])[1] if values else None


def interview_progress(
    knowledge: Knowledge, session: Session, findings: Sequence[Finding]
) -> tuple[int, int]:
    """Return the number of the pending question, from 1, and how many questions there are as far
    as that is known; (0, 0) if no question is pending. `findings` is `evaluate_all` of the profile
    of the session."""
    if not session.pending:
        return 0, 0
    answered = [answer.slot for answer in session.answers if answer.slot in knowledge.slots]
    to_ask = {slot.id for _, slot in _slot_values(knowledge, session, findings)}
    if session.pending in answered:
        return answered.index(session.pending) + 1, len(answered) + len(to_ask)
    return len(answered) + 1, len(answered) + len(to_ask | {session.pending})


def _slot_values(
    knowledge: Knowledge, session: Session, findings: Sequence[Finding]
) -> list[tuple[int, Slot]]:
    """Return the slots that are worth asking, each after how much its answer can settle."""
    answered = frozenset(answer.slot for answer in session.answers)
    shown = [f for f in findings if f.verdict in (Verdict.APPLIES, Verdict.MAYBE)]
    open_findings = Counter(slot for f in shown for slot in f.missing)
    values = [
        (_value(slot, shown, open_findings[slot.id], knowledge), slot)
        for slot in knowledge.slots.values()
        if slot.id not in answered and not is_exempt(slot, session.profile)
    ]
    return [(value, slot) for value, slot in values if value]


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
