"""Keep in the session what was said, and say nothing twice word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.dialogue.context import TurnContext
from bot.core.domain.knowledge import Update
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session
from bot.core.domain.told import age_key, told_key, written_key

# The outcomes whose replies are varied; questions of the interview and lists are asked for again.
_VARIED = frozenset({"answer", "unknown"})
# Longest part of an earlier reply that is said again, in characters.
HEAD_MAX = 110
_SENTENCE = re.compile(r"[^。\n]+[。\n]?")
# Times that a reply is counted up to.
MAX_TIMES = 40


def remember_told(context: TurnContext, turn: Turn) -> Turn:
    """Return the turn with the keys of what it says in its session: its replies, the quotes, the
    lead bureaus, the ages of policies and the statements of later rules."""
    if turn.effects.forget:
        return turn
    return turn._replace(session=turn.session.with_told(_said(context, turn)))


def _said(context: TurnContext, turn: Turn) -> Iterator[str]:
    phrasebook, knowledge = context.phrasebook, context.knowledge
    supports = [s for s in knowledge.supports.values() if s.clause in turn.cites]
    written = phrasebook.say("only_written", what="").rstrip("。")
    for reply in turn.replies:
        if turn.outcome in (*_VARIED, None) and not _asks(reply):
            yield told_key(reply.text)
        for support in supports:
            if support.quote in reply.text:
                yield told_key(support.quote)
            if phrasebook.says_validity(reply.text, support):
                yield age_key(support.policy)
            if written in reply.text and support.summary.rstrip("。") in reply.text:
                yield written_key(support.id)
            if whom := phrasebook.contacts_in(reply.text, support, turn.session.profile):
                yield told_key(whom)
            yield from (told_key(u.say) for u in support.updates if u.say in reply.text)
        yield from keys_of_rules(context, reply.text)


def keys_of_rules(context: TurnContext, text: str) -> Iterator[str]:
    """Return the keys of what a text tells of later rules: statements that belong to every answer,
    then titles, then the caution, as `rules_told_last` reads them."""
    rules = context.knowledge.always_rules
    yield from (told_key(rule.say) for rule in rules if rule.say in text)
    for title, words in context.knowledge.words_of_rules.items():
        if any(word in text for word in words):
            yield told_key(title)
    if (caution := context.phrasebook.say("later_caution")) in text:
        yield told_key(caution)


def rules_told_last(context: TurnContext, session: Session) -> list[Update]:
    """Return one statement of each later rule that the last reply told; [] if it told none."""
    rules = {told_key(title): u[0] for title, u in context.knowledge.later_rules.items()}
    found: list[Update] = []
    for key in reversed(session.told):
        if key not in rules and key != told_key(context.phrasebook.say("later_caution")):
            break
        found += [rules[key]] if key in rules else []
    return found[::-1]


def told_rules(context: TurnContext, session: Session) -> list[Update]:
    """Return one statement of each later rule that the conversation told."""
    rules = context.knowledge.later_rules.items()
    return [said[0] for title, said in rules if told_key(title) in session.told]


def vary_repeated(context: TurnContext, before: Session, turn: Turn) -> Turn:
    """Return the turn with each reply that was said before replaced by a shorter one. Two
    questions on the same out-of-scope topic have the same answer."""
    unknown = turn.outcome == "unknown"
    out_of_scope = unknown and not turn.effects.unanswered
    if turn.outcome not in _VARIED or out_of_scope:
        return turn
    told = frozenset(before.told)
    again = phrase_id("unknown_again", "what") if unknown else phrase_id("said_before", "what")
    return turn._replace(
        replies=tuple(_varied(context, told, reply, again=again) for reply in turn.replies)
    )


def vary_talk(context: TurnContext, before: Session, turn: Turn) -> Turn:
    """Return the turn of talk about the bot or the policy with each reply that was said before in
    other words, or with the number of times."""
    told = frozenset(before.told)
    replies = (
        _varied(context, told, r, again=phrase_id("talk_again", "what")) for r in turn.replies
    )
    return turn._replace(replies=tuple(replies))


def _asks(reply: Reply) -> bool:
    """Return whether a reply asks a question of the interview, which is asked again as it is."""
    return any(option.id.startswith("a:") for option in reply.choices)


def _varied(context: TurnContext, told: frozenset[str], reply: Reply, *, again: PhraseId) -> Reply:
    if _asks(reply) or told_key(reply.text) not in told:
        return reply
    what = _head(reply.text)
    text = context.phrasebook.say_id(again, what=what)
    for times in range(2, MAX_TIMES):
        if told_key(text) not in told:
            break
        text = context.phrasebook.say("said_again", what=what, count=str(times))
    return reply._replace(text=text, cards=())


def _head(text: str) -> str:
    """Return the first sentences of a text, cut at HEAD_MAX."""
    head = ""
    for sentence in _SENTENCE.findall(text):
        if head and len(head) + len(sentence) > HEAD_MAX:
            break
        head += sentence.strip()
    return f"{head[:HEAD_MAX]}……" if len(head) > HEAD_MAX else head
