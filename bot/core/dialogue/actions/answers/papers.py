"""Say what the papers are: who issued them, when, whether they are valid, and where a statement
stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.phrases import current_policy
from bot.core.dialogue.actions.supports import show_support
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.repetition import rules_told_last, told_rules
from bot.core.domain.knowledge import Policy, Support, Update
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Link, Reply, Turn
from bot.core.domain.session import Session
from bot.core.nlu.classifiers.paper_questions import (
    BASIS,
    COPY,
    DATE,
    FORCE,
    ISSUER,
    LEAD,
    NUMBER,
    ORIGIN,
    TITLE,
    UNTIL,
)
from bot.core.nlu.understanding import Act
from bot.core.responses.support_answer import main_options

_FACTS = ("title", "issuer", "date", "number")
# The phrase for each detail of a policy that is said in one sentence, in their order.
_DETAILS = {
    ISSUER: phrase_id("paper_issuer", *_FACTS),
    DATE: phrase_id("paper_date", *_FACTS),
    TITLE: phrase_id("paper_title", *_FACTS),
    NUMBER: phrase_id("paper_number", *_FACTS),
    COPY: phrase_id("paper_copy", *_FACTS),
}
_NO_NUMBER = phrase_id("paper_number_none", *_FACTS)
_BASIS, _NO_BASIS = phrase_id("paper_basis", *_FACTS), phrase_id("paper_basis_none", *_FACTS)
# Each of these sentences has the issuer, the date and the title.
_IN_FULL = (ISSUER, DATE, TITLE)
# Details that ask how long a paper holds.
_LASTS = {UNTIL, FORCE}
_RULE_FACTS = ("title", "issuer", "date", "year", "until")
_RULE = phrase_id("paper_rule", *_RULE_FACTS)
_RULE_ORIGIN = phrase_id("paper_rule_origin", *_RULE_FACTS)
_RULE_UNTIL = phrase_id("paper_rule_until", *_RULE_FACTS)
_RULE_UNTIL_NONE = phrase_id("paper_rule_until_none", *_RULE_FACTS)


def say_papers(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say the details of the paper that a message asks for, else which papers the bot knows."""
    clean = context.parser.clean(act.text)
    details = act.aspects or context.acts.paper_question(clean).details
    if LEAD in details and (support := _overall_lead(context, session)):
        return show_support(context, session, support)
    return _say_details(context, session, details) if details else list_papers(context, session)


def say_validity(context: TurnContext, session: Session, argument: str = "") -> Turn:
    """Say whether the policy is in force, and what the support in focus adds to that. Without a
    focus, several policies are listed."""
    phrasebook, knowledge = context.phrasebook, context.knowledge
    support = knowledge.supports.get(session.focus)
    if support is None and len(knowledge.policies) > 1:
        return list_papers(context, session, argument)
    lines = [phrasebook.policy_state(current_policy(context, session))]
    if support and (closed := phrasebook.closed_note(support)):
        lines.insert(0, closed)
    if support and support.valid_until:
        until = support.valid_until.isoformat()
        lines.append(phrasebook.say("valid_support", title=support.title, date=until))
    return _reply(context, session, *lines)


def list_papers(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """List the policies that the bot knows, the newest first, each with its state."""
    phrasebook = context.phrasebook
    policies = context.knowledge.policies.values()
    newest = sorted(policies, key=lambda policy: policy.issued, reverse=True)
    lines = [phrasebook.say("papers_head", count=str(len(newest)))]
    lines += [phrasebook.policy_state(policy) for policy in newest]
    return _reply(context, session, *lines)


def _overall_lead(context: TurnContext, session: Session) -> Support | None:
    """Return the support that names who is responsible for the whole policy."""
    clause = current_policy(context, session).lead_clause
    led = (s for s in context.knowledge.supports.values() if clause and s.clause == clause)
    return next(led, None)


def _say_details(context: TurnContext, session: Session, details: Collection[str]) -> Turn:
    """Say these details (`paper_questions.DETAILS`) of the later rules that were told, and of the
    policy."""
    policy = current_policy(context, session)
    lines = [*_of_rules(context, session, policy, details)]
    lines += _of_policy(context, policy, details)
    turn = _reply(context, session, *lines)
    if COPY not in details:
        return turn
    link = Link(context.phrasebook.say("source_page"), policy.source)
    return turn._replace(replies=(turn.replies[0]._replace(links=(link,)), *turn.replies[1:]))


def _of_rules(
    context: TurnContext, session: Session, policy: Policy, details: Collection[str]
) -> Iterator[str]:
    """Return these details of the later rules that are meant."""
    phrase = _RULE_ORIGIN if ORIGIN in details else _RULE
    for rule in _meant(context, session, details):
        if _LASTS & {*details}:
            phrase = _RULE_UNTIL if rule.valid_until else _RULE_UNTIL_NONE
        yield context.phrasebook.say_id(
            phrase,
            title=rule.title,
            issuer=rule.issuer,
            date=rule.dated,
            year=str(policy.issued.year),
            until=rule.valid_until.isoformat() if rule.valid_until else "",
        )
        phrase = _RULE  # One sentence says that it is not the policy.


def _meant(context: TurnContext, session: Session, details: Collection[str]) -> Sequence[Update]:
    """Return one statement of each later rule that a question may mean: those of the last reply,
    else those told on the support in focus. Else, for what is written where, all that were told;
    for the last day, those on the support in focus that have one."""
    if last := rules_told_last(context, session):
        return last
    support = context.knowledge.supports.get(session.focus)
    near = {update.title: update for update in support.updates} if support else {}
    told = told_rules(context, session)
    if found := [update for update in told if update.title in near]:
        return found
    if ORIGIN in details:
        return told
    return [update for update in near.values() if update.valid_until and _LASTS & {*details}]


def _of_policy(context: TurnContext, policy: Policy, details: Collection[str]) -> Iterator[str]:
    """Return what is known of the policy for these details."""
    phrasebook = context.phrasebook
    known = {
        "title": policy.title,
        "issuer": policy.issuer,
        "date": policy.issued.isoformat(),
        "number": policy.doc_no,
    }
    asked = {*details} & {*_DETAILS}
    if not {*details} - {ORIGIN}:
        asked = {ISSUER}
    full = next((detail for detail in _IN_FULL if detail in asked), "")
    for detail, phrase in _DETAILS.items():
        if detail == NUMBER and detail in asked and not policy.doc_no:
            yield phrasebook.say_id(_NO_NUMBER, **known)
        elif detail == full or (detail in asked and detail not in _IN_FULL):
            yield phrasebook.say_id(phrase, **known)
    if BASIS in details:
        yield phrasebook.say_id(_BASIS if policy.basis else _NO_BASIS, **known)
        yield from (f"· {named}" for named in policy.basis)
    if _LASTS & {*details}:
        yield phrasebook.policy_state(policy)
        if UNTIL in details and not policy.valid_until:
            yield phrasebook.say("paper_until_none")


def _reply(context: TurnContext, session: Session, *lines: str) -> Turn:
    phrasebook = context.phrasebook
    reply = Reply(phrasebook.compose(*lines), main_options(phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))
