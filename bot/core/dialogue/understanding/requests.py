"""Recognise requests that name no support: what is there for me, what is there on a topic or of a
bureau, which one first; and statements that ask nothing."""

from __future__ import annotations

from bot.core.dialogue.actions.advice import compared_supports
from bot.core.dialogue.question_resolver import MAX_CANDIDATES, NEARLY_EQUAL, SIMILAR, is_sure
from bot.core.dialogue.understanding.list_requests import (
    OPEN,
    SEEK,
    TRADE,
    is_elsewhere,
    requested_list,
)
from bot.core.dialogue.understanding.situation import Situation
from bot.core.nlu.acts import OUT_OF_SCOPE, QUESTION, RECOMMEND
from bot.core.nlu.bureau_questions import OVERVIEW
from bot.core.nlu.understanding import Act
from bot.core.retrieval.index import SearchResult

STORY, SCRAP = "story", "money_word"
# Probability from which a kind of request decides: where the search finds no answer, and where it
# finds one that is not sure. Chosen on a test set by other writers (docs/decisions/042).
CERTAIN_FROM, OVERRULES_FROM = 0.5, 0.8


def find_request(situation: Situation, result: SearchResult, outcome: str) -> Act | None:
    """Return the request of a text that names no support; None for a question about one. A sure
    search result is never overruled."""
    kinds = situation.context.acts.score(situation.asked_clean).requests
    kind = next(iter(kinds), QUESTION)
    certainty = kinds.get(kind, 0.0)
    is_answer = outcome == "answer"
    if kind in OPEN:
        certainty = sum(kinds.get(other, 0.0) for other in OPEN)
    # Of somebody who is known, a request for the best one needs no search result.
    choice = kind == RECOMMEND and outcome == "unknown" and situation.session.profile
    unsure = kind in (OVERVIEW, RECOMMEND) and not choice
    least = OVERRULES_FROM if is_answer or unsure else CERTAIN_FROM
    if certainty < least or kind in (QUESTION, OUT_OF_SCOPE):
        return None
    if is_answer and (is_sure(result) or result.matches[0].evidence.nearest >= SIMILAR):
        return None
    if result.other_city or (result.out_of_scope and kind not in (SEEK, TRADE)):
        return None
    if kind in OPEN:
        request = requested_list(situation, certainty)
        return None if request is None or is_elsewhere(situation, request) else request
    if kind == RECOMMEND:
        return Act("recommend", situation.asked, certainty)
    if kind in (STORY, SCRAP) and outcome == "unknown":
        found = [m.support for m in result.matches if m.evidence.longest_term]
        return Act("story", situation.asked, certainty, supports=tuple(found[:MAX_CANDIDATES]))
    return None


def comparison(situation: Situation) -> Act | None:
    """Recognise a comparison that names at least two supports: 创业园和贷款哪个好. A text that is
    nearly a sample question of one support is no comparison."""
    text = situation.text
    if len(compared_supports(situation.context, situation.session, text)) < 2:
        return None
    matches = situation.resolve(text).matches
    is_sample = bool(matches) and matches[0].evidence.nearest >= NEARLY_EQUAL
    return None if is_sample else Act("compare", text, argument=text)
