"""Which question to ask next: the one that settles most, and none that would change nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.domain.knowledge import COUNTIES, DISTRICT, NEEDS, Knowledge, Slot
from bot.core.domain.session import Profile, Session
from bot.core.eligibility.verdicts import Finding, Verdict, evaluate_all


def next_question(knowledge: Knowledge, session: Session, found: Sequence[Finding]) -> Slot | None:
    """Return the slot to ask, or None when no answer can change what is shown or its order.
    `found` is `evaluate_all` of the profile of this session."""
    answered = frozenset(answer.slot for answer in session.answers)
    profile = session.profile
    best: tuple[int, Slot] | None = None
    for slot in knowledge.slots.values():
        if slot.id in answered or needless(slot, profile):
            continue
        value = _value(slot, found, knowledge)
        if value and (best is None or value > best[0]):
            best = (value, slot)
    return best[1] if best else None


def needless(slot: Slot, profile: Profile) -> bool:
    """Whether this founder is one of those whom the slot is not asked of."""
    given = profile.get(slot.unless.slot, ()) if slot.unless else ()
    return bool(given and slot.unless and set(given) <= set(slot.unless.allowed))


def _value(slot: Slot, found: Sequence[Finding], knowledge: Knowledge) -> int:
    """How much an answer can settle: undecided findings count most, then order, then whom to see.
    0 means that no answer would change anything."""
    shown = [f for f in found if f.verdict is not Verdict.NOT_APPLICABLE]
    settles = sum(slot.id in f.missing for f in shown if f.verdict is Verdict.MAYBE)
    if settles:
        return 1000 + settles
    if slot.id == NEEDS:
        kinds = {f.support.needs for f in shown}
        return 100 if len(kinds) > 1 else 0
    if slot.id == DISTRICT:
        local = any(COUNTIES in knowledge.clauses[f.support.clause].bureaus for f in shown)
        return 10 if local else 0
    return 0


def reachable(knowledge: Knowledge) -> set[str]:
    """The slots that some interview asks: for `check`, which refuses a slot nobody ever sees."""
    seen: set[str] = set()
    frontier = [Session()]
    while frontier:
        session = frontier.pop()
        slot = next_question(knowledge, session, evaluate_all(knowledge, session.profile))
        if slot is None:
            continue
        first = slot.id not in seen
        seen.add(slot.id)
        picks = [(c.id,) for c in slot.choices] if first else [(slot.choices[0].id,)]
        frontier += [session.with_answer(slot.id, pick) for pick in (*picks, ())]
    return seen


def settled(finding: Finding) -> bool:
    """Whether no further answer can change this verdict."""
    return finding.verdict is not Verdict.MAYBE
