"""Carry out the acts of a message: alone, beside a question, or offered to choose from.

A clause is an act if it equals a sample of the knowledge, or if the act model is certain. A clause
that states facts, and a question that the search answers for certain, are no acts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bot.core.dialogue import actions, interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.policy import CONTENT_WHEN, INTRODUCTIONS, WITH_CONTENT, Row, holds, row_for
from bot.core.dialogue.question_resolver import NEARLY_EQUAL, decide, is_sure
from bot.core.dialogue.whose_matter import read_facts
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Option, Session
from bot.core.nlu.acts import HEARSAY, OUT_OF_SCOPE, ActScore, is_talk
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.unstated_topics import find_unwritten_topic
from bot.core.responses.support_answer import main_options
from bot.core.text.normalizer import segments

# The gate's probability and that of the act from which an act is carried out, in a message of one
# clause and in a clause of a longer message; and the gate's from which acts are offered. Chosen on
# a test set by other writers (docs/decisions/042).
GATE_FROM, PROBABILITY_FROM = 0.5, 0.3
CLAUSE_GATE_FROM, CLAUSE_PROBABILITY_FROM = 0.7, 0.4
OFFER_FROM = 0.5
# The gate's probability from which a message of several clauses is one act; that and the
# probability of the act from which it answers what the search does not.
WHOLE_FROM = 0.9
LIKELY_TALK, LIKELY_FROM = 0.1, 0.8
# Probability of an everyday matter from which only an act of this probability is carried out.
OFF_TOPIC_FROM, SURE_ACT = 0.75, 0.995
# Probability from which a message is something heard, to be confirmed: no doubt about the bot.
HEARSAY_FROM = 0.6
# Probability from which an act that names policy content needs no gate.
SURE_CONTENT_ACT = 0.95
# Acts whose sentences stand before an answer.
MAX_BESIDE = 2
# The gate's probability from which an act precedes an answer of the search, and a sure one or a
# topic that no policy covers.
ANSWERED_TALK, SURE_TALK = 0.95, 0.97
# Acts that are offered to choose from, and the likeliest ones of which they are taken.
MAX_OFFERED, MAX_SCORED = 3, 5
# The commands that are offered to choose from, with the phrase of the button.
_OFFERED = {
    "who_am_i": phrase_id("act_about_bot"),
    "guarantee": phrase_id("act_guarantee"),
    "privacy": phrase_id("act_privacy"),
    "valid": phrase_id("act_validity"),
    "help": phrase_id("button_help"),
    "human": phrase_id("act_human"),
    "start": phrase_id("button_start"),
    "back": phrase_id("button_back"),
    "skip": phrase_id("button_skip"),
    "unsure": phrase_id("button_skip"),
    "none_fits": phrase_id("button_skip"),
    "restart": phrase_id("button_restart"),
    "me": phrase_id("button_me"),
    "edit": phrase_id("act_edit"),
    "forget_ask": phrase_id("act_forget"),
    "results": phrase_id("button_results"),
    "more": phrase_id("button_more"),
    "repeat": phrase_id("act_repeat"),
    "brief": phrase_id("act_simpler"),
    "summary": phrase_id("act_summary"),
    "plan": phrase_id("button_plan"),
    "next": phrase_id("button_next"),
    "compare": phrase_id("act_compare"),
}
# Shortest clause, in characters, that is scored.
MIN_CLAUSE = 2

# Takes what is left of the message.
TakeRest = Callable[[TurnContext, Session, str], Turn]


class Clause(NamedTuple):
    """A clause and the act that it performs; `row` is None for a clause that is no act."""

    text: str
    act: str = ""
    row: Row | None = None


def take_acts(
    context: TurnContext, session: Session, text: str, take_rest: TakeRest
) -> Turn | None:
    """Return the turn of a message that performs acts, with the answer to the rest of it; None if
    it performs none."""
    clean = context.parser.clean(text)
    if row := row_for(context.acts.exact(clean), session):
        return _run(context, session, row, text)
    if _says_nothing(context, text):
        return None
    parts = segments(clean)
    if len(parts) <= 1:
        row = _certain(context, session, clean, GATE_FROM, PROBABILITY_FROM)
        if row:
            return _run(context, session, row, text)
        return _offer(context, session, clean)
    whole = _certain(context, session, clean, WHOLE_FROM, PROBABILITY_FROM)
    if whole and not any(_is_question(context, session, part) for part in parts):
        return _run(context, session, whole, text)
    clauses = [_clause(context, session, part) for part in parts if len(part) >= MIN_CLAUSE]
    if any(clause.act in INTRODUCTIONS for clause in clauses):
        return None
    acts = list(dict.fromkeys(clause.row for clause in clauses if clause.row))
    rest = "，".join(clause.text for clause in clauses if not clause.row)
    if not acts:
        row = _certain(context, session, clean, GATE_FROM, PROBABILITY_FROM)
        return _run(context, session, row, text) if row else None
    beside = [row for row in acts if row.beside][:MAX_BESIDE]
    if not rest and len(beside) < 2:
        return _run(context, session, (*beside, *acts)[0], text)
    if not rest:
        turn = _run(context, session, beside.pop(), text)
    else:
        turn = take_rest(context, session, rest)
    said = [
        reply._replace(choices=())
        for row in beside
        for reply in actions.run_command(context, session, row.command).replies[:1]
    ]
    return turn._replace(replies=(*said, *turn.replies))


def fallback_act(context: TurnContext, session: Session, text: str) -> Turn | None:
    """Return the turn of the likeliest act of a message that the search does not answer; None if
    no act is likely."""
    clean = context.parser.clean(text)
    if _says_nothing(context, text):
        return None
    score = context.acts.score(clean)
    name = score.act
    likely = score.acts.get(name, 0.0) >= LIKELY_FROM and score.talk >= LIKELY_TALK
    if not likely or not _may_be_act(context, session, clean):
        return None
    row = row_for(name, session)
    return _run(context, session, row, text) if row else None


def _clause(context: TurnContext, session: Session, text: str) -> Clause:
    act = context.acts.exact(text)
    row = row_for(act, session)
    if row is None:
        row = _certain(context, session, text, CLAUSE_GATE_FROM, CLAUSE_PROBABILITY_FROM)
        act = context.acts.score(text).act if row else ""
    return Clause(text, act, row)


def _says_nothing(context: TurnContext, text: str) -> bool:
    """Return whether a message is at most one character besides function words: it is no act
    unless it equals a sample."""
    characters = "".join(context.parser.content_words(text))
    return len(characters) <= 1 or context.parser.is_fragment(text)


def _certain(
    context: TurnContext, session: Session, clean: str, gate: float, probability: float
) -> Row | None:
    """Return the row of the act that the model is certain of; None for a clause that states facts
    or that the search answers for certain."""
    score = context.acts.score(clean)
    certainty = score.acts.get(score.act, 0.0)
    least = WITH_CONTENT.get(score.act, 1.0)
    if score.talk >= least and certainty >= SURE_CONTENT_ACT and holds(CONTENT_WHEN, session):
        result = context.resolver.resolve(clean, session.profile, context.today)
        known = bool(result.matches) and result.matches[0].evidence.nearest >= NEARLY_EQUAL
        known = known or _asks_for_aspect(context, clean)
        return None if known or _is_off_topic(score) else row_for(score.act, session)
    if score.talk < gate or certainty < probability:
        return None
    return row_for(score.act, session) if _may_be_act(context, session, clean) else None


def _may_be_act(context: TurnContext, session: Session, clean: str) -> bool:
    score = context.acts.score(clean)
    # "我不是学生能不能办" asks; it does not ask to change an answer.
    asks = score.act in INTRODUCTIONS and is_question(clean)
    hearsay = score.requests.get(HEARSAY, 0.0) >= HEARSAY_FROM
    if asks or hearsay or not is_talk(score.act) or _is_off_topic(score):
        return False
    return not _is_content(context, session, clean)


def _is_off_topic(score: ActScore) -> bool:
    """Return whether a text is about everyday matters rather than an act of the conversation."""
    off_topic = score.requests.get(OUT_OF_SCOPE, 0.0) >= OFF_TOPIC_FROM
    return off_topic and score.acts.get(score.act, 0.0) < SURE_ACT


def _is_content(context: TurnContext, session: Session, clean: str) -> bool:
    facts = read_facts(context, session, clean).of(session.about)
    if (facts.stated or facts.denied) and (facts.sure or session.interviewing):
        return True
    if session.focus and _asks_for_aspect(context, clean):
        return True
    if any(context.parser.is_only(clean, slot) for slot in context.knowledge.slots.values()):
        return True
    result = context.resolver.resolve(clean, session.profile, context.today)
    answers = decide(result, len(clean)) == "answer"
    if answers and result.matches[0].evidence.nearest >= NEARLY_EQUAL:
        return True
    talk = context.acts.score(clean).talk
    if answers or result.out_of_scope:
        return talk < (SURE_TALK if is_sure(result) or result.out_of_scope else ANSWERED_TALK)
    return False


def _is_question(context: TurnContext, session: Session, clause: str) -> bool:
    """Return whether the search answers a clause for certain, or the clause states facts."""
    if _is_content(context, session, clause):
        return True
    result = context.resolver.resolve(clause, session.profile, context.today)
    return decide(result, len(clause)) == "answer" and is_sure(result)


def _asks_for_aspect(context: TurnContext, clean: str) -> bool:
    """Return whether a text is only the knowledge's words for an aspect or an unstated topic."""
    fields, rest = context.parser.fields(clean)
    if fields and not has_content(rest):
        return True
    return bool(find_unwritten_topic(clean, context.knowledge)[0])


def _run(context: TurnContext, session: Session, row: Row, text: str) -> Turn:
    command = row.command
    if command == "compare":
        command = f"compare:{text}"
    return actions.run_command(context, session, command)


def _offer(context: TurnContext, session: Session, clean: str) -> Turn | None:
    """Offer the likeliest acts of a message that is talk about the bot or the conversation, but
    not clearly one act; None for any other message."""
    score = context.acts.score(clean)
    if score.talk < OFFER_FROM or not _may_be_act(context, session, clean):
        return None
    likeliest = list(score.acts)[:MAX_SCORED]
    rows = [row for name in likeliest if (row := row_for(name, session))]
    rows = [row for row in rows if row.command in _OFFERED]
    if not rows:
        return None
    options = _options(context, rows)
    reply = Reply(context.phrasebook.say("acts_offer"), options)
    return interview.ask_pending(context, Turn(session, (reply,)))


def _options(context: TurnContext, rows: Sequence[Row]) -> tuple[Option, ...]:
    say_id = context.phrasebook.say_id
    found = {
        row.command: Option(f"c:{row.command}", say_id(_OFFERED[row.command])) for row in rows
    }
    options = list(found.values())[:MAX_OFFERED]
    known = {option.id for option in options}
    options += [o for o in main_options(context.phrasebook) if o.id not in known]
    return tuple(options[:MAX_OFFERED])
