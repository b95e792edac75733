"""Recognise new questions: the search finds the supports that they are about."""

from __future__ import annotations

from bot.core.dialogue.question_resolver import FRAGMENT_LENGTH, MAX_CANDIDATES
from bot.core.dialogue.understanding.situation import Found, Situation
from bot.core.nlu.patterns import is_question
from bot.core.nlu.understanding import Act

# The share of a question that search terms must cover before an unstated topic answers it.
MIN_COVERAGE = 0.45


def character(situation: Situation) -> Found:
    """Recognise a message of one character, or of numbers and function words: the supports that
    have it in their title or keywords are offered. It is no question, so it is not kept as an
    unanswered one."""
    parser = situation.context.parser
    if situation.informed or not parser.asks_nothing(situation.asked):
        return None
    content = "".join(parser.content_words(situation.asked))
    supports = situation.context.knowledge.supports
    named = [
        support
        for support in situation.search.best
        if content
        and any(content in n for n in (supports[support].title, *supports[support].keywords))
    ][:MAX_CANDIDATES]
    if named and not content.isascii():
        return Act("character", situation.asked, supports=tuple(named))
    return Act("nothing", situation.asked)


def look_alikes(situation: Situation) -> Found:
    """Recognise a question that supports of several policies answer."""
    context, search = situation.context, situation.search
    if search.outcome != "answer":
        return None
    best = context.knowledge.supports[search.best[0]]
    alike = context.resolver.look_alikes(best, situation.asked_clean, context.today)
    ids = tuple(support.id for support in alike)
    return Act("which_policy", situation.asked, supports=ids) if ids else None


def unstated(situation: Situation) -> Found:
    """Recognise a question for a topic that is listed as unstated for a support that the search
    finds: "投资失败政府赔吗"."""
    context, result, clean = situation.context, situation.search.result, situation.asked_clean
    # A fragment is a question without a question word: "休学学费".
    asks = is_question(clean) or len(clean) <= FRAGMENT_LENGTH
    if result.out_of_scope or result.other_city or not asks:
        return None
    for match in result.matches[:MAX_CANDIDATES]:
        support = context.knowledge.supports[match.support]
        if not match.evidence.longest_term or match.evidence.known < MIN_COVERAGE:
            continue
        topic = context.facts.silent_topic(situation.form, situation.aspects, support)
        if topic:
            return Act("unstated", situation.asked, argument=topic, supports=(support.id,))
    return None
