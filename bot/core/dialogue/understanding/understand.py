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
from bot.core.dialogue.policy import answers
from bot.core.dialogue.ranker import Candidate
from bot.core.dialogue.understanding import (
    earlier_matter,
    instructions,
    list_requests,
    multi_question,
    preparation,
    questions,
    requests,
    search,
    statements,
    talk,
)
from bot.core.dialogue.understanding.candidates import candidates, log_odds, state
from bot.core.dialogue.understanding.situation import Found, Reading, Recogniser, Situation
from bot.core.domain.session import Session
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.understanding import Act, Understanding


def _unanswered_act(situation: Situation) -> Found:
    if situation.search.result.out_of_scope:
        return None
    return talk.unanswered_act(replace(situation, text=situation.asked))


QUESTIONS: tuple[Recogniser, ...] = (
    Recogniser("comparison", requests.comparison),
    Recogniser("several", multi_question.several),
    Recogniser("earlier_matter", earlier_matter.earlier_matter),
    Recogniser("refusal", questions.refusal),
    Recogniser("list", list_requests.list_request),
    Recogniser("aspect", questions.aspect),
    Recogniser("aspect_of_bureau", questions.aspect_of_bureau),
    Recogniser("aspect_of_other", questions.aspect_of_other),
    Recogniser("ineligible", questions.ineligible),
    Recogniser("no_topic", questions.no_topic),
    Recogniser("aspect_in_district", questions.aspect_in_district),
    Recogniser("aspect_why", questions.aspect_why),
    Recogniser("who_may", questions.who_may),
    Recogniser("follow_up", questions.follow_up),
    Recogniser("character", search.character),
    Recogniser("request", search.request),
    Recogniser("look_alikes", search.look_alikes),
    Recogniser("search", search.search),
    Recogniser("unstated", search.unstated),
    Recogniser("unanswered_act", _unanswered_act),
    Recogniser("not_covered", search.not_covered),
)


def _question_of_facts(situation: Situation) -> Found:
    """Recognise the question in a message that also states facts."""
    stated = situation.informed
    if stated is None:
        return None
    alone = replace(situation, informed=None)
    if statements.names_support(situation) or statements.is_question_of_unknown(situation):
        return _first(QUESTIONS, replace(alone, text=situation.whole))
    rest = situation.text
    if not rest or not statements.asks_besides(situation):
        return None
    elsewhere = statements.asks_elsewhere(situation)
    found = _first(QUESTIONS, replace(alone, text=rest if elsewhere else situation.whole))
    if not answers(found) and not elsewhere and has_content(stated.asked):
        # "我是学生点样休学": without the fact, the rest is the question.
        found = _first(QUESTIONS, replace(alone, text=stated.asked))
    return found if answers(found) or elsewhere or is_question(rest) else None


_ACT = Recogniser("act_model", talk.act_model)
# The rules whose act is a candidate of the ranker: for a message without facts, and for one with
# facts.
PLAIN_RULES = (_ACT, *QUESTIONS)
FACT_RULES = (
    Recogniser("question_of_facts", _question_of_facts),
    Recogniser("after_facts", statements.after_facts),
)


def _facts(situation: Situation) -> Found:
    """Recognise facts, unless the act model is certain that the message is an act as a whole."""
    is_act = _ACT.name not in situation.context.without and _ACT.find(situation)
    return None if is_act else statements.facts(situation)


def _ranked(situation: Situation) -> Act:
    """Recognise the best of the acts that a message may perform."""
    asked = _asked(situation)
    context, found = situation.context, candidates(asked)
    rule = _first(FACT_RULES if situation.informed else PLAIN_RULES, situation)
    names = {f"rule_{rule.recogniser}": 1.0, f"rule_{rule.recogniser}_{rule.name}": 1.0}
    found.append(Candidate(rule, "rule", {**names, "confidence": log_odds(rule.confidence)}))
    chosen = context.ranker.choose({**state(asked), f"by_{rule.name}": 1.0}, found)
    named = chosen.kind if chosen.kind != "rule" else chosen.act.recogniser
    return chosen.act._replace(recogniser=named)


def _asked(situation: Situation) -> Situation:
    """Return the part of a message that may ask something: all of it, also the facts, because
    "我是学生点样休学" names its topic with them; without them if the rest is out of scope."""
    if situation.informed is None:
        return situation
    rest = situation.text
    elsewhere = bool(rest and situation.resolve(rest).out_of_scope)
    return situation if elsewhere else replace(situation, text=situation.whole)


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
    Recogniser("sample", talk.sample),
    Recogniser("paper_details", questions.paper_details),
    Recogniser("list_part", list_requests.list_part),
    Recogniser("corrected_answer", instructions.corrected_answer),
    Recogniser("invalid_number", instructions.invalid_number),
    Recogniser("acts_of_clauses", talk.acts_of_clauses),
    Recogniser("facts", _facts),
    Recogniser("contact_in_district", statements.contact_in_district),
    Recogniser("list_besides_facts", list_requests.list_besides_facts),
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


def _first(recognisers: Sequence[Recogniser], situation: Situation) -> Act:
    """Return the act of the first recogniser that finds one."""
    for recogniser in _used(recognisers, situation.context):
        found = recogniser.find(situation)
        if isinstance(found, Act):
            return found._replace(recogniser=found.recogniser or recogniser.name)
    raise AssertionError("the last recogniser finds an act for every text")
