"""Recognise a comparison of supports."""

from __future__ import annotations

from bot.core.dialogue.actions.answers.advice import compared_supports
from bot.core.dialogue.question_resolver import NEARLY_EQUAL
from bot.core.dialogue.understanding.situation import Situation
from bot.core.nlu.understanding import Act


def comparison(situation: Situation) -> Act | None:
    """Recognise a comparison that names at least two supports: 创业园和贷款哪个好. A text that is
    nearly a sample question of one support is no comparison."""
    text = situation.text
    if len(compared_supports(situation.context, situation.session, text)) < 2:
        return None
    matches = situation.resolve(text).matches
    is_sample = bool(matches) and matches[0].evidence.nearest >= NEARLY_EQUAL
    return None if is_sample else Act("compare", text, argument=text)
