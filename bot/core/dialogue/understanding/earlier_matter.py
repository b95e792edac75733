"""Recognise a message that goes back to an earlier matter by its name: “回到贷款，几时截止”."""

from __future__ import annotations

from dataclasses import replace

from bot.core.dialogue.question_resolver import decide, is_sure
from bot.core.dialogue.understanding.follow_up import find_follow_up
from bot.core.dialogue.understanding.situation import Found, Situation
from bot.core.domain.knowledge import Support
from bot.core.nlu.patterns import has_content
from bot.core.nlu.understanding import Act


def earlier_matter(situation: Situation) -> Found:
    """Recognise a message that names a support to go back to, and what it asks about it."""
    context = situation.context
    for topic, rest in context.questions.earlier_matters(situation.clean):
        if support := _support(situation, topic, rest):
            return _act(situation, support, rest)
    return None


def _act(situation: Situation, support: Support, rest: str) -> Act:
    """Return the act of the rest of a message about a support."""
    if not has_content(rest):
        return Act("answer", situation.asked, supports=(support.id,))
    session = situation.session._replace(focus=support.id)
    there = replace(situation, session=session, text=rest)
    if support.id not in situation.session.shown:
        return Act("answer", rest, supports=(support.id,), aspects=there.fields)
    act = find_follow_up(there, support)
    return act or Act("fact", rest, supports=(support.id,), aspects=there.aspects)


def _support(situation: Situation, topic: str, rest: str) -> Support | None:
    """Return the support that a topic names: of those shown that are about it, the one that the
    rest of the message fits best, else what the search finds for both."""
    resolver, supports = situation.context.resolver, situation.context.knowledge.supports
    terms = resolver.terms(topic)
    if not terms:
        return None
    query = f"{topic} {rest}".strip()
    result = situation.resolve(query)
    found = [match.support for match in result.matches]
    shown = [s for s in situation.session.shown if s in supports]
    about = [s for s in reversed(shown) if any(resolver.owns(supports[s], t) for t in terms)]
    sure = bool(rest) and is_sure(situation.resolve(rest))
    if about and not sure:
        return supports[min(about, key=lambda s: found.index(s) if s in found else len(found))]
    if result.out_of_scope or result.other_city or decide(result, len(query)) != "answer":
        return None
    return supports[found[0]]
