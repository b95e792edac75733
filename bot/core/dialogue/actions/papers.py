"""Say what the papers are: who issued them, when, whether they are valid, and where a statement
stands."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.phrases import current_policy
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.repetition import rules_told_last
from bot.core.domain.knowledge import Update
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session
from bot.core.domain.told import told_key
from bot.core.nlu.understanding import Act
from bot.core.responses.support_answer import main_options

_FACTS = ("title", "issuer", "date", "number")
# The phrase for each detail of a policy.
_DETAILS = {
    "issuer": phrase_id("paper_issuer", *_FACTS),
    "date": phrase_id("paper_date", *_FACTS),
    "title": phrase_id("paper_title", *_FACTS),
    "number": phrase_id("paper_number", *_FACTS),
}
_RULE_FACTS = ("title", "issuer", "date", "year")
_RULE = phrase_id("paper_rule", *_RULE_FACTS)
_RULE_ORIGIN = phrase_id("paper_rule_origin", *_RULE_FACTS)
_NO_NUMBER = phrase_id("paper_number_none", *_FACTS)


def say_papers(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say the details of the paper that a message asks for, else which papers the bot knows."""
    details = {*context.questions.paper_details(context.parser.clean(act.text)), *act.aspects}
    return _say_details(context, session, details) if details else list_papers(context, session)


def say_validity_of(context: TurnContext, session: Session, act: Act) -> Turn:
    """Say the details of the paper that a message asks for, else whether the paper is valid."""
    details = context.questions.paper_details(context.parser.clean(act.text))
    return _say_details(context, session, details) if details else say_validity(context, session)


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


def _say_details(context: TurnContext, session: Session, details: Collection[str]) -> Turn:
    """Say these details of the later rules that the last reply told, else of those told on the
    support in focus; and the same of the policy (`QuestionReader.paper_details`)."""
    policy, phrasebook = current_policy(context, session), context.phrasebook
    known = {
        "title": policy.title,
        "issuer": policy.issuer,
        "date": policy.issued.isoformat(),
        "number": policy.doc_no,
    }
    asked = [detail for detail in _DETAILS if detail in details]
    rules = rules_told_last(context, session) or _told_rules(context, session)
    # A sentence for the issuer also has the date and the title, and names the policy.
    if "issuer" in asked or rules:
        asked = ["issuer", *(["number"] if "number" in asked else [])]
    lines = [phrasebook.say_id(_DETAILS[detail], **known) for detail in asked]
    if "number" in asked and not policy.doc_no:
        lines[asked.index("number")] = phrasebook.say_id(_NO_NUMBER, **known)
    if not lines:
        lines.append(phrasebook.say_id(_DETAILS["issuer"], **known))
    phrase, told = _RULE_ORIGIN if "origin" in details else _RULE, []
    for rule in rules:
        facts = {"title": rule.title, "issuer": rule.issuer, "date": rule.dated}
        told.append(phrasebook.say_id(phrase, **facts, year=str(policy.issued.year)))
        phrase = _RULE  # One sentence says that it is not the policy.
    return _reply(context, session, *told, *lines)


def _told_rules(context: TurnContext, session: Session) -> list[Update]:
    """Return one statement of each later rule that was told on the support in focus."""
    support = context.knowledge.supports.get(session.focus)
    told = {u.title: u for u in support.updates} if support else {}
    return [update for update in told.values() if told_key(update.title) in session.told]


def _reply(context: TurnContext, session: Session, *lines: str) -> Turn:
    phrasebook = context.phrasebook
    reply = Reply(phrasebook.compose(*lines), main_options(phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))
