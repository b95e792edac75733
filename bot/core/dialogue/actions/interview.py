"""The interview: ask slots, store answers, show the results.

The profile is derived from the ordered answers, so going back removes the last answer and a
correction replaces one; all other answers stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.core.dialogue.context import TurnContext
from bot.core.domain.cache import CacheKind
from bot.core.domain.knowledge import IDENTITY, NEEDS, Choice, Slot
from bot.core.domain.replies import Line, Reply, Role, Turn
from bot.core.domain.session import Mode, Option, Session, profile_key
from bot.core.domain.told import age_key
from bot.core.eligibility.verdicts import Finding, for_identity
from bot.core.nlu.profile_extractor import NO_FACTS, Facts
from bot.core.responses.phrasebook import SEPARATOR
from bot.core.responses.results_list import (
    PART,
    ResultsPage,
    best_list,
    results_page,
    short_list,
)

# Choices of a slot that are offered as options below a list.
MAX_OFFERED_CHOICES = 4


def begin(context: TurnContext, session: Session) -> Turn:
    """Start or continue the interview: an introduction, an assumption from the last answer if
    there is one, and the next question; the results if nothing is left to ask."""
    notes = []
    if not session.answers:
        notes.append(context.phrasebook.say("intro" if session.focus else "welcome"))
    session, presumed = _presume_identity(context, session)
    session = session._replace(interviewing=True)
    if not presumed:
        return proceed(context, session, notes)
    notes.append(context.phrasebook.say("presumed", who=presumed))
    return with_option(proceed(context, session, notes), context.renderer.edit_option(IDENTITY))


def _presume_identity(context: TurnContext, session: Session) -> tuple[Session, str]:
    """Fill the identity from the support in focus if that is for one identity only. Return the
    session and the label of the identity; "" if it is not filled."""
    support = context.knowledge.supports.get(session.focus)
    if support is None or session.answered(IDENTITY):
        return session, ""
    for condition in support.conditions:
        only_one = condition.closed and len(condition.allowed) == 1 and not condition.perhaps
        if condition.slot == IDENTITY and only_one:
            label = context.phrasebook.labels(IDENTITY, condition.allowed)
            return session.with_answer(IDENTITY, condition.allowed), label
    return session, ""


def proceed(context: TurnContext, session: Session, notes: Sequence[str] = ()) -> Turn:
    """Ask the next question after these notes, or show the results."""
    slot = context.next_slot(session)
    if slot is None:
        return show_results(context, session, notes)
    return ask(context, session, slot, notes)


def ask(context: TurnContext, session: Session, slot: Slot, notes: Sequence[str] = ()) -> Turn:
    """Ask this slot after these notes."""
    session = session._replace(mode=Mode.INTERVIEW, pending=slot.id, interviewing=True)
    progress = context.progress(session)
    first = not session.answers
    return Turn(session, (context.renderer.question(slot, notes, first=first, progress=progress),))


def go_on(context: TurnContext, session: Session) -> Turn:
    """Ask the pending question again; without one, start or continue the interview."""
    slot = context.knowledge.slots.get(session.pending)
    if session.interviewing and slot:
        return ask(context, session, slot)
    return begin(context, session)


def ask_pending(context: TurnContext, turn: Turn, *, first: bool = False) -> Turn:
    """Append the pending question, if any, to a turn that answers something else. The other
    replies lose their choices, because a number refers to the choices that were offered last.
    Who asks before the first answer is not asked again, unless `first`: the question waits."""
    session = turn.session
    slot = context.knowledge.slots.get(session.pending)
    if not session.interviewing or slot is None or not (session.answers or first):
        return turn
    replies = tuple(reply._replace(choices=()) for reply in turn.replies)
    again = context.renderer.question(slot, first=not session.answers, again=True)
    session = session._replace(mode=Mode.INTERVIEW)
    return turn._replace(session=session, replies=(*replies, again))


def show_results(context: TurnContext, session: Session, notes: Sequence[str] = ()) -> Turn:
    """Show the first page of the results after these notes, and end the interview."""
    session = session._replace(mode=Mode.RESULTS, page=0, pending="", focus="", interviewing=False)
    return _show_page(context, session, notes)


def show_next_page(context: TurnContext, session: Session) -> Turn:
    """Show the next page of the results."""
    session = session._replace(mode=Mode.RESULTS, page=session.page + 1)
    return _show_page(context, session, ())


def _show_page(context: TurnContext, session: Session, notes: Sequence[str]) -> Turn:
    profile, page = session.profile, session.page
    shown = context.cache.get(
        CacheKind.RESULTS,
        (context.today, page, profile_key(profile)),
        lambda: results_page(context.renderer, profile, context.ranked_findings(profile), page),
    )
    return _results_turn(context, session, shown, notes)


def _results_turn(
    context: TurnContext, session: Session, shown: ResultsPage, notes: Sequence[str] = ()
) -> Turn:
    """Return the turn of a list, which says how old the policies are if the conversation did not
    say it yet."""
    reply = shown.reply
    supports = context.knowledge.supports
    listed = [supports[o.id[2:]] for o in reply.choices if o.id.startswith("s:")]
    if all(age_key(s.policy) in session.told for s in listed):
        reply = reply.without(Role.WARNING)
    if notes:
        reply = reply._replace(text="\n".join((*notes, reply.text)))
    cites = tuple(dict.fromkeys(support.clause for support in listed))
    return Turn(session, (reply,), cites, shown.findings, finding_counts=shown.counts)


def show_best(context: TurnContext, session: Session, first: tuple[str, ...] = ()) -> Turn:
    """Show the best few results, and what to tell for a better choice: the supports `first` before
    the others, then, if no need is stated, those that are for the user's identity."""
    profile = session.profile

    def render() -> ResultsPage:
        ranked = context.ranked_findings(profile)
        if not profile.get(NEEDS):
            ranked = tuple(sorted(ranked, key=lambda f: not for_identity(f)))
        ranked = tuple(sorted(ranked, key=lambda f: f.support.id not in first))
        return best_list(context.renderer, profile, ranked)

    key = (context.today, "best", first, profile_key(profile))
    shown = context.cache.get(CacheKind.RESULTS, key, render)
    session = session._replace(mode=Mode.RESULTS, page=-1, focus="", interviewing=False)
    return _with_next_question(context, _results_turn(context, session, shown))


def with_first_question(context: TurnContext, turn: Turn) -> Turn:
    """Append the first question of the interview, as an offer, if nothing is known of the user."""
    session = turn.session
    return turn if session.profile or session.pending else _with_next_question(context, turn)


def _with_next_question(context: TurnContext, turn: Turn) -> Turn:
    """Append the next question, if there is one. It waits for an answer, but the interview does
    not start."""
    slot = context.next_slot(turn.session)
    turn = turn._replace(session=turn.session._replace(pending=slot.id if slot else ""))
    return _with_question(context, turn, slot) if slot else turn


def show_part(
    context: TurnContext, session: Session, findings: Sequence[Finding], *, without: bool
) -> Turn:
    """Show the part of the results that these findings are. `without`: it was named by what it
    leaves out."""
    heading = context.phrasebook.say("part_without" if without else "part_only")
    shown = short_list(context.renderer, findings, heading, PART)
    return _results_turn(context, session._replace(mode=Mode.RESULTS, page=-1, focus=""), shown)


def _with_question(context: TurnContext, turn: Turn, slot: Slot) -> Turn:
    """Append the question of a slot to the last reply as an offer: a few choices as options, for
    many choices the interview."""
    *before, last = turn.replies
    question = context.phrasebook.say("best_question", question=slot.question)
    options = tuple(Option(f"a:{slot.id}:{c.id}", c.label) for c in slot.choices)
    if len(options) > MAX_OFFERED_CHOICES:
        options = (Option("c:start", context.phrasebook.say("button_start")),)
    line = Line(Role.QUESTION, question)
    last = last._replace(
        text=f"{last.text}\n{question}",
        choices=(*last.choices, *options),
        lines=(*last.lines, line),
    )
    return turn._replace(replies=(*before, last))


def take_answer(
    context: TurnContext,
    session: Session,
    slot: Slot,
    choices: Sequence[str],
    *,
    typed: bool = False,
    beside: Facts = NO_FACTS,
) -> Turn:
    """Store an answer to a slot, and the facts that the message states `beside` it, and continue.
    A typed answer is repeated in the reply, so that the user sees a misunderstanding at once."""
    session, removed, stored = _store(context, session, beside)
    if len(choices) > 1 and not slot.multiple:
        notes = removed + _stored_notes(context, stored)
        return ask(context, session, slot, (*notes, context.phrasebook.say("only_one")))
    before = session.answered(slot.id)
    picked = _valid_choices(slot, choices)
    changed = before is not None and before.choices and before.choices != picked
    session = session.with_answer(slot.id, picked)
    if changed or typed:
        stored = [Stored(slot, picked, changed=bool(changed)), *stored]
    notes = removed + _stored_notes(context, stored)
    if slot.id == session.pending or not session.interviewing:
        return proceed(context, session._replace(interviewing=True), notes)
    pending = context.knowledge.slots.get(session.pending)
    if pending:
        return ask(context, session, pending, notes)
    return proceed(context, session, notes)


class Stored(NamedTuple):
    """An answer that was stored. `changed`: it replaces another one. `dropped`: choices that it
    rules out."""

    slot: Slot
    choices: tuple[str, ...]
    changed: bool = False
    dropped: tuple[str, ...] = ()


def _stored_notes(context: TurnContext, stored: Sequence[Stored]) -> list[str]:
    """Return what was stored in one line, what was changed in another. The identity "none of
    these" has its own phrase, which does not repeat the label."""
    say, notes = context.phrasebook.say, []
    nobody = [s for s in stored if s.slot.id == IDENTITY and s.choices == (s.slot.none_choice,)]
    new = [s for s in stored if not s.changed and s not in nobody]
    if new:
        notes.append(say("noted", what=_labels(context, new)))
    if changed := [s for s in stored if s.changed and s not in nobody]:
        notes.append(say("changed", what=_labels(context, changed)))
    if nobody:
        notes.append(say("noted_nobody"))
    dropped = [context.phrasebook.labels(s.slot.id, s.dropped) for s in stored if s.dropped]
    return notes + [say("dropped", what=labels) for labels in dropped]


def _labels(context: TurnContext, stored: Sequence[Stored]) -> str:
    return SEPARATOR.join(context.phrasebook.labels(s.slot.id, s.choices) for s in stored)


def _valid_choices(slot: Slot, choices: Sequence[str]) -> tuple[str, ...]:
    """Return the choices that the slot has, without "none" beside others; only the last one if the
    slot takes one."""
    valid = tuple(dict.fromkeys(c for c in choices if slot.choice(c)))
    if len(valid) > 1 and slot.none_choice:
        valid = tuple(c for c in valid if c != slot.none_choice)
    return valid if slot.multiple else valid[-1:]


def skip(context: TurnContext, session: Session, note: str) -> Turn:
    """Leave the pending question unanswered and continue."""
    if session.answered(session.pending):
        # The question was asked again for a change: the old answer stays.
        return proceed(context, session._replace(pending=""), (note,))
    return proceed(context, session.with_answer(session.pending, ()), (note,))


def back(context: TurnContext, session: Session) -> Turn:
    """Remove the last answer and ask its slot again."""
    slots = context.knowledge.slots
    answered = [a.slot for a in session.answers if a.slot in slots]
    if not answered:
        note = context.phrasebook.say("back_none")
        if session.pending:
            return ask(context, session, slots[session.pending], (note,))
        return Turn(session, (Reply(note),))
    slot = slots[answered[-1]]
    return ask(context, session.without(slot.id), slot, (context.phrasebook.say("back"),))


def store_facts(context: TurnContext, session: Session, facts: Facts) -> tuple[Session, list[str]]:
    """Store the facts that a message states. Return the session and notes on what was stored,
    changed or removed."""
    session, removed, stored = _store(context, session, facts)
    return session, removed + _stored_notes(context, stored)


def _store(
    context: TurnContext, session: Session, facts: Facts
) -> tuple[Session, list[str], list[Stored]]:
    """Store facts. Return the session, notes on what was removed, and what was stored."""
    removed = []
    for slot_id, denied in facts.denied.items():
        answer = session.answered(slot_id)
        if answer and set(answer.choices) & set(denied):
            left = tuple(c for c in answer.choices if c not in denied)
            session = session.with_answer(slot_id, left) if left else session.without(slot_id)
            labels = context.phrasebook.labels(slot_id, denied)
            removed.append(context.phrasebook.say("removed", what=labels))
    merged = []
    for slot_id, stated in _consistent_facts(context, facts).items():
        session, stored = _merge(context, session, slot_id, stated, facts)
        merged += [stored] if stored else []
    return session, removed, merged


def store_and_advance(
    context: TurnContext, session: Session, facts: Facts
) -> tuple[Session, list[str]]:
    """Store facts as `store_facts` does, and advance."""
    session, notes = store_facts(context, session, facts)
    return advance(context, session), notes


def advance(context: TurnContext, session: Session) -> Session:
    """Set the next slot as the pending one if the pending one is answered; end the interview if
    there is none."""
    if not session.pending or not session.answered(session.pending):
        return session
    slot = context.next_slot(session)
    if slot is None:
        return session._replace(pending="", interviewing=False)
    return session._replace(pending=slot.id)


def _consistent_facts(context: TurnContext, facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return the stated choices; for a correction, without those that the other stated choices
    rule out: "不对，公司还没注册" does not state the identity company."""
    if not facts.correcting:
        return dict(facts.stated)
    consistent = {}
    for slot_id, stated in facts.stated.items():
        slot = context.knowledge.slots[slot_id]
        left = tuple(c for c in stated if not _ruled_out(slot.choice(c), facts))
        if left:
            consistent[slot_id] = left
    return consistent


def _ruled_out(choice: Choice | None, facts: Facts) -> bool:
    condition = choice.possible_if if choice else None
    stated = facts.stated.get(condition.slot) if condition else None
    return bool(condition and stated and not set(stated) & set(condition.allowed))


def _follows_from_other_slot(slot: Slot, stated: Sequence[str], facts: Facts) -> bool:
    """Return whether a correction concerns another slot and these choices only follow from it:
    "不对，我公司已经注册了" corrects the stage, not the identity."""
    conditions = [c.possible_if for choice in stated if (c := slot.choice(choice))]
    return all(condition and condition.slot in facts.stated for condition in conditions)


def _merge(
    context: TurnContext, session: Session, slot_id: str, stated: Sequence[str], facts: Facts
) -> tuple[Session, Stored | None]:
    """Merge stated choices into the answer of a slot; return the session and what was stored."""
    slot = context.knowledge.slots[slot_id]
    answer = session.answered(slot_id)
    old = answer.choices if answer else ()
    ended = {r for c in stated if (choice := slot.choice(c)) for r in choice.replaces}
    dropped = tuple(c for c in old if c in ended and c not in stated)
    corrects = facts.correcting and not _follows_from_other_slot(slot, stated, facts)
    if not slot.multiple or corrects or slot.none_choice in stated:
        new = tuple(stated)
    else:
        new = tuple(dict.fromkeys([c for c in old if c not in dropped] + list(stated)))
    new = _valid_choices(slot, new)
    if new == old:
        return session, None
    dropped = () if facts.correcting else dropped
    stored = Stored(slot, new, changed=not set(old) <= set(new), dropped=dropped)
    return session.with_answer(slot_id, new), stored


def with_option(turn: Turn, option: Option) -> Turn:
    """Add an option to the last reply, before the option to skip."""
    *before, last = turn.replies
    if any(o.id == option.id for o in last.choices):
        return turn
    at = next((n for n, o in enumerate(last.choices) if o.id == "c:skip"), len(last.choices))
    choices = (*last.choices[:at], option, *last.choices[at:])
    return turn._replace(replies=(*before, last._replace(choices=choices)))


def with_notes(turn: Turn, notes: Sequence[str]) -> Turn:
    """Put notes before the first reply of a turn."""
    if not notes:
        return turn
    first, *others = turn.replies
    text = "\n".join((*notes, first.text))
    return turn._replace(replies=(first._replace(text=text), *others))
