"""What speaks for the acts that a message may perform: conversation, message and search."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bot.core.dialogue.question_resolver import NEARLY_EQUAL, SIMILAR, is_sure
from bot.core.dialogue.ranking.ranker import Evidence
from bot.core.dialogue.understanding.list_requests import OPEN
from bot.core.dialogue.understanding.situation import Situation
from bot.core.domain.knowledge import IDENTITY, NEEDS
from bot.core.domain.session import Mode
from bot.core.nlu.patterns import expresses_doubt, is_hypothetical, is_question
from bot.core.retrieval.index import Match, SearchResult

# Lengths, in characters, of a short and of a long message.
_SHORT, _LONG = 6, 20
# Probabilities are cut here before they become log-odds, which are divided by SCALE.
_CUT, _SCALE = 1e-4, 4.0
# Log-odds of a question that is asked elsewhere are cut here and divided by it.
_LIMIT = 4.0


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, about -2.3 to 2.3."""
    p = min(max(probability, _CUT), 1 - _CUT)
    return math.log(p / (1 - p)) / _SCALE


def asks_openly(requests: Mapping[str, float]) -> float:
    """Return the probability that a message asks for what there is."""
    return sum(requests.get(kind, 0.0) for kind in OPEN)


def state(situation: Situation) -> Evidence:
    """Return what the conversation and the message say about every kind of act: the open
    question, the focus, what is known; the form of the message; the outcome of the search."""
    session, before, score = situation.session, situation.before, situation.score
    search, form, focus = situation.search, situation.form, situation.focus
    result = search.result
    facts, near = situation.context.facts, situation.near
    around, own = (focus, *near) if focus else (), (focus,) if focus else ()
    best = result.matches[0] if result.matches else None
    elsewhere = situation.context.resolver.elsewhere(situation.asked_clean)
    elsewhere = max(-_LIMIT, min(_LIMIT, elsewhere)) / _LIMIT
    found = {
        "always": 1.0,
        "focus": focus is not None,
        "pending": bool(session.interviewing and session.pending),
        "results": session.mode is Mode.RESULTS,
        "after_list": bool(session.listed),
        "known": bool(session.profile),
        "known_need": bool(session.profile.keys() & {IDENTITY, NEEDS}),
        "informed": situation.informed is not None,
        "tells_only": situation.informed is not None and not situation.rest_text,
        "denied": situation.informed is not None and bool(situation.informed.denied),
        "was_interviewing": situation.informed is not None and before.interviewing,
        "was_results": situation.informed is not None and before.mode is Mode.RESULTS,
        "told": bool(session.told),
        "gate": log_odds(score.talk),
        "search_confidence": log_odds(result.confidence),
        "search_nearest": best.evidence.nearest if best else 0.0,
        "sample": best is not None and best.evidence.nearest >= NEARLY_EQUAL,
        "similar": best is not None and best.evidence.nearest >= SIMILAR,
        "sure": best is not None and is_sure(result),
        "open": log_odds(asks_openly(situation.requests)),
        "rest_open": log_odds(asks_openly(situation.rest_requests))
        if situation.rest_text
        else 0.0,
        "elsewhere": bool(result.out_of_scope),
        "asked_elsewhere": elsewhere,
        "first_asked_elsewhere": 0.0 if session.told else elsewhere,
        "answer": search.outcome == "answer",
        "clarify": search.outcome == "clarify",
        "question": is_question(situation.asked_clean),
        "clauses": len(situation.clauses) > 1,
        "short": len(situation.clean) <= _SHORT,
        "long": len(situation.clean) > _LONG,
        "asks": bool(form.asks),
        "yes_no": bool(form.yes_no),
        "hearsay": bool(form.hearsay),
        "figures": bool(form.figures),
        "turns": bool(form.turns),
        "doubt": expresses_doubt(situation.asked_clean),
        "supposed": is_hypothetical(situation.asked_clean),
        "names_requirement": focus is not None
        and situation.context.resolver.names_requirement(focus, form.clean),
        "bureau": bool(situation.context.parser.bureaus.named(situation.asked_clean)),
        "fields": bool(situation.fields),
        "only_fields": bool(situation.fields) and situation.names_nothing,
        "covered": facts.covers(form, situation.aspects, around) if focus else 0.0,
        "own": facts.covers(form, situation.aspects, own) if focus else 0.0,
    }
    found |= {f"request_{kind}": share for kind, share in situation.requests.items()}
    return {name: float(value) for name, value in found.items() if value}


def match_evidence(
    situation: Situation, result: SearchResult, number: int, match: Match
) -> Evidence:
    """Return what speaks for a match of the search, and against it."""
    context, session, focus = situation.context, situation.session, situation.focus
    near = {support.id for support in situation.near}
    support = context.knowledge.supports[match.support]
    decided = situation.search.outcome == "answer"
    names = focus and context.resolver.names(support, situation.asked_clean, (focus,))
    found = {
        f"rank_{number}": 1.0,
        "confidence": log_odds(match.confidence),
        "nearest": match.evidence.nearest,
        "term": min(match.evidence.longest_term, _SHORT) / _SHORT,
        "decided": number == 0 and decided,
        "decided_at_first": number == 0 and decided and not session.told,
        "undecided_at_first": not decided and not session.told,
        "unclear_at_first": situation.search.outcome == "clarify" and not session.told,
        "score": match.score / max(result.matches[0].score, _CUT),
        "in_focus": bool(focus and match.support == focus.id),
        "near_focus": match.support in near,
        "named_besides_focus": bool(names),
        "shown": match.support in session.shown,
        "listed": match.support in session.listed,
    }
    return {name: float(value) for name, value in found.items() if value}
