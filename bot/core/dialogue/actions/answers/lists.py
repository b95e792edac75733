"""List supports: what suits the user, what does not, those of a topic, a bureau or a part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.answers.ineligibility import list_topic, topic_findings
from bot.core.dialogue.actions.phrases import say_stale
from bot.core.dialogue.actions.supports import show_support
from bot.core.dialogue.context import TurnContext
from bot.core.domain.knowledge import IDENTITY, NEEDS, Clause, Support
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Session
from bot.core.nlu.understanding import Act
from bot.core.responses.phrasebook import SEPARATOR
from bot.core.responses.results_list import ineligible_list
from bot.core.responses.support_answer import support_option

# Supports of one overview.
MAX_LISTED = 8
# The phrase above the supports that a bureau is responsible for, and the bureaus of a clause that
# are: the one that leads it, then all of them.
_RESPONSIBLE: dict[PhraseId, Callable[[Clause], Sequence[str]]] = {
    phrase_id("overview_bureau", "bureau"): lambda clause: (clause.lead,),
    phrase_id("overview_takes_part", "bureau"): lambda clause: clause.bureaus,
}


def show_list(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show the supports of the topic `argument` for the identities `choices`, else those that suit
    these identities."""
    if act.argument:
        found = topic_findings(context, session, act.argument)
        found = [f for f in found if act.argument in f.support.title]
        if len(found) == 1:
            return show_support(context, session, found[0].support)
        # A pending question is not repeated: "第二个" refers to an item of this list.
        turn = list_topic(context, session, act.argument, act.choices)
        return turn or say_stale(context, session)
    return _show_all(context, session, act.choices)


def _show_all(context: TurnContext, session: Session, people: Sequence[str]) -> Turn:
    """Show the results for the named identities or for the known one; without either, start the
    interview. A known identity is not replaced."""
    if people and not session.answered(IDENTITY):
        slot = context.knowledge.slots.get(IDENTITY)
        if slot and slot.none_choice in people:
            # Who asks what there is for people of no kind has not said to be one of them.
            turn = interview.show_results(context, session.with_answer(IDENTITY, people))
            return turn._replace(session=turn.session._replace(answers=session.answers))
        labels = context.phrasebook.labels(IDENTITY, people)
        note = context.phrasebook.say("presumed", who=labels)
        session = session.with_answer(IDENTITY, people)
        turn = interview.show_results(context, session, (note,))
        return interview.with_option(turn, context.renderer.edit_option(IDENTITY))
    if session.profile.get(IDENTITY):
        return interview.show_results(context, session)
    return interview.begin(context, session)


def show_best(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show the best few supports for what is known of the user. One that the message names comes
    first, if it may suit the user and what he needs."""
    needs = set(session.profile.get(NEEDS, ()))
    named = [context.knowledge.supports[support] for support in act.supports]
    first = [s.id for s in named if not needs or needs & set(s.needs)]
    return interview.show_best(context, session, tuple(first))


def show_part(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show the supports of `act` that suit the user, or all others if the choice is "without"."""
    named, without = set(act.supports), "without" in act.choices
    findings = context.ranked_findings(session.profile)
    part = [f for f in findings if (f.support.id in named) is not without]
    turn = interview.show_part(context, session, part, without=without)
    return interview.with_first_question(context, turn)


def show_more(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Show the next page of the results, what a list left out, or what suits the user."""
    looks_at_item = session.mode is Mode.DETAIL and session.page >= 0
    if session.mode is Mode.RESULTS or looks_at_item:
        return interview.show_next_page(context, session)
    if session.interviewing and not session.profile:
        return interview.go_on(context, session)
    if session.listed and not session.interviewing:
        listed = set(session.listed)
        others = [
            f for f in context.ranked_findings(session.profile) if f.support.id not in listed
        ]
        turn = interview.show_part(context, session, others, without=True)
        return interview.with_first_question(context, turn)
    return show_open_supports(context, session)


def show_ineligible(context: TurnContext, session: Session, _argument: str) -> Turn:
    """List the supports that do not suit the user, with the reasons."""
    profile = session.profile
    reply, cites = ineligible_list(context.renderer, profile, context.ranked_findings(profile))
    session = session._replace(mode=Mode.RESULTS, page=-1)
    return interview.ask_pending(context, Turn(session, (reply,), cites=cites))


def show_open_supports(context: TurnContext, session: Session, _act: Act | None = None) -> Turn:
    """Show what suits the user as far as he is known; during the interview, and while neither
    identity nor need is known, the best few supports and the next question."""
    if session.profile.keys() & {IDENTITY, NEEDS} and not session.interviewing:
        return interview.show_results(context, session)
    turn = interview.show_best(context, session)
    return turn._replace(session=turn.session._replace(interviewing=session.interviewing))


def show_overview(context: TurnContext, session: Session, act: Act) -> Turn:
    """List the supports that these bureaus lead, else those that they take part in, else what
    suits the user. `argument`: names joined by +."""
    benefits, clauses = context.knowledge.benefits, context.knowledge.clauses
    names = [name for name in act.argument.split("+") if name]
    for phrase, responsible in _RESPONSIBLE.items():
        supports = [s for s in benefits if _names(names, responsible(clauses[s.clause]))]
        if supports:
            known = SEPARATOR.join(map(context.phrasebook.bureau, names))
            heading = context.phrasebook.say_id(phrase, bureau=known)
            return _list(context, session, heading, supports)
    return show_open_supports(context, session)


def show_paper(context: TurnContext, session: Session, act: Act) -> Turn:
    """List the supports of the policy `argument`, those that suit the user best first."""
    policy = context.knowledge.policies[act.argument]
    supports = [s for s in context.knowledge.benefits if s.policy == policy.id]
    heading = context.phrasebook.say(
        "overview_paper", policy=policy.title, issued=policy.issued.isoformat()
    )
    return _list(context, session, heading, supports)


def _names(names: Sequence[str], printed: Sequence[str]) -> bool:
    """Return whether one of these bureaus is among the printed names."""
    return any(name in each for name in names for each in printed)


def _list(
    context: TurnContext, session: Session, heading: str, supports: Sequence[Support]
) -> Turn:
    phrasebook = context.phrasebook
    ranked = [f.support for f in context.ranked_findings(session.profile)]
    shown = sorted(supports, key=ranked.index)[:MAX_LISTED]
    lines = [heading, *(phrasebook.say("overview_line", title=phrasebook.title(s)) for s in shown)]
    if len(supports) > len(shown):
        lines.append(phrasebook.say("overview_more", count=str(len(supports) - len(shown))))
    lines.append(phrasebook.say("results_foot"))
    reply = Reply("\n".join(lines), tuple(support_option(phrasebook, s) for s in shown))
    session = session._replace(mode=Mode.CLARIFY, focus="", asked="")
    cites = tuple(dict.fromkeys(support.clause for support in shown))
    return Turn(session, (reply,), cites=cites, outcome="clarify")
