"""Decide what a message means: the only place that does.

`RECOGNISERS` are asked in order. The first one that recognises a part of the message decides what
this part means; the next ones are asked about the rest of it, if there is one. The order is the
order of trust: what was offered, words that are a command, a text that equals a sample, clauses
that are acts, facts. The last one, `ranked`, weighs everything that the rest may mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.understanding import (
    instructions,
    list_requests,
    preparation,
    questions,
    search,
    statements,
    talk,
)
from bot.core.dialogue.understanding.candidates import candidates
from bot.core.dialogue.understanding.evidence import state
from bot.core.dialogue.understanding.situation import Found, Reading, Recogniser, Situation
from bot.core.domain.session import Session
from bot.core.nlu.patterns import has_content
from bot.core.nlu.understanding import Act, Understanding


def _facts(situation: Situation) -> Found:
    """Recognise facts, unless the act model is certain that the message is an act as a whole."""
    is_act = talk.act_model(situation)
    return None if is_act else statements.facts(situation)


def _ranked(situation: Situation) -> Act:
    """Recognise the best of the acts that a message may perform."""
    asked = _asked(situation)
    context, found = situation.context, candidates(asked)
    chosen = context.ranker.choose(state(asked), found)
    return chosen.act._replace(recogniser=chosen.kind)


def _asked(situation: Situation) -> Situation:
    """Return the part of a message that may ask something. Of a message that also states facts it
    is all of it, because the facts may name the topic; if the search does not answer that, or with
    what is not wanted ("我不想贷款，有什么补贴"), the part that it is surest of: what is left of
    the message, or its questions ("点样休学" of "我是学生点样休学"). It is what is left if that is
    out of scope."""
    rest, stated = situation.text, situation.informed
    if stated is None:
        return situation
    if rest and situation.resolve(rest).out_of_scope:
        return situation
    whole = replace(situation, text=situation.whole)
    refused = any(whole.refuses(support) for support in whole.search.best[:1])
    if whole.search.outcome == "answer" and not refused:
        return whole
    parts = [part for part in (rest, stated.asked) if has_content(part)]
    if not refused or not parts:
        parts.insert(0, situation.whole)
    surest = max(parts, key=lambda part: situation.resolve(part).confidence)
    return replace(situation, text=surest)


RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser("personal_number", preparation.personal_number),
    Recogniser("expression", preparation.expression),
    Recogniser("long_message", preparation.long_message),
    Recogniser("person", preparation.person),
    Recogniser("nothing", preparation.nothing),
    Recogniser("confirmation", instructions.confirmation),
    Recogniser("selection", instructions.selection),
    Recogniser("list_reference", instructions.list_reference),
    Recogniser("bureau", instructions.bureau),
    Recogniser("open_answer", instructions.open_answer),
    Recogniser("paper_content", questions.paper_content),
    Recogniser("sample", talk.sample),
    Recogniser("paper_details", questions.paper_details),
    Recogniser("list_part", list_requests.list_part),
    Recogniser("corrected_answer", instructions.corrected_answer),
    Recogniser("invalid_number", instructions.invalid_number),
    Recogniser("acts_of_clauses", talk.acts_of_clauses),
    Recogniser("facts", _facts),
    Recogniser("character", search.character),
    Recogniser("ranked", _ranked),
)


def understand(context: TurnContext, session: Session, text: str) -> Understanding:
    """Return what a text means in a conversation. `context.without` names the recognisers that are
    left out."""
    situation = Situation(context, session, text)
    acts: list[Act] = []
    for recogniser in _used(RECOGNISERS, context):
        found = _reading(recogniser.find(situation))
        if found is None:
            continue
        acts += [act._replace(recogniser=act.recogniser or recogniser.name) for act in found.acts]
        if found.rest is None:
            break
        situation = found.then or replace(situation, text=found.rest)
    facts = next((act.facts for act in acts if act.facts), None)
    return Understanding(tuple(acts), facts, situation.read_form)


def _used(recognisers: Sequence[Recogniser], context: TurnContext) -> Iterable[Recogniser]:
    if not context.without:
        return recognisers
    # The last one understands everything.
    return [r for r in recognisers if r.name not in context.without or r is recognisers[-1]]


def _reading(found: Found) -> Reading | None:
    return Reading((found,)) if isinstance(found, Act) else found
