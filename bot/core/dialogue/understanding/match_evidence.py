"""What speaks for a support that the search finds: its place and the conversation."""

from __future__ import annotations

import math

from bot.core.dialogue.ranking.ranker import Evidence
from bot.core.dialogue.understanding.situation import Situation
from bot.core.retrieval.index import Match, SearchResult

# Lengths, in characters, of a short and of a long message.
SHORT, LONG = 6, 20
# Probabilities are cut here before they become log-odds, which are divided by SCALE.
_CUT, _SCALE = 1e-4, 4.0
# Log-odds of a question that is asked elsewhere are cut here and divided by it.
LIMIT = 4.0


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, about -2.3 to 2.3."""
    p = min(max(probability, _CUT), 1 - _CUT)
    return math.log(p / (1 - p)) / _SCALE


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
        "term": min(match.evidence.longest_term, SHORT) / SHORT,
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
