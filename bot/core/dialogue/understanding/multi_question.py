"""Recognise a message with several questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.dialogue.actions.supports import FIELD_ASPECTS, WHOLE
from bot.core.dialogue.policy import ASPECT_FIELDS
from bot.core.dialogue.question_resolver import MAX_CANDIDATES, decide
from bot.core.dialogue.understanding.situation import Situation
from bot.core.domain.knowledge import Support
from bot.core.nlu.message_parser import ITEM
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.understanding import Act

# Probability from which the act model decides which aspect a question asks for.
ASPECT_FROM = 0.5
# Outcomes of a part that has an answer of its own.
_FOUND = frozenset({"answer", "clarify", "field"})
# Acts of a part that the support in focus answers.
_ON_FOCUS = frozenset({"aspect", "aspect_fact", "fact", "unstated"})


def several(situation: Situation) -> Act | None:
    """Recognise several questions. The parts are named by their outcome: answer, clarify, unknown,
    or field for a question that names a field only; those on the support in focus by their act."""
    clean = situation.clean
    items = [piece.strip(" ,，。;；") for piece in ITEM.split(clean)]
    if len(items) > 2:
        parts = _parts(situation, [item for item in items if item])
        # The text before the first number counts only if it is a question.
        parts = parts[1:] if items[0] and not is_question(items[0]) else parts
        if all(part.name == "field" for part in parts):
            return None
        return Act("several", situation.text, parts=tuple(parts))
    pieces = situation.context.questions.pieces(clean)
    asked = [piece for piece in pieces if _asks(situation, piece)]
    # A story with a question in it asks one thing; the whole text finds it.
    if len(asked) < 2 or len(asked) * 2 < len(pieces):
        return None
    if on_focus := _on_focus(situation, asked):
        return Act("several", situation.text, parts=on_focus)
    parts = _parts(situation, asked)
    answered = {part.supports[:1] + part.aspects for part in parts if part.name in _FOUND}
    named = {part.supports[0] for part in parts if part.name == "answer"}
    searched = sum(part.name in ("answer", "clarify") for part in parts)
    if len(answered) < 2 or not searched:
        return None
    if len(named) > 1 or (searched > 1 and situation.finds_nothing(clean)):
        return Act("several", situation.text, parts=tuple(parts))
    return None


def _on_focus(situation: Situation, questions: Sequence[str]) -> tuple[Act, ...]:
    """Return the acts of questions that the support in focus answers, if all of them stay with it
    and they ask for different things; else ()."""
    focus = situation.focus
    if focus is None:
        return ()
    found = [_follow_up(replace(situation, text=text), focus) for text in questions]
    parts = [act for act in found if act and act.name in _ON_FOCUS and act.supports == (focus.id,)]
    asked = {act.aspects or (act.text,) for act in parts}
    is_long = any({"text", "updates", WHOLE} & set(act.aspects) for act in parts)
    if len(parts) < len(questions) or len(asked) < len(parts) or is_long:
        return ()
    return tuple(act._replace(clause=number) for number, act in enumerate(parts))


def _follow_up(situation: Situation, focus: Support) -> Act | None:
    """Return the act of a question on the support in focus; None if it is about another one."""
    score, search = situation.score, situation.search
    stays = situation.fields and situation.names_nothing
    if not stays and search.outcome == "answer" and search.best[:1] != (focus.id,):
        return None
    aspects = situation.aspects
    if not aspects and score.act in ASPECT_FIELDS and score.acts[score.act] >= ASPECT_FROM:
        aspects = (ASPECT_FIELDS[score.act],)
    name = "aspect" if FIELD_ASPECTS & set(aspects) else "aspect_fact" if aspects else "fact"
    return Act(name, situation.text, supports=(focus.id,), aspects=aspects)


def _asks(situation: Situation, piece: str) -> bool:
    """Return whether a piece asks something of its own: 想问 and 是这样吗 alone do not."""
    context = situation.context
    if context.questions.only_doubts(piece):
        return False
    if not context.facts.units.has_content(piece):
        return bool(context.parser.fields(piece)[0])
    return is_question(piece) or context.questions.read(piece).asks


def _parts(situation: Situation, questions: Sequence[str]) -> list[Act]:
    """Resolve the questions in order. A question that names a field only is about the support of
    the last answer."""
    parts: list[Act] = []
    focus = situation.focus
    for number, question in enumerate(questions):
        part = _part(situation, question, focus)._replace(clause=number)
        parts.append(part)
        if part.name == "answer":
            focus = situation.context.knowledge.supports[part.supports[0]]
    return parts


def _part(situation: Situation, question: str, focus: Support | None) -> Act:
    parser = situation.context.parser
    fields, rest = parser.fields(question)
    about_focus = (focus.id,) if focus else ()
    if parser.asks_for_phone_number(question):
        return Act("field", question, supports=about_focus, aspects=("who",))
    if fields and not has_content(rest):
        return Act("field", question, supports=about_focus, aspects=fields)
    query = rest if fields[:1] == ("who",) and has_content(rest) else question
    result = situation.resolve(query, fields[0] if fields else "")
    outcome = decide(result, len(query))
    if outcome == "unknown":
        return Act(outcome, question, argument=result.out_of_scope)
    return Act(
        outcome,
        question,
        confidence=result.confidence,
        supports=tuple(m.support for m in result.matches[:MAX_CANDIDATES]),
        aspects=fields if outcome == "answer" else (),
    )
