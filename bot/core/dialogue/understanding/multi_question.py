"""Recognise a message with several questions."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.question_resolver import MAX_CANDIDATES, decide
from bot.core.dialogue.understanding.situation import Situation
from bot.core.domain.knowledge import Support
from bot.core.nlu.command_classifier import ITEM
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.understanding import Act
from bot.core.text.normalizer import segments


def several(situation: Situation) -> Act | None:
    """Recognise several questions. The parts are named by their outcome: answer, clarify, unknown,
    or field for a question that names a field only."""
    clean = situation.clean
    items = [piece.strip(" ,，。;；") for piece in ITEM.split(clean)]
    if len(items) > 2:
        parts = _parts(situation, [item for item in items if item])
        # The text before the first number counts only if it is a question.
        parts = parts[1:] if items[0] and parts[0].name == "unknown" else parts
        if all(part.name == "field" for part in parts):
            return None
        return Act("several", situation.text, parts=tuple(parts))
    sentences = segments(clean)
    questions = [sentence for sentence in sentences if is_question(sentence)]
    # A story with a question in it asks one thing; the whole text finds it.
    if len(questions) < 2 or len(questions) * 2 < len(sentences):
        return None
    parts = _parts(situation, questions)
    answered = {part.supports[0] for part in parts if part.name == "answer"}
    searched = sum(part.name in ("answer", "clarify") for part in parts)
    if len(answered) > 1 or (searched > 1 and situation.finds_nothing(clean)):
        return Act("several", situation.text, parts=tuple(parts))
    return None


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
