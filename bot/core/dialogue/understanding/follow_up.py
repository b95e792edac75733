"""Recognise a follow-up on the support in focus, or decide that a message leaves it.

A message stays with the support in focus unless it names something that only another support has,
or is a whole new question with a certain match. The supports of the same clause are near: they
answer for the support in focus what it does not state.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.actions.supports import FIELD_ASPECTS
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.policy import ASPECT_FIELDS
from bot.core.dialogue.question_resolver import NEARLY_EQUAL, SIMILAR, decide
from bot.core.dialogue.understanding.situation import Situation
from bot.core.domain.knowledge import Support
from bot.core.nlu.patterns import expresses_doubt, is_hypothetical
from bot.core.nlu.understanding import Act
from bot.core.nlu.unstated_topics import find_unwritten_topic
from bot.core.retrieval.index import SearchResult
from bot.core.text.question_form import QuestionForm

# A message stays with the supports near the focus if they cover this share of it, although a
# search is certain of another support or finds an out-of-scope topic.
STAYS = 0.6
# The share of a question that the facts of the support in focus must cover to answer what no
# clause states for any support.
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


def find_follow_up(situation: Situation, focus: Support) -> Act | None:
    """Return the act of a message on the support in focus; None if it leaves the support or asks
    nothing."""
    context, text = situation.context, situation.asked
    form, aspects = situation.form, situation.aspects
    clean = situation.asked_clean
    about_focus = Act("fact", text, supports=(focus.id,), aspects=aspects)
    topic, _ = find_unwritten_topic(clean, context.knowledge)
    claims = form.hearsay or form.figures
    if topic and not claims and context.facts.covers(form, aspects, (focus,)) < STATES:
        return about_focus._replace(name="unstated", argument=topic)
    asks = form.asks or aspects or form.affects or form.points
    if not asks and context.facts.states(form, aspects, focus) < STAYS:
        return None
    names_focus = form.rest in focus.title or form.rest in focus.keywords
    if aspects and (names_focus or not context.facts.units.has_content(form.rest)):
        is_field = bool(FIELD_ASPECTS & set(aspects))
        return about_focus._replace(name="aspect" if is_field else "aspect_fact")
    query = form.rest if FIELD_ASPECTS & set(aspects) else form.clean
    result = situation.resolve(query)
    near = situation.near
    if sibling := _sibling(situation, result, query, focus):
        return sibling
    if leaves(context, form, aspects, result, focus, near):
        return None
    if FIELD_ASPECTS & set(aspects):
        return about_focus._replace(name="aspect")
    if is_hypothetical(clean) and context.resolver.names_requirement(focus, form.clean):
        # The bot cannot decide a supposed case; it shows what the policy requires.
        return about_focus._replace(name="aspect", aspects=("conditions",))
    covered = context.facts.covers(form, aspects, (focus, *near))
    if expresses_doubt(clean) and covered < STAYS:
        return about_focus._replace(name="quote")
    field = "" if aspects or form.affects else _modelled_field(context, clean)
    if field in FIELD_ASPECTS and covered < STAYS:
        return about_focus._replace(name="aspect", aspects=(field,))
    if field == "free" and covered < STAYS and not (form.hearsay or form.figures):
        return about_focus._replace(name="aspect_fact", aspects=(field,))
    if field and covered < NOT_OWN and not (form.yes_no or form.hearsay):
        return about_focus._replace(name="aspect_fact", aspects=(field,))
    return about_focus


def _sibling(situation: Situation, result: SearchResult, query: str, focus: Support) -> Act | None:
    """Return the act of a message that names another support of the clause of the one in focus."""
    context, text = situation.context, situation.asked
    form, aspects = situation.form, situation.aspects
    if form.turns or FIELD_ASPECTS & set(aspects) or decide(result, len(query)) == "answer":
        return None
    near = situation.near
    named = [s for s in near if context.resolver.names(s, form.clean, (focus,))]
    best = result.matches[0].support if result.matches and not result.out_of_scope else ""
    named = [s for s in named if best in (s.id, "")]
    own = context.facts.covers(form, aspects, (focus,))
    if len(named) == 1 and own < STAYS:
        return Act("sibling", text, supports=(named[0].id,))
    is_near = best in {support.id for support in near} and not form.hearsay
    whole = len(form.clean) >= WHOLE_QUESTION
    if is_near and whole and own < NOT_OWN and result.confidence >= LIKELY:
        return Act("show", text, result.confidence, supports=(best,))
    return None


def _modelled_field(context: TurnContext, clean: str) -> str:
    """Return the field that the act model is sure that a message asks for, or ""."""
    score = context.acts.score(clean)
    sure = score.acts.get(score.act, 0.0) >= ASPECT_FROM
    return ASPECT_FIELDS.get(score.act, "") if sure else ""


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
    if form.ahead or form.only or form.points or form.affects:
        return False
    around = (focus, *near)
    covered = context.facts.covers(form, aspects, around)
    if result.out_of_scope:
        return covered < STAYS
    if not result.matches:
        return len(form.clean) > FOLLOW_UP_MAX and not covered
    query = form.rest if FIELD_ASPECTS & set(aspects) else form.clean
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
