"""Answer a message with several questions: a short answer to each of them."""

from __future__ import annotations

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.questions import follow_up_lines, is_for_other_person
from bot.core.dialogue.context import TurnContext
from bot.core.domain.knowledge import SupportKind
from bot.core.domain.replies import Line, Reply, Role, Turn
from bot.core.domain.session import Effects, Mode, Profile, Session
from bot.core.eligibility.verdicts import evaluate
from bot.core.nlu.understanding import Act
from bot.core.responses.support_answer import support_option
from bot.core.responses.support_fields import render_field, rules_on

# Questions that one reply answers, and supports that it offers to open.
MAX_ANSWERED = 3
MAX_OPTIONS = 6


def answer_several(context: TurnContext, session: Session, act: Act) -> Turn:
    """Answer the questions `parts` in short. The name of a part: answer, clarify, unknown, field
    for a question that names a field only, or the act of a follow-up."""
    for_other = is_for_other_person(context, session, act.text)
    return interview.ask_pending(
        context, _answer_parts(context, session, act.parts, for_other_person=for_other)
    )


def _answer_parts(
    context: TurnContext, session: Session, parts: tuple[Act, ...], *, for_other_person: bool
) -> Turn:
    phrasebook, supports = context.phrasebook, context.knowledge.supports
    answered, left = parts[:MAX_ANSWERED], parts[MAX_ANSWERED:]
    profile = {} if for_other_person else session.profile
    lines = [phrasebook.say("several_head", count=str(len(parts)))]
    for part in answered:
        answer = _short_answer(context, profile, part)
        lines.append(phrasebook.say("several_item", question=part.text, answer=answer))
    if left:
        questions = "”“".join(part.text for part in left)
        lines.append(phrasebook.say("several_left", questions=questions))
    offered = [p.supports if p.name == "clarify" else p.supports[:1] for p in answered]
    options = list(dict.fromkeys(s for group in offered for s in group))[:MAX_OPTIONS]
    if options and options != [session.focus]:
        lines.append(phrasebook.say("several_foot"))
        stated = [Line(Role.PLAIN, line) for line in lines]
        known, judged = [supports[support] for support in options], bool(profile)
        lines += [age.text for age in context.renderer.ages(known, stated, judged=judged)]
    shown = [p.supports[0] for p in answered if p.supports and p.name != "clarify"]
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
    unanswered = [p.text for p in parts if p.name == "unknown" and not p.argument]
    effects = Effects(unanswered="；".join(unanswered))
    if shown:
        session = session._replace(mode=Mode.DETAIL, focus=shown[-1], asked="")
        return Turn(session, (reply,), cites=cites, outcome="answer", effects=effects)
    if reply.choices:
        session = session._replace(mode=Mode.CLARIFY, asked="")
        return Turn(session, (reply,), cites=cites, outcome="clarify", effects=effects)
    return Turn(session, (reply,), outcome="unknown", effects=effects)


def _short_answer(context: TurnContext, profile: Profile, part: Act) -> str:
    phrasebook, known = context.phrasebook, context.knowledge.supports
    if part.name == "clarify":
        titles = "｜".join(phrasebook.title(known[support]) for support in part.supports)
        return phrasebook.say("several_clarify", titles=titles)
    if part.name == "unknown":
        topic = context.knowledge.signposts.get(part.argument)
        return context.renderer.out_of_scope_text(topic)
    if not part.supports:
        return phrasebook.say("no_focus")
    if part.name not in ("answer", "field"):
        return "\n".join(follow_up_lines(context, profile, part))
    support = known[part.supports[0]]
    lines = [render_field(phrasebook, support, profile, field) for field in part.aspects]
    lines.append(phrasebook.rules(rules_on(support, *part.aspects)))
    if part.name == "field":
        return phrasebook.compose(*lines)
    lines += [phrasebook.closed_note(support), support.summary]
    if profile and support.kind is SupportKind.BENEFIT and support.conditions:
        finding = evaluate(support, profile, context.knowledge, context.today)
        lines.append(phrasebook.verdict(finding, profile))
    place, lead = phrasebook.clause(support).place, phrasebook.contact(support)
    lines.append(phrasebook.say("several_source", lead=lead, place=place))
    return phrasebook.compose(*lines)
