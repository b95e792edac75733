"""Answer a message with several questions: a short answer to each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.answers.questions import follow_up_answers, is_for_other_person
from bot.core.dialogue.context import TurnContext
from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.knowledge import Support
from bot.core.domain.replies import Line, Role, Turn
from bot.core.domain.session import Effects, Mode, Profile, Session
from bot.core.eligibility.verdicts import Verdict, evaluate
from bot.core.nlu.question_form import NAME_MAX
from bot.core.nlu.understanding import Act
from bot.core.responses.phrasebook import SEPARATOR
from bot.core.responses.silence import ASPECTS, silence
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
    items = [item for part in answered for item in _items(context, profile, part)]
    lines = _lines(context, items)
    if any("who" in part.aspects for part in answered):
        lines.append(Line(Role.FACT, phrasebook.say("several_call")))
    if left:
        questions = "”“".join(part.text for part in left)
        lines.append(Line(Role.HINT, phrasebook.say("several_left", questions=questions)))
    offered = [p.supports if p.name == "clarify" else p.supports[:1] for p in answered]
    options = list(dict.fromkeys(s for group in offered for s in group))[:MAX_OPTIONS]
    judged = any(item.verdict for item in items)
    lines += context.renderer.ages([supports[s] for s in options], lines, judged=judged)
    shown = [p.supports[0] for p in answered if p.supports and p.name != "clarify"]
    knowledge = context.knowledge
    reply = phrasebook.reply(*lines)._replace(
        choices=tuple(support_option(phrasebook, supports[s]) for s in options),
        cards=tuple(
            context.renderer.card(
                evaluate(supports[s], profile, knowledge, context.today), profile
            )
            for s in dict.fromkeys(shown)
        ),
    )
    cites = tuple(dict.fromkeys(supports[s].clause for s in options))
    effects = Effects(entries=tuple(_entry(p) for p in parts if p.name == "unknown"))
    if shown:
        session = session._replace(mode=Mode.DETAIL, focus=shown[-1], asked="")
        return Turn(session, (reply,), cites=cites, outcome="answer", effects=effects)
    if reply.choices:
        session = session._replace(mode=Mode.CLARIFY, asked="")
        return Turn(session, (reply,), cites=cites, outcome="clarify", effects=effects)
    return Turn(session, (reply,), outcome="unknown", effects=effects)


def _entry(part: Act) -> InboxEntry:
    """Return the entry of a question that no support answers; its argument: the out-of-scope topic
    that does, if any."""
    kind = EntryKind.OUT_OF_SCOPE if part.argument else EntryKind.UNKNOWN
    return InboxEntry(kind, part.text, part.argument)


class _Item(NamedTuple):
    """The answer to one question. `label`: what is asked, in a word; `text`: the answer, "" if it
    is that `support` does not state `unwritten`; `lead`: its lead bureau; `verdict`: that it does
    not suit the user; `later`: what later rules state."""

    label: str
    text: str
    support: Support | None = None
    unwritten: str = ""
    lead: str = ""
    verdict: str = ""
    later: tuple[Line, ...] = ()


def _lines(context: TurnContext, items: Sequence[_Item]) -> list[Line]:
    """Return a row for each answer, then in one sentence for each bureau what is not stated, then
    the later rules. A bureau that leads several supports in turn is named once."""
    say, lines, lead = context.phrasebook.say, [], ""
    silent: dict[str, list[_Item]] = {}
    for item in items:
        if item.unwritten and item.support:
            whom = context.phrasebook.unstated_contact(item.support)
            silent.setdefault(whom, []).append(item)
            continue
        texts = [item.text, "" if item.lead in ("", lead) else say("several_lead", lead=item.lead)]
        lead = item.lead or lead
        answer = "".join((*texts, item.verdict))
        lines.append(Line(Role.FACT, say("several_item", label=item.label, answer=answer)))
    for group in silent.values():
        unwritten = [item.unwritten for item in group]
        if support := group[0].support:
            lines.append(Line(Role.FACT, silence(context.phrasebook, support, *unwritten)))
    return [*lines, *dict.fromkeys(line for item in items for line in item.later)]


def _items(context: TurnContext, profile: Profile, part: Act) -> Iterator[_Item]:
    """Return the answers to a part of the message: one for each aspect that it asks for."""
    phrasebook, known = context.phrasebook, context.knowledge.supports
    label = _label(context, part)
    if part.name == "clarify":
        titles = "｜".join(phrasebook.title(known[support]) for support in part.supports)
        yield _Item(label, phrasebook.say("several_clarify", titles=titles))
    elif part.name == "unknown":
        yield _Item(label, _not_covered(context, part.argument))
    elif not part.supports:
        yield _Item(label, phrasebook.say("no_focus"))
    elif part.name == "answer":
        yield _answer(context, profile, part, label)
    elif part.name == "field":
        support = known[part.supports[0]]
        rows = [render_field(phrasebook, support, profile, f).split("\n") for f in part.aspects]
        yield _Item(label, "".join(row[0] for row in rows), support)
    else:
        for found in follow_up_answers(context, profile, part):
            first, *others = found.lines
            text, unwritten = ("" if found.unwritten else first.text), found.unwritten
            if found.unwritten and not found.is_named:
                whom = phrasebook.unstated_contact(found.support)
                text, unwritten = phrasebook.say("several_not_found", ask=whom), ""
                others = [line for line in others if line.role is Role.LATER]
            yield _Item(label, text, found.support, unwritten, later=tuple(others))


def _answer(context: TurnContext, profile: Profile, part: Act, label: str) -> _Item:
    """Return the answer from the support that a question is about: the asked fields, else just
    what is asked, else its summary; whether it is closed or does not suit the user."""
    phrasebook, support = context.phrasebook, context.knowledge.supports[part.supports[0]]
    form, aspects = context.read_question(part.text)
    texts, is_silent = [phrasebook.closed_note(support)], not part.aspects
    for field in part.aspects:
        told = context.facts.on_aspect(form, (field,), support, ())
        row = render_field(phrasebook, support, profile, field).split("\n")[0]
        texts.append(told.lines[0].text if told else row)
        is_silent |= bool(told and told.unwritten)
    lead = () if part.aspects else context.facts.lead(form, aspects, support)
    if lead:
        texts.append(lead[0].text)
    elif is_silent:
        what, place = support.summary.rstrip("。"), phrasebook.clause(support).place
        texts.append(phrasebook.say("fact", what=what, place=place))
    stated = [(update, update.say) for update in rules_on(support, *part.aspects)]
    later = phrasebook.later_statements(stated, context.renderer.told)
    finding = evaluate(support, profile, context.knowledge, context.today)
    verdict = ""
    if profile and finding.verdict is Verdict.NOT_APPLICABLE:
        verdict = phrasebook.verdict(finding, profile)
    return _Item(
        label,
        "".join(text.rstrip("。") + "。" for text in texts if text),
        support,
        lead="" if "who" in part.aspects else phrasebook.contact(support),
        verdict=verdict,
        later=(*lead[1:], *(Line(Role.LATER, text) for text in later)),
    )


def _not_covered(context: TurnContext, topic_id: str) -> str:
    """Return that the policies do not cover a topic, with its hotline."""
    phrasebook, these = context.phrasebook, context.phrasebook.these_papers()
    topic = context.knowledge.signposts.get(topic_id)
    number = topic.hotline if topic else ""
    if not number:
        return phrasebook.say("several_unknown", these_papers=these)
    line = context.knowledge.hotlines[number].title
    return phrasebook.say("several_elsewhere", these_papers=these, hotline=number, line=line)


def _label(context: TurnContext, part: Act) -> str:
    """Return what a question asks for in a word or two: its aspects, the question itself if it is
    short, or the title of its support."""
    names = [ASPECTS[aspect] for aspect in part.aspects if aspect in ASPECTS]
    if names and part.name != "answer":
        return SEPARATOR.join(map(context.phrasebook.say_id, names))
    form, _ = context.read_question(part.text)
    support = context.knowledge.supports.get(part.supports[0]) if part.supports else None
    name = context.questions.trimmed(form.clean)
    if len(name) <= NAME_MAX:
        return name
    return support.title if support else form.said or name
