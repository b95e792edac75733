"""Answer a message with several questions: a short answer to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.question_resolver import MAX_CANDIDATES, decide
from bot.core.domain.knowledge import Support, SupportKind
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Mode, Profile, Session
from bot.core.eligibility.verdicts import evaluate
from bot.core.nlu.command_classifier import ITEM
from bot.core.nlu.patterns import has_content, is_question
from bot.core.responses.support_answer import support_option
from bot.core.responses.support_fields import render_field, rules_on
from bot.core.text.normalizer import segments

# Questions that one reply answers, and supports that it offers to open.
MAX_ANSWERED = 3
MAX_OPTIONS = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message. `outcome`: answer, clarify, unknown, or field for a question that
    names a field only; `supports`: the candidates; `fields`: the asked fields; `out_of_scope`: the
    id of the out-of-scope topic, if one was found."""

    asked: str
    outcome: str
    supports: tuple[Support, ...] = ()
    fields: tuple[str, ...] = ()
    out_of_scope: str = ""


def answer_several(
    context: TurnContext, session: Session, text: str, *, for_other_person: bool = False
) -> Turn | None:
    """Return the turn that answers all questions of a message; None if it asks one thing only."""
    clean = context.parser.clean(text)
    items = [piece.strip(" ,，。;；") for piece in ITEM.split(clean)]
    if len(items) > 2:
        parts = _parts(context, session, [item for item in items if item])
        # The text before the first number counts only if it is a question.
        parts = parts[1:] if items[0] and parts[0].outcome == "unknown" else parts
        if all(part.outcome == "field" for part in parts):
            return None
        return _answer_parts(context, session, parts, for_other_person=for_other_person)
    sentences = segments(clean)
    questions = [sentence for sentence in sentences if is_question(sentence)]
    # A story with a question in it asks one thing; the whole text finds it.
    if len(questions) < 2 or len(questions) * 2 < len(sentences):
        return None
    parts = _parts(context, session, questions)
    answered = {part.supports[0].id for part in parts if part.outcome == "answer"}
    searched = sum(part.outcome in ("answer", "clarify") for part in parts)
    finds_nothing = context.resolver.finds_nothing
    if len(answered) > 1 or (searched > 1 and finds_nothing(clean, session.profile)):
        return _answer_parts(context, session, parts, for_other_person=for_other_person)
    return None


def _parts(context: TurnContext, session: Session, questions: Sequence[str]) -> list[Part]:
    """Resolve the questions in order. A question that names a field only is about the support of
    the last answer."""
    parts: list[Part] = []
    focus = context.knowledge.supports.get(session.focus)
    for question in questions:
        part = _part(context, session.profile, question, focus)
        parts.append(part)
        if part.outcome == "answer":
            focus = part.supports[0]
    return parts


def _part(context: TurnContext, profile: Profile, question: str, focus: Support | None) -> Part:
    fields, rest = context.parser.fields(question)
    if context.parser.asks_for_phone_number(question):
        return Part(question, "field", (focus,) if focus else (), ("who",))
    if fields and not has_content(rest):
        return Part(question, "field", (focus,) if focus else (), fields)
    query = rest if fields[:1] == ("who",) and has_content(rest) else question
    result = context.resolver.resolve(query, profile, context.today, fields[0] if fields else "")
    outcome = decide(result, len(query))
    if outcome == "unknown":
        return Part(question, outcome, out_of_scope=result.out_of_scope)
    supports = context.knowledge.supports
    candidates = tuple(supports[m.support] for m in result.matches[:MAX_CANDIDATES])
    return Part(question, outcome, candidates, fields if outcome == "answer" else ())


def _answer_parts(
    context: TurnContext, session: Session, parts: Sequence[Part], *, for_other_person: bool
) -> Turn:
    phrasebook, supports = context.phrasebook, context.knowledge.supports
    answered, left = parts[:MAX_ANSWERED], parts[MAX_ANSWERED:]
    profile = {} if for_other_person else session.profile
    lines = [phrasebook.say("several_head", count=str(len(parts)))]
    for part in answered:
        answer = _short_answer(context, profile, part)
        lines.append(phrasebook.say("several_item", question=part.asked, answer=answer))
    if left:
        questions = "”“".join(part.asked for part in left)
        lines.append(phrasebook.say("several_left", questions=questions))
    offered = [p.supports if p.outcome == "clarify" else p.supports[:1] for p in answered]
    options = list(dict.fromkeys(s.id for group in offered for s in group))[:MAX_OPTIONS]
    if options:
        ages = phrasebook.ages(supports[support] for support in options)
        lines += [phrasebook.say("several_foot"), *ages]
    shown = [p.supports[0].id for p in answered if p.supports and p.outcome != "clarify"]
    knowledge = context.knowledge
    reply = Reply(
        phrasebook.compose(*lines),
        tuple(support_option(phrasebook, supports[s]) for s in options),
        cards=tuple(
            context.renderer.card(
                evaluate(supports[s], profile, knowledge, context.today), profile
            )
            for s in dict.fromkeys(shown)
        ),
    )
    cites = tuple(dict.fromkeys(supports[s].clause for s in options))
    # Questions that nothing answers are stored for the admin.
    unanswered = [p.asked for p in parts if p.outcome == "unknown" and not p.out_of_scope]
    effects = Effects(unanswered="；".join(unanswered))
    if shown:
        session = session._replace(mode=Mode.DETAIL, focus=shown[-1], asked="")
        return Turn(session, (reply,), cites=cites, outcome="answer", effects=effects)
    if reply.choices:
        session = session._replace(mode=Mode.CLARIFY, asked="")
        return Turn(session, (reply,), cites=cites, outcome="clarify", effects=effects)
    return Turn(session, (reply,), outcome="unknown", effects=effects)


def _short_answer(context: TurnContext, profile: Profile, part: Part) -> str:
    phrasebook = context.phrasebook
    if part.outcome == "clarify":
        titles = "｜".join(phrasebook.title(support) for support in part.supports)
        return phrasebook.say("several_clarify", titles=titles)
    if part.outcome == "unknown":
        topic = context.knowledge.signposts.get(part.out_of_scope)
        return context.renderer.out_of_scope_text(topic)
    if not part.supports:
        return phrasebook.say("no_focus")
    support = part.supports[0]
    lines = [render_field(phrasebook, support, profile, field) for field in part.fields]
    lines.append(phrasebook.rules(rules_on(support, *part.fields)))
    if part.outcome == "field":
        return phrasebook.compose(*lines)
    lines += [phrasebook.closed_note(support), support.summary]
    if profile and support.kind is SupportKind.BENEFIT and support.conditions:
        finding = evaluate(support, profile, context.knowledge, context.today)
        lines.append(phrasebook.verdict(finding, profile))
    place, lead = phrasebook.clause(support).place, phrasebook.contact(support)
    lines.append(phrasebook.say("several_source", lead=lead, place=place))
    return phrasebook.compose(*lines)
