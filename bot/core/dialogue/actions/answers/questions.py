"""Answer questions: from a support, by asking back, or by saying what is not covered."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.answers.ineligibility import explain, topic_findings
from bot.core.dialogue.actions.answers.lists import show_open_supports
from bot.core.dialogue.actions.supports import (
    WHOLE,
    show_fields,
    show_reply,
    show_support,
    siblings,
)
from bot.core.dialogue.context import TurnContext
from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.knowledge import DISTRICT, Support, SupportKind
from bot.core.domain.replies import Line, Reply, Role, Turn
from bot.core.domain.session import Effects, Mode, Profile, Session
from bot.core.nlu.classifiers.bureau_questions import MASK
from bot.core.nlu.list_reference import listed_supports
from bot.core.nlu.patterns import has_content
from bot.core.nlu.understanding import Act
from bot.core.nlu.unstated_topics import find_unwritten_topic
from bot.core.responses.fact_answer import FactAnswer
from bot.core.responses.fact_units import COVERS
from bot.core.responses.results_list import BEST, suited
from bot.core.responses.support_answer import main_options, support_option
from bot.core.responses.support_fields import ALL_BUREAUS, render_field
from bot.core.text.question_form import QuestionForm

# Supports that a reply without an answer suggests, and the confidence from which it does: one that
# the search is nearly sure of beside the support in focus. Measured on tests/talks: of 71 such
# replies beside a focus, 16 then name what was meant; of 32 others, 14.
MAX_SUGGESTED = 2
SUGGESTED_BESIDE_FOCUS, SUGGESTED_FROM = 0.5, 0.1


def _fields(context: TurnContext, act: Act) -> tuple[str, ...]:
    """Return the fields that show the aspects of an act: for the bureaus, all of them if asked."""
    if "who" not in act.aspects or not context.questions.asks_for_all_bureaus(act.text):
        return act.aspects
    return tuple(ALL_BUREAUS if aspect == "who" else aspect for aspect in act.aspects)


def _supports(context: TurnContext, act: Act) -> list[Support]:
    return [context.knowledge.supports[support] for support in act.supports]


# -- about one support -------------------------------------------------------------------------


def answer(context: TurnContext, session: Session, act: Act) -> Turn:
    """Answer from the support that the search found: the aspects that are asked for first."""
    (support,), fields = _supports(context, act), _fields(context, act)
    form, aspects = context.read_question(act.text)
    others = is_for_other_person(context, session, act.text)
    if form.yes_no and (role := _role_of_bureau(context, support, act.text)):
        fields = tuple(field for field in fields if field not in ("who", ALL_BUREAUS))
        return show_support(
            context, session, support, *fields, for_other_person=others, lead=_lines(role)
        )
    if fields and support.id == session.focus and not others:
        return answer_aspects(context, session, act)
    if WHOLE in fields:
        return show_fields(context, session, support, WHOLE)
    unwritten = _unwritten(context, support, act.text, form, aspects)
    lead = unwritten or context.facts.lead(form, aspects, support)
    shown = () if lead and len(fields) == 1 else fields
    if not lead and (fields == aspects or not aspects):
        told = {field: context.facts.on_aspect(form, (field,), support, ()) for field in fields}
        lead = tuple(line for found in told.values() if found for line in found.lines)
        shown = tuple(field for field in fields if not told[field])
    return show_support(context, session, support, *shown, for_other_person=others, lead=lead)


def _role_of_bureau(context: TurnContext, support: Support, text: str) -> str:
    """Return the part that a bureau has in a support, if a yes/no question asks whether to go to
    it: 网店贷款找教育局办吗; else ""."""
    names, masked = context.parser.bureaus.masked(context.parser.clean(text))
    sent_to = tuple(context.knowledge.questions.get("sent_to", ()))
    if len(names) != 1 or not masked.partition(MASK)[0].endswith(sent_to):
        return ""
    return context.phrasebook.role_of(support, names[0])


def _unwritten(
    context: TurnContext,
    support: Support,
    text: str,
    form: QuestionForm,
    aspects: Sequence[str],
) -> tuple[Line, ...]:
    """Return that no clause states the topic that a question asks for beside a support: 房租奖补和
    贷款能一起拿吗; () if it asks for none, or if the support states it."""
    topic, rest = find_unwritten_topic(context.parser.clean(text), context.knowledge)
    if not topic or not has_content(rest):
        return ()
    if context.facts.states(form, aspects, support) >= COVERS:
        return ()
    return context.facts.silent_on(support, topic).lines


def _lines(text: str) -> tuple[Line, ...]:
    """Return a text as an answer with facts below it."""
    first, *others = text.split("\n")
    return (Line(Role.ANSWER, first), *(Line(Role.FACT, other) for other in others))


def show_sibling(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show a support of the clause of the one in focus, with the fact that answers first."""
    (support,) = _supports(context, act)
    form, aspects = context.read_question(act.text)
    lead = context.facts.lead(form, aspects, support)
    return show_support(context, session, support, lead=lead)


def show_aspects(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show the aspects of a support."""
    (support,) = _supports(context, act)
    return show_fields(context, session, support, *_fields(context, act))


def answer_aspects(context: TurnContext, session: Session, act: Act) -> Turn:
    """Answer a question that only asks for aspects of the support in focus."""
    (focus,) = _supports(context, act)
    form, _ = context.read_question(act.text)
    if len(act.aspects) == 1:
        found = context.facts.on_aspect(form, act.aspects, focus, siblings(context, focus))
        if found:
            reply = context.renderer.fact_reply(focus, found.lines)
            return _naming(context, session, show_reply(context, session, focus, reply))
    return _naming(context, session, show_fields(context, session, focus, *_fields(context, act)))


def _naming(context: TurnContext, before: Session, turn: Turn) -> Turn:
    """Return the turn with the title of its support first, if the support was not in focus."""
    focus = turn.session.focus
    if focus == before.focus or focus not in context.knowledge.supports:
        return turn
    title = context.knowledge.supports[focus].title
    text = context.phrasebook.say("about_support", title=title)
    first, *others = turn.replies
    lines = (Line(Role.PLAIN, text), *first.layout())
    named = context.phrasebook.reply(*lines)._replace(choices=first.choices, links=first.links)
    return turn._replace(replies=(named, *others))


def answer_fact(context: TurnContext, session: Session, act: Act) -> Turn:
    """Answer a follow-up with the fact of the support in focus, or of its clause, that covers it;
    else say that the policy does not state it."""
    return _show_fact(context, session, act, _fact(context, act))


def _show_fact(context: TurnContext, session: Session, act: Act, fact: FactAnswer) -> Turn:
    """Show the answer to a follow-up. If nothing that is known was asked for, offer the supports
    that it may be about, and keep the question for the admin."""
    reply = context.renderer.fact_reply(fact.support, fact.lines)
    if fact.is_named:
        return show_reply(context, session, fact.support, reply)
    reply = context.renderer.suggesting(reply, _suggested(context, session, act.text))
    turn = show_reply(context, session, fact.support, reply)
    return turn._replace(effects=_to_inbox(turn.session, act.text))


def _suggested(context: TurnContext, session: Session, text: str) -> list[Support]:
    """Return the supports besides the one in focus that a message without an answer may be
    about, in a conversation about supports."""
    form, _ = context.read_question(text)
    if form.figures or not (session.shown or session.listed):
        return []  # A sum is denied, not looked for elsewhere.
    result = context.resolver.resolve(text, session.profile, context.today, in_talk=True)
    least = SUGGESTED_BESIDE_FOCUS if session.focus else SUGGESTED_FROM
    likely = [m.support for m in result.matches if m.confidence >= least]
    known = context.knowledge.supports
    found = [known[s] for s in likely if s != session.focus and not result.out_of_scope]
    return [s for s in found if s.kind is SupportKind.BENEFIT][:MAX_SUGGESTED]


def _fact(context: TurnContext, act: Act) -> FactAnswer:
    """Return the fact that answers a follow-up. If none covers the whole message but one covers a
    clause of it, the clause is the question."""
    (focus,) = _supports(context, act)
    near = siblings(context, focus)
    whole, clean = context.read_question(act.text), context.parser.clean(act.text)
    form, aspects = whole
    if context.facts.covers(form, aspects, (focus, *near)) < COVERS:
        parts = map(context.read_question, context.questions.pieces(clean))
        asking = ((f, a) for f, a in parts if f.asks)
        covered = (q for q in asking if context.facts.covers(*q, (focus,)) >= COVERS)
        form, aspects = next(covered, whole)
    return context.facts.answer(form, aspects, focus, near)


def follow_up_answers(context: TurnContext, profile: Profile, act: Act) -> list[FactAnswer]:
    """Return the answers to one of several follow-ups on a support."""
    (focus,) = _supports(context, act)
    if act.name == "unstated":
        return [context.facts.silent_on(focus, act.argument)]
    if act.name == "fact":
        return [_fact(context, act)]
    form, _ = context.read_question(act.text)
    answers = []
    for aspect in act.aspects:
        told = context.facts.on_aspect(form, (aspect,), focus, siblings(context, focus))
        text = render_field(context.phrasebook, focus, profile, aspect) if not told else ""
        answers.append(told or FactAnswer(focus, (Line(Role.ANSWER, text.split("\n")[0]),)))
    return answers


def quote(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show the quote of a support."""
    (support,) = _supports(context, act)
    return show_reply(context, session, support, context.renderer.quote_answer(support))


def say_unstated(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say that the policy does not state the topic `argument` for a support."""
    (support,) = _supports(context, act)
    reply = context.renderer.unstated_answer(support, act.argument)
    return show_reply(context, session, support, reply)


def say_who_may(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say who may apply for a support, or whether the identities `choices` may. They are not
    stored."""
    (support,) = _supports(context, act)
    if act.choices:
        reply = context.renderer.identity_answer(support, act.choices)
    else:
        reply = context.renderer.field_answer(support, session.profile, "conditions")
    return show_reply(context, session, support, reply)


def say_contact_in(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show aspects of a support for the district `choices`, which is stored."""
    (support,) = _supports(context, act)
    session = session.with_answer(DISTRICT, act.choices)
    return show_fields(context, session, support, *act.aspects)


def explain_refusal(context: TurnContext, session: Session, act: Act) -> Turn:
    """List the supports of the topic `argument` with the reasons that rule them out."""
    findings = topic_findings(context, session, act.argument)
    if len(findings) == 1:
        return show_fields(context, session, findings[0].support, "why")
    heading = context.phrasebook.say("refusal_head", topic=act.argument)
    return explain(context, session, heading, findings)


def is_for_other_person(context: TurnContext, session: Session, text: str) -> bool:
    """Return whether a question is for a person who has no profile of his own."""
    return not session.about and context.parser.is_about_other_person(text)


# -- asking back -------------------------------------------------------------------------------


def ask_which_support(context: TurnContext, session: Session, _act: Act) -> Turn:
    """Ask which support is meant, with the last list to choose from."""
    supports, phrasebook = context.knowledge.supports, context.phrasebook
    options = tuple(
        support_option(phrasebook, supports[s]) for s in listed_supports(session) if s in supports
    )
    reply = Reply(phrasebook.say("no_focus"), options or main_options(phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))


def offer_supports(context: TurnContext, session: Session, act: Act) -> Turn:
    """Offer the supports that a question may mean."""
    renderer, supports = context.renderer, _supports(context, act)
    session = session._replace(mode=Mode.CLARIFY, focus="", asked=act.text)
    reply = renderer.clarification(supports)
    form, _ = context.read_question(act.text)
    if denied := context.facts.denial(form, supports):
        reply = reply._replace(text=f"{denied}\n{reply.text}")
    return Turn(session, (reply,), outcome="clarify")


def offer_by_character(context: TurnContext, session: Session, act: Act) -> Turn:
    """Offer the supports that a message of one character may mean."""
    session = session._replace(mode=Mode.CLARIFY, focus="", asked=act.text)
    reply = context.renderer.clarification(_supports(context, act))
    return Turn(session, (reply,), outcome="clarify")


def ask_which_policy(context: TurnContext, session: Session, act: Act) -> Turn:
    """Offer the supports of several policies that the same question asks for."""
    session = session._replace(mode=Mode.CLARIFY, focus="", asked=act.text)
    reply = context.renderer.policy_clarification(_supports(context, act))
    return Turn(session, (reply,), outcome="clarify")


def acknowledge(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say that it is not clear what a message asks, and offer supports that share a term with it,
    and the interview."""
    phrasebook, supports = context.phrasebook, _supports(context, act)
    if session.profile and not (supports or session.focus):
        return show_open_supports(context, session)
    options = [support_option(phrasebook, support) for support in supports]
    options += main_options(phrasebook)
    reply = Reply(phrasebook.say("unsure_statement"), tuple(options))
    return interview.ask_pending(context, Turn(session, (reply,)))


# -- what is not covered -----------------------------------------------------------------------


def say_unknown(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say that the policy does not cover a question, and keep the question for the admin."""
    form, aspects = context.read_question(act.text)
    focus = context.knowledge.supports.get(session.focus)
    if focus and form.asks and not form.about_bot:
        fact = context.facts.answer(form, aspects, focus, siblings(context, focus))
        turn = _show_fact(context, session, act, fact._replace(support=focus))
        return turn._replace(outcome="unknown", effects=_to_inbox(turn.session, act.text))
    asks = form.asks and not form.about_bot
    asked = form.said if asks and act.supports else ""
    suggested = _suggested(context, session, act.text) if asks else []
    turn = _unknown(context, session, act, asked, suggested=suggested)
    return turn if session.listed or suggested else _with_best(context, turn)


def _with_best(context: TurnContext, turn: Turn) -> Turn:
    """Offer the supports that suit the user best below a reply that has no answer."""
    profile = turn.session.profile
    if not profile or turn.session.interviewing:
        return turn
    found = suited(context.ranked_findings(profile))[:BEST]
    if not found:
        return turn
    *before, reply = turn.replies
    text = f"{reply.text}\n{context.phrasebook.say('best_for_you')}"
    options = tuple(support_option(context.phrasebook, f.support) for f in found)
    reply = reply._replace(text=text, choices=(*options, *reply.choices))
    return turn._replace(replies=(*before, reply))


def say_out_of_scope(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say where the out-of-scope topic `argument` belongs."""
    reply = context.renderer.unknown_answer(act.argument, other_city=False)
    entry = InboxEntry(EntryKind.OUT_OF_SCOPE, act.text, act.argument)
    turn = Turn(session, (reply,), outcome="unknown", effects=Effects(entries=(entry,)))
    return interview.ask_pending(context, turn)


def say_other_city(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say that only the rules of this city are known."""
    return _unknown(context, session, act, "", other_city=True)


def _unknown(
    context: TurnContext,
    session: Session,
    act: Act,
    asked: str,
    *,
    other_city: bool = False,
    suggested: Sequence[Support] = (),
) -> Turn:
    reply = context.renderer.unknown_answer(
        "", other_city=other_city, asked=asked, suggested=suggested
    )
    effects = _to_inbox(session, act.text)
    turn = Turn(session, (reply,), outcome="unknown", effects=effects)
    return interview.ask_pending(context, turn)


def reject_candidates(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Take it that none of the offered supports is meant: the question is not covered."""
    reply = context.renderer.unknown_answer("", other_city=False)
    effects = _to_inbox(session, session.asked)
    mode = Mode.INTERVIEW if session.interviewing else Mode.IDLE
    turn = Turn(
        session._replace(mode=mode, asked=""), (reply,), outcome="unknown", effects=effects
    )
    return interview.ask_pending(context, turn)


def _to_inbox(session: Session, text: str) -> Effects:
    """Return the effect of a question that nothing answers; none without a text."""
    entry = InboxEntry(EntryKind.UNKNOWN, text, session.focus)
    return Effects(entries=(entry,) if text else ())
