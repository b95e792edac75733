"""Recognise the acts that samples describe: alone or beside a question.

A clause is an act if it equals a sample of the knowledge, or if the act model is certain. A clause
that states facts, and a question that the search answers for certain, are no acts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.core.dialogue.policy import (
    CONTENT_WHEN,
    INTRODUCTIONS,
    PLAIN_COMMANDS,
    TAGS,
    WITH_CONTENT,
    Row,
    holds,
    row_for,
)
from bot.core.dialogue.question_resolver import NEARLY_EQUAL, decide, is_sure
from bot.core.dialogue.understanding.comparison import comparison
from bot.core.dialogue.understanding.situation import Found, Reading, Situation
from bot.core.nlu.classifiers.acts import (
    ADVICE,
    HEARSAY,
    OUT_OF_SCOPE,
    RECOMMEND,
    TALK_FROM,
    ActScore,
    is_talk,
)
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.understanding import Act
from bot.core.nlu.unstated_topics import find_unwritten_topic

# The gate's probability and that of the act from which an act is carried out, in a message of one
# clause and in a clause of a longer message. Chosen on a test set by other writers
# (docs/decisions/042).
GATE_FROM, PROBABILITY_FROM = 0.7, 0.3
CLAUSE_GATE_FROM, CLAUSE_PROBABILITY_FROM = 0.85, 0.5
# The gate's probability from which a message of several clauses is one act.
WHOLE_FROM = 0.9
# Probability of an everyday matter from which only an act of this probability is carried out.
OFF_TOPIC_FROM, SURE_ACT = 0.75, 0.998
# Probability from which a message is something heard, to be confirmed: no doubt about the bot.
HEARSAY_FROM = 0.6
# Probability from which a message asks to choose a support, whatever act is likely besides these.
RECOMMEND_FROM = 0.8
# Probability from which an act that names policy content needs no gate.
SURE_CONTENT_ACT = 0.95
# Acts whose sentences stand before an answer.
MAX_BESIDE = 2
# The gate's probability from which an act precedes an answer of the search, and a sure one or a
# topic that no policy covers.
ANSWERED_TALK, SURE_TALK = 0.95, 0.97
# The last characters of the name of a slot, by which people name it: 需求, 县区.
SLOT_WORD = 2
# A clause that only counts the questions of a message: “第三，”.
_ORDINAL = re.compile(r"第[一二三四五六七八九十0-9]+$")
# Shortest clause, in characters, that is scored.
MIN_CLAUSE = 2


class Clause(NamedTuple):
    """A clause, its number, and the act that it performs; `row` is the row of the policy for the
    act, None for a clause that is no act."""

    text: str
    number: int
    act: str = ""
    confidence: float = 1.0
    row: Row | None = None


def sample(situation: Situation) -> Found:
    """Recognise a text that equals a sample of an act, also after acts that only introduce it:
    “选错了，上一题”."""
    exact, clauses = situation.context.acts.exact, situation.clauses
    name = exact(situation.clean)
    if not name and len(clauses) > 1 and all(map(exact, clauses[:-1])):
        name = exact(clauses[-1])
    if name in PLAIN_COMMANDS:
        return Act("command", argument=PLAIN_COMMANDS[name])
    return act_named(name, situation) if row_for(name, situation.session) else None


def act_model(situation: Situation) -> Act | None:
    """Recognise a message that is one act as a whole."""
    if _says_nothing(situation):
        return None
    if len(situation.clauses) <= 1:
        return _certain_act(situation, GATE_FROM, PROBABILITY_FROM)
    act = _certain_act(situation, WHOLE_FROM, PROBABILITY_FROM)
    if act and not any(_is_question(_part(situation, part)) for part in situation.clauses):
        return act
    return None


def acts_of_clauses(situation: Situation) -> Found:
    """Recognise the clauses of a message that are acts; the others are left to be understood."""
    if len(situation.clauses) <= 1 or _says_nothing(situation) or comparison(situation):
        return None
    clauses = [
        _clause(_part(situation, part), number)
        for number, part in enumerate(situation.clauses)
        if len(part) >= MIN_CLAUSE
    ]
    if any(clause.act in INTRODUCTIONS | TAGS for clause in clauses):
        return None
    if _is_one(situation, clauses) and (whole := act_model(situation)):
        return whole
    found = {clause.row: clause for clause in reversed(clauses) if clause.row}
    performed = [clause for clause in clauses if clause.row and found[clause.row] is clause]
    rest = "，".join(clause.text for clause in clauses if not clause.row)
    if not performed:
        return _certain_act(situation, GATE_FROM, PROBABILITY_FROM)
    beside = [clause for clause in performed if clause.row and clause.row.beside][:MAX_BESIDE]
    if not rest:
        # Of several requests the likeliest act of the whole message counts, else the last one:
        # “不答了，直接给结果”.
        main = [clause for clause in performed if clause.act == situation.score.act]
        kept = beside if len(beside) > 1 else [*beside, *main, *reversed(performed)][:1]
        return Reading([_act_of(situation, clause) for clause in kept])
    acts = [_act_of(situation, clause) for clause in beside]
    return Reading(acts, rest, replace(situation, text=rest))


def _is_one(situation: Situation, clauses: Sequence[Clause]) -> bool:
    """Return whether a message is more certainly one act than several, and none of its clauses is
    about policy: “谢谢，心里好受点了”."""
    whole = situation.score
    others = [clause.confidence for clause in clauses if clause.act and clause.act != whole.act]
    rest = [_part(situation, clause.text).score for clause in clauses if not clause.act]
    is_talk_only = all(score.talk >= TALK_FROM or not score.acts for score in rest)
    return is_talk_only and whole.acts.get(whole.act, 0.0) > max(others, default=0.0)


def act_named(name: str, situation: Situation, confidence: float = 1.0) -> Act:
    """Return the act of this name that a text performs."""
    # A comparison names what it compares, a next step may name whom to call, a change the answer
    # to change.
    argument = situation.text if name in ("compare", "next_step") else ""
    if name in INTRODUCTIONS:
        argument = _named_slot(situation)
    return Act(name, situation.text, confidence, argument=argument)


def _named_slot(situation: Situation) -> str:
    """Return the only slot that a text names: “改县区”; "" if it names none or several."""
    slots = situation.context.knowledge.slots.values()
    named = [slot.id for slot in slots if slot.name[-SLOT_WORD:] in situation.clean]
    return named[0] if len(named) == 1 else ""


def _act_of(situation: Situation, clause: Clause) -> Act:
    act = act_named(clause.act, situation, clause.confidence)
    return act._replace(text=clause.text, clause=clause.number)


def _part(situation: Situation, text: str) -> Situation:
    return replace(situation, text=text)


def _clause(situation: Situation, number: int) -> Clause:
    text = situation.text
    if _ORDINAL.match(text):
        return Clause(text, number)
    exact = situation.context.acts.exact(text)
    if row := row_for(exact, situation.session):
        return Clause(text, number, exact, 1.0, row)
    act = _certain_act(situation, CLAUSE_GATE_FROM, CLAUSE_PROBABILITY_FROM)
    if act is None:
        return Clause(text, number)
    row = row_for(act.name, situation.session)
    return Clause(text, number, act.name, act.confidence, row)


def _says_nothing(situation: Situation) -> bool:
    """Return whether a message is at most one character besides function words: it is no act
    unless it equals a sample."""
    parser, text = situation.context.parser, situation.text
    return parser.asks_nothing(text) or parser.is_fragment(text)


def _certain_act(situation: Situation, gate: float, probability: float) -> Act | None:
    """Return the act that the model is certain of; None for a clause that states facts or that the
    search answers for certain."""
    score, session = situation.score, situation.session
    certainty = score.acts.get(score.act, 0.0)
    if row_for(score.act, session) is None:
        return None
    least = WITH_CONTENT.get(score.act, 1.0)
    if score.talk >= least and certainty >= SURE_CONTENT_ACT and holds(CONTENT_WHEN, session):
        result = situation.resolve(situation.clean)
        known = bool(result.matches) and result.matches[0].evidence.nearest >= NEARLY_EQUAL
        if known or _asks_for_aspect(situation) or _is_off_topic(score):
            return None
        return act_named(score.act, situation, certainty)
    if score.talk < gate or certainty < probability or not _may_be_act(situation):
        return None
    return act_named(score.act, situation, certainty)


def _may_be_act(situation: Situation) -> bool:
    score = situation.score
    # "我不是学生能不能办" asks; it does not ask to change an answer.
    asks = score.act in INTRODUCTIONS and is_question(situation.clean)
    hearsay = score.requests.get(HEARSAY, 0.0) >= HEARSAY_FROM
    if situation.session.shown and score.act not in ADVICE:
        # “换作你先办哪样” asks for advice, not about the bot.
        asks = asks or score.requests.get(RECOMMEND, 0.0) >= RECOMMEND_FROM
    if asks or hearsay or not is_talk(score.act) or _is_off_topic(score):
        return False
    return not _is_content(situation)


def _is_off_topic(score: ActScore) -> bool:
    """Return whether a text is about everyday matters rather than an act of the conversation."""
    off_topic = score.requests.get(OUT_OF_SCOPE, 0.0) >= OFF_TOPIC_FROM
    return off_topic and score.acts.get(score.act, 0.0) < SURE_ACT


def _is_content(situation: Situation) -> bool:
    context, session, clean = situation.context, situation.session, situation.clean
    facts = situation.facts
    if (facts.stated or facts.denied) and (facts.sure or session.interviewing):
        return True
    if session.focus and _asks_for_aspect(situation):
        return True
    if any(context.parser.is_only(clean, slot) for slot in context.knowledge.slots.values()):
        return True
    result = situation.resolve(clean)
    answers = decide(result, len(clean)) == "answer"
    if answers and result.matches[0].evidence.nearest >= NEARLY_EQUAL:
        return True
    if answers or result.out_of_scope:
        sure = is_sure(result) or result.out_of_scope
        return situation.score.talk < (SURE_TALK if sure else ANSWERED_TALK)
    return False


def _is_question(situation: Situation) -> bool:
    """Return whether the search answers a clause for certain, or the clause states facts."""
    if _is_content(situation):
        return True
    result = situation.resolve(situation.text)
    return decide(result, len(situation.text)) == "answer" and is_sure(result)


def _asks_for_aspect(situation: Situation) -> bool:
    """Return whether a text is only the knowledge's words for an aspect or an unstated topic."""
    fields, rest = situation.context.parser.fields(situation.clean)
    if fields and not has_content(rest):
        return True
    return bool(find_unwritten_topic(situation.clean, situation.context.knowledge)[0])
