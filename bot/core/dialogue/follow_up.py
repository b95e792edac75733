"""Answer a follow-up on the support in focus, or decide that a message leaves it.

A message stays with the support in focus unless it names something that only another support has,
or is a whole new question with a certain match. The supports of the same clause are near: they
answer for the support in focus what it does not state.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue import actions
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.policy import ASPECT_FIELDS
from bot.core.dialogue.question_resolver import NEARLY_EQUAL, SIMILAR, decide
from bot.core.domain.knowledge import Support, SupportKind
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.core.nlu.patterns import expresses_doubt, is_hypothetical
from bot.core.nlu.unstated_topics import find_unwritten_topic
from bot.core.retrieval.index import SearchResult
from bot.core.text.question_form import QuestionForm

# A message stays with the supports near the focus if they cover this share of it, although a
# search is certain of another support; and if they cover this share, although the search finds
# an out-of-scope topic.
STAYS = 0.6
STAYS_IN_SCOPE = 0.3
# The share of a question that the facts of the support in focus must cover word for word to answer
# what no clause states for any support.
STATES = 0.9
# A certain match leaves the focus if the support in focus covers less than this share.
CERTAIN = 0.95
NOT_OWN = 0.3
# From this confidence on, a message that the focus does not cover goes to a support of its clause.
LIKELY = 0.2
# Shortest message, in characters, that says by itself what it is about.
WHOLE_QUESTION = 10
# Probability from which the act model decides which aspect is asked.
ASPECT_FROM = 0.5
# Longest message, in characters, that can be a follow-up without a match.
FOLLOW_UP_MAX = 30
# Aspects that are answered by a whole field, not by a unit.
_FIELDS = frozenset({actions.WHOLE, "who", "text", "why", "updates"})


def follow_up(context: TurnContext, session: Session, text: str, focus: Support) -> Turn | None:
    """Return the turn of a message on the support in focus; None if it leaves the support or
    asks nothing."""
    form, aspects = context.read_question(text)
    clean = context.parser.clean(text)
    topic, _ = find_unwritten_topic(clean, context.knowledge)
    claims = form.hearsay or form.figures
    if topic and not claims and context.facts.states(form, aspects, focus) < STATES:
        reply = context.renderer.unstated_answer(focus, topic)
        return actions.show_reply(context, session, focus, reply)
    if not form.asks and not aspects and context.facts.states(form, aspects, focus) < STAYS:
        return None
    names_focus = form.rest in focus.title or form.rest in focus.keywords
    if aspects and (names_focus or not context.facts.units.has_content(form.rest)):
        return _aspect(context, session, form, aspects, focus)
    query = form.rest if _FIELDS & set(aspects) else form.clean
    result = context.resolver.resolve(query, session.profile, context.today)
    near = siblings(context, focus)
    if not form.turns and not _FIELDS & set(aspects) and decide(result, len(query)) != "answer":
        named = [s for s in near if context.resolver.names(s, form.clean, (focus,))]
        best = result.matches[0].support if result.matches and not result.out_of_scope else ""
        named = [s for s in named if best in (s.id, "")]
        if len(named) == 1 and context.facts.covers(form, aspects, (focus,)) < STAYS:
            lead = context.facts.lead(form, aspects, named[0])
            return actions.show_support(context, session, named[0], lead=lead)
        own = context.facts.covers(form, aspects, (focus,))
        is_near = best in {support.id for support in near} and not form.hearsay
        if (
            is_near
            and len(form.clean) >= WHOLE_QUESTION
            and own < NOT_OWN
            and result.confidence >= LIKELY
        ):
            return actions.show_support(context, session, context.knowledge.supports[best])
    if leaves(context, form, aspects, result, focus, near):
        return None
    if _FIELDS & set(aspects):
        return actions.show_fields(context, session, focus, *aspects)
    if is_hypothetical(clean) and context.resolver.names_requirement(focus, form.clean):
        # The bot cannot decide a supposed case; it shows what the policy requires.
        return actions.show_fields(context, session, focus, "conditions")
    if expresses_doubt(clean) and context.facts.covers(form, aspects, (focus, *near)) < STAYS:
        reply = context.renderer.quote_answer(focus)
        return actions.show_reply(context, session, focus, reply)
    field = "" if aspects else _modelled_field(context, clean)
    if field and context.facts.covers(form, aspects, (focus, *near)) < STAYS:
        return actions.show_fields(context, session, focus, field)
    found, answer = context.facts.answer(form, aspects, focus, near)
    reply = context.renderer.fact_reply(found, answer)
    return actions.show_reply(context, session, found, reply)


def _modelled_field(context: TurnContext, clean: str) -> str:
    """Return the field that the act model is sure that a message asks for; "" for a message that
    a unit answers better."""
    score = context.acts.score(clean)
    field = ASPECT_FIELDS.get(score.act, "")
    sure = score.acts.get(score.act, 0.0) >= ASPECT_FROM
    return field if sure and field in _FIELDS else ""


def _aspect(
    context: TurnContext,
    session: Session,
    form: QuestionForm,
    aspects: Sequence[str],
    focus: Support,
) -> Turn:
    """Return the turn of a message that only asks for aspects of the support in focus."""
    if len(aspects) == 1:
        answer = context.facts.on_aspect(form, aspects, focus, siblings(context, focus))
        if answer:
            reply = context.renderer.fact_reply(focus, answer)
            return actions.show_reply(context, session, focus, reply)
    return actions.show_fields(context, session, focus, *aspects)


def siblings(context: TurnContext, focus: Support) -> tuple[Support, ...]:
    """Return the other supports of the clause of a support."""
    return tuple(
        support
        for support in context.knowledge.supports.values()
        if support.clause == focus.clause
        and support.id != focus.id
        and support.kind is SupportKind.BENEFIT
    )


def leaves(
    context: TurnContext,
    form: QuestionForm,
    aspects: Sequence[str],
    result: SearchResult,
    focus: Support,
    near: Sequence[Support],
) -> bool:
    """Return whether a message is about something else than the support in focus: another
    support, also one of the same clause that a search is certain of, or another topic."""
    if result.other_city or form.turns:
        return True
    if form.ahead or form.only:
        return False
    around = (focus, *near)
    covered = context.facts.covers(form, aspects, around)
    if result.out_of_scope:
        return covered < STAYS_IN_SCOPE
    if not result.matches:
        return len(form.clean) > FOLLOW_UP_MAX and not covered
    query = form.rest if _FIELDS & set(aspects) else form.clean
    best, outcome = result.matches[0], decide(result, len(query))
    if best.support == focus.id:
        return False
    if outcome == "unknown":
        is_long = len(form.clean) > FOLLOW_UP_MAX and not covered
        return is_long or context.resolver.names_title(best, form.clean, around)
    is_near = best.support in {support.id for support in near}
    named = context.resolver.names_only(best, form.clean, (focus,) if is_near else around)
    if outcome != "answer":
        return named and not is_near and covered < NOT_OWN
    if best.evidence.nearest >= NEARLY_EQUAL:
        return True
    own = context.facts.covers(form, aspects, (focus,))
    if own < NOT_OWN and best.confidence >= CERTAIN:
        return True
    return own < STAYS and (named or best.evidence.nearest >= SIMILAR)
