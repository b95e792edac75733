"""The acts that a message may perform, with what speaks for each.

What reads the meaning of words proposes: the act model, the search, the support in focus, and
the forms of `questions`. The ranker chooses one of the proposals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from bot.core.dialogue.actions.supports import FIELD_ASPECTS
from bot.core.dialogue.policy import ASPECT_FIELDS, row_for
from bot.core.dialogue.question_resolver import MAX_CANDIDATES, is_sure
from bot.core.dialogue.ranking.ranker import Candidate, Evidence
from bot.core.dialogue.understanding.evidence import asks_openly, log_odds, match_evidence
from bot.core.dialogue.understanding.list_requests import (
    is_elsewhere,
    requested_list,
    supports_of,
)
from bot.core.dialogue.understanding.questions import FORMS, spoken_of
from bot.core.dialogue.understanding.search import look_alikes
from bot.core.dialogue.understanding.situation import Situation
from bot.core.dialogue.understanding.talk import act_named
from bot.core.domain.knowledge import IDENTITY, NEEDS
from bot.core.nlu.classifiers.acts import is_talk
from bot.core.nlu.patterns import is_hypothetical
from bot.core.nlu.understanding import Act
from bot.core.nlu.unstated_topics import find_unwritten_topic
from bot.core.text.normalizer import segments

# Acts and matches that are proposed: the likeliest ones, from this probability on.
MAX_ACTS, MAX_ASPECTS, MAX_MATCHES = 3, 3, 5
LEAST = 0.03
# Probability of a request for a list from which the list that the message names is proposed.
LISTED_FROM = 0.2
# Probability of another kind of request from which it is proposed.
REQUESTED_FROM = 0.1
# Probability from which an aspect that the act model finds is answered beside a search match.
ASPECT_FROM = 0.5
# Questions of one message from which they are many.
MANY_PARTS = 3
# Kinds of requests that show a list.
_LISTS = ("seek", "best", "results")


def candidates(situation: Situation) -> list[Candidate]:
    """Return the acts that a message may perform."""
    found = [*_acts(situation), *_aspects(situation), *_on_focus(situation)]
    found += [*_answers(situation), *_requests(situation), *_not_answered(situation)]
    found += _forms(situation)
    return [each for each in found if each.kind not in situation.context.without]


def _acts(situation: Situation) -> Iterator[Candidate]:
    """Propose the likeliest acts about the bot or the conversation."""
    score = situation.score
    acts = (a for a in score.acts if is_talk(a) and row_for(a, situation.session))
    for act in islice(acts, MAX_ACTS):
        probability = score.acts[act]
        if probability >= LEAST:
            evidence = {
                "probability": probability,
                "odds": log_odds(probability),
                "joint": log_odds(probability * score.talk),
                f"act_{act}": 1.0,
            }
            yield Candidate(act_named(act, situation, probability), "talk", evidence)


def _aspects(situation: Situation) -> Iterator[Candidate]:
    """Propose the likeliest aspects of the support in focus, or of the one shown last."""
    focus = situation.focus
    support = focus.id if focus else spoken_of(situation)
    if not support:
        return
    likely = [a for a in situation.score.acts if a in ASPECT_FIELDS]
    proposed = {ASPECT_FIELDS[a]: situation.score.acts[a] for a in reversed(likely[:MAX_ASPECTS])}
    if is_hypothetical(situation.asked_clean):
        # The bot cannot decide a supposed case; it shows what the policy requires.
        proposed["conditions"] = max(LEAST, proposed.get("conditions", 0.0))
    fields = situation.fields
    if fields:
        yield _aspect(situation, support, fields, max(proposed.get(f, 0.0) for f in fields))
    for field, probability in proposed.items():
        if probability >= LEAST and (field,) != fields:
            yield _aspect(situation, support, (field,), probability)


def _aspect(
    situation: Situation, support: str, fields: tuple[str, ...], probability: float
) -> Candidate:
    name = "aspect" if FIELD_ASPECTS & set(fields) or len(fields) > 1 else "aspect_fact"
    act = Act(name, situation.asked, probability, supports=(support,), aspects=fields)
    evidence = {
        "probability": probability,
        "odds": log_odds(probability),
        "not_in_focus": float(situation.focus is None),
        "named": float(set(fields) <= set(situation.fields)),
        "several": float(len(fields) > 1),
        **{f"field_{field}": 1.0 for field in fields},
    }
    return Candidate(act, "aspect", evidence)


def _on_focus(situation: Situation) -> Iterator[Candidate]:
    """Propose to answer from the facts of the support in focus, or to say that it leaves a topic
    open."""
    focus, context, text = situation.focus, situation.context, situation.asked
    if focus is None:
        return
    act = Act("fact", text, supports=(focus.id,), aspects=situation.aspects)
    yield Candidate(act, "fact", {})
    yield Candidate(act._replace(name="quote"), "quote", {})
    for support in situation.near:
        if context.resolver.names(support, situation.form.clean, (focus,)):
            yield Candidate(Act("sibling", text, supports=(support.id,)), "sibling", {})
    topic, rest = find_unwritten_topic(situation.asked_clean, context.knowledge)
    if topic:
        unstated = act._replace(name="unstated", argument=topic)
        yield Candidate(unstated, "unstated", {"rest": float(bool(rest))})


def _answers(situation: Situation) -> Iterator[Candidate]:
    """Propose to answer from what the search finds, or to offer it."""
    result = situation.search.result
    text, fields = situation.asked, situation.fields
    aspect = next((a for a in situation.score.acts if a in ASPECT_FIELDS), "")
    certainty = situation.score.acts.get(aspect, 0.0)
    wanted = [match for match in result.matches if not situation.refuses(match.support)]
    if situation.focus and situation.context.resolver.asks_one_side(situation.asked_clean):
        # Other supports have the same words in their samples; they are not what is spoken of.
        around = {support.id for support in (situation.focus, *situation.near)}
        wanted = [match for match in wanted if match.support in around]
    for number, match in enumerate(wanted[:MAX_MATCHES]):
        evidence = match_evidence(situation, result, number, match)
        act = Act("answer", text, match.confidence, supports=(match.support,), aspects=fields)
        if number == 0 and isinstance(alike := look_alikes(situation), Act):
            yield Candidate(alike, "answer", evidence)
            continue
        yield Candidate(act, "answer", evidence)
        if number == 0 and not fields and certainty >= ASPECT_FROM:
            other = act._replace(aspects=(ASPECT_FIELDS[aspect],))
            named = {"with_aspect": certainty, f"with_{ASPECT_FIELDS[aspect]}": 1.0}
            yield Candidate(other, "answer", {**evidence, **named})
    if len(wanted) > 1:
        found = tuple(match.support for match in wanted[:MAX_CANDIDATES])
        yield Candidate(Act("clarify", text, result.confidence, supports=found), "clarify", {})


def _requests(situation: Situation) -> Iterator[Candidate]:
    """Propose lists and the interview."""
    text, requests = situation.asked, situation.requests
    # What a question did not ask for starts no interview.
    open_ = max(asks_openly(requests), asks_openly(situation.rest_requests))
    likely = {"seek": open_, "recommend": requests.get("recommend", 0.0)}
    kinds = [kind for kind, probability in likely.items() if probability >= REQUESTED_FROM]
    if situation.informed:
        kinds += ["best", "results", "proceed"]
    without = _without_denied(situation)
    for kind in kinds:
        act = (kind in _LISTS and without) or Act(kind, text, likely.get(kind, 0.0))
        yield Candidate(act, kind, {"not_for_founders": float(is_elsewhere(situation))})
    known = situation.session.profile.keys() & {IDENTITY, NEEDS}
    if situation.informed and known and situation.search.outcome == "answer" and not without:
        found = Act("best", text, supports=situation.search.best[:1])
        yield Candidate(found, "best", {"found": 1.0})
    yield from _lists(situation)
    if situation.informed and situation.rest_text:
        yield from _lists(replace(situation, text=situation.rest_text))


def _without_denied(situation: Situation) -> Act | None:
    """Return the list without the kind of support that a message does not want: 我不想贷款."""
    informed = situation.informed
    if informed is None or NEEDS not in informed.denied or NEEDS in informed.stated:
        return None  # “场地有了，缺的是钱” asks for what it needs
    denied = supports_of(situation, "".join(segments(situation.whole_clean)[:1]))
    return Act("filter", situation.whole, choices=("without",), supports=denied)


def _lists(situation: Situation) -> Iterator[Candidate]:
    """Propose the list that a text names."""
    certainty = asks_openly(situation.requests)
    named = requested_list(situation, certainty)
    if named and named.choices and is_hypothetical(situation.asked_clean):
        return  # the list would store what is only supposed
    if named and named.choices and not named.argument and is_sure(situation.search.result):
        return  # a question on one support that names its people
    if named and named.name != "seek" and certainty >= LISTED_FROM:
        evidence = {
            "certainty": certainty,
            "odds": log_odds(certainty),
            f"as_{named.name}": 1.0,
            "of": float(bool(named.argument)),
            "people": float(bool(named.choices)),
            "besides_facts": float(situation.text == situation.rest_text),
            "not_for_founders": float(is_elsewhere(situation)),
        }
        yield Candidate(named, "list", evidence)


def _forms(situation: Situation) -> Iterator[Candidate]:
    """Propose the acts of `questions.FORMS`."""
    first = {"at_first": float(not situation.session.told)}
    for form in FORMS:
        act = form.find(situation)
        if isinstance(act, Act):
            yield Candidate(act, form.name, {**first, **_of_parts(act)})


def _of_parts(act: Act) -> Evidence:
    """Return the evidence of several questions: how many there are, and how many are answered."""
    if not act.parts:
        return {}
    answered = sum(bool(part.supports) for part in act.parts)
    return {"parts": len(act.parts) / MANY_PARTS, "answered": answered / len(act.parts)}


def _not_answered(situation: Situation) -> Iterator[Candidate]:
    """Propose to say that the policy does not cover the message, or that it asks nothing."""
    text, focus, context = situation.asked, situation.focus, situation.context
    near = (focus.id,) if focus else situation.search.best[:1]
    first = {"at_first": float(not situation.session.told)}
    yield Candidate(Act("unknown", text, supports=near), "unknown", first)
    yield Candidate(Act("story", text, supports=situation.search.near), "story", {})
    # In a conversation `situation.search` asks for more evidence; the ranker weighs it instead.
    result = context.resolver.resolve(text, situation.session.profile, context.today)
    topic = result.out_of_scope
    # Beside a focus, a question that names no other matter is about the focus.
    if topic and (not focus or context.resolver.may_ask_elsewhere(topic, situation.asked_clean)):
        act = Act("out_of_scope", text, argument=topic)
        yield Candidate(act, "out_of_scope", first)
    if result.other_city:
        yield Candidate(Act("other_city", text), "other_city", {})
