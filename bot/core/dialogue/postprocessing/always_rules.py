"""Tell the later rules that belong to every answer on a matter, whichever action answers it.

Answers on one support tell them with their fields (`AnswerRenderer`). Here a turn gets those that
it still lacks: in comparisons, lists, offers, advice and replies that found something else.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.repetition import keys_of_rules
from bot.core.domain.knowledge import OutOfScopeTopic, Support, Update
from bot.core.domain.replies import Line, Reply, Role, Turn
from bot.core.domain.session import Session
from bot.core.domain.told import told_key


def add_always_rules(context: TurnContext, before: Session, text: str, turn: Turn) -> Turn:
    """Return the turn with the rules that must be told with it and are not, and their keys in its
    session. A rule is told each time that the message has one of its words, and once in a
    conversation where a reply tells what one of its supports is; one that warns (`Update.words`)
    also where a reply only names such a support. `before`: the session before the turn; `text`:
    the message, "" for a tapped option."""
    rules = context.knowledge.always_rules
    if not rules or not turn.replies or turn.effects.forget:
        return turn
    said = _said(context, text)
    places: dict[int, list[Update]] = {}
    for rule, entries in rules.items():
        if any(rule.say in reply.text for reply in turn.replies):
            continue
        at = _place(rule, entries, turn.replies)
        if rule.say in said:
            places.setdefault(at or 0, []).append(rule)
        elif at is not None and told_key(rule.say) not in before.told:
            places.setdefault(at, []).append(rule)
    replies = list(turn.replies)
    for at, added in places.items():
        replies[at], told = _with_rules(context, before, replies[at], added)
        turn = turn._replace(session=turn.session.with_told(told))
    return turn._replace(replies=tuple(replies))


def _said(context: TurnContext, text: str) -> frozenset[str]:
    """Return the statements of the rules of which a text has a word, also by its sound."""
    if not text:
        return frozenset()
    terms = frozenset(context.index.analyzer.terms_in(text))
    rules = (rule for rule in context.knowledge.always_rules if not terms.isdisjoint(rule.words))
    return context.parser.warnings(text).union(rule.say for rule in rules)


def _place(
    rule: Update, entries: Sequence[Support | OutOfScopeTopic], replies: Sequence[Reply]
) -> int | None:
    """Return the number of the first reply that a rule belongs to; None if there is none."""
    return next((n for n, reply in enumerate(replies) if _is_about(rule, entries, reply)), None)


def _is_about(rule: Update, entries: Sequence[Support | OutOfScopeTopic], reply: Reply) -> bool:
    offered = {option.id for option in reply.choices}
    for entry in entries:
        if isinstance(entry, Support) and entry.summary.rstrip("。") in reply.text:
            return True
        if rule.words and (entry.title in reply.text or f"s:{entry.id}" in offered):
            return True
    return False


def _with_rules(
    context: TurnContext, before: Session, reply: Reply, rules: Sequence[Update]
) -> tuple[Reply, list[str]]:
    """Return a reply with rules below its text, above what it hints at, and the keys of what was
    added."""
    stated = [(rule, rule.say) for rule in rules]
    texts = context.phrasebook.later_statements(stated, frozenset(before.told))
    lines = reply.layout()
    hints = len(lines)
    while hints and lines[hints - 1].role is Role.HINT:
        hints -= 1
    longer = (*lines[:hints], *(Line(Role.LATER, text) for text in texts), *lines[hints:])
    text = "\n".join(line.text for line in longer)
    return reply._replace(text=text, lines=longer), list(keys_of_rules(context, "\n".join(texts)))
