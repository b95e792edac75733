"""Say what the bot and the policy are, and how to reach a bureau."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.domain.knowledge import Policy
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session
from bot.core.responses.phrasebook import SEPARATOR
from bot.core.responses.support_answer import main_options

# Numbers of policies, as they are said.
_NUMERALS = "一两三四五六七八九十"
# Titles of supports that are named for a bureau.
MAX_LED = 2
# The placeholders that `send_phrase` fills.
_FACTS = ("policy", "count", "papers", "issued", "hotline")
# The phrase that a command sends.
PHRASES = {
    "bot_cost": phrase_id("bot_cost", *_FACTS),
    "bye": phrase_id("bye", *_FACTS),
    "contact_warning": phrase_id("contact_warning", *_FACTS),
    "english": phrase_id("english", *_FACTS),
    "feedback_bad": phrase_id("feedback_bad", *_FACTS),
    "guarantee": phrase_id("guarantee", *_FACTS),
    "help": phrase_id("help", *_FACTS),
    "human": phrase_id("human", *_FACTS),
    "noise": phrase_id("noise", *_FACTS),
    "nontext": phrase_id("nontext", *_FACTS),
    "privacy": phrase_id("privacy", *_FACTS),
    "share": phrase_id("share", *_FACTS),
    "thanks": phrase_id("thanks", *_FACTS),
    "trust": phrase_id("trust", *_FACTS),
    "upset": phrase_id("upset", *_FACTS),
    "who_am_i": phrase_id("who_am_i", *_FACTS),
}
# That the channel cannot send messages by itself.
NOTIFY = phrase_id("notify", *_FACTS)
# Phrases whose reply links to the hotline.
_WITH_HOTLINE = frozenset({"human", "upset"})


def send_phrase(context: TurnContext, session: Session, phrase: PhraseId) -> Turn:
    """Send a phrase about the bot or the policy."""
    phrasebook = context.phrasebook
    policy = current_policy(context, session)
    text = phrasebook.say_id(
        phrase,
        policy=policy.title,
        count=_NUMERALS[min(len(context.knowledge.policies), len(_NUMERALS)) - 1],
        papers=phrasebook.papers(),
        issued=policy.issued.isoformat(),
        hotline=phrasebook.hotline(),
    )
    links = (phrasebook.call_link(),) if phrase in _WITH_HOTLINE else ()
    # The reply to a command does not offer the same command.
    options = tuple(o for o in main_options(phrasebook) if o.id != f"c:{phrase}")
    turn = Turn(session, (Reply(text, options, links=links),))
    # Do not repeat the pending question after a goodbye.
    return turn if phrase == "bye" else interview.ask_pending(context, turn)


def say_stale(context: TurnContext, session: Session) -> Turn:
    """Say that an option no longer exists."""
    return send_phrase(context, session, phrase_id("stale"))


def say_nothing_open(context: TurnContext, session: Session) -> Turn:
    """Say that no question is open."""
    return send_phrase(context, session, phrase_id("nothing_open", *_FACTS))


def say_not_understood(context: TurnContext, session: Session, phrase: PhraseId) -> Turn:
    """Send a phrase that asks for another message, with the options that stand."""
    phrasebook = context.phrasebook
    reply = Reply(phrasebook.say_id(phrase), main_options(phrasebook))
    if not session.interviewing and session.offered and phrase == "bad_number":
        reply = reply._replace(choices=session.offered)
    return interview.ask_pending(context, Turn(session, (reply,)), first=True)


def greet(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Greet, in short if the conversation has begun."""
    return say_hello(context, session, known=bool(session.answers or session.focus))


def say_hello(context: TurnContext, session: Session, *, known: bool) -> Turn:
    """Greet, in short if the user is known."""
    return send_phrase(context, session, phrase_id("hello" if known else "greeting", *_FACTS))


def explain_question(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Say why the pending question is asked and that it may be skipped; without one, say what the
    user can ask."""
    slot = context.knowledge.slots.get(session.pending)
    if session.interviewing and slot:
        why = context.phrasebook.say("why_asked", why=slot.why)
        return interview.ask(context, session, slot, (why, context.phrasebook.say("may_skip")))
    return send_phrase(context, session, phrase_id("confused", *_FACTS))


def current_policy(context: TurnContext, session: Session) -> Policy:
    """Return the policy of the support in focus, or else the newest one."""
    policies, support = context.knowledge.policies, context.knowledge.supports.get(session.focus)
    if support:
        return policies[support.policy]
    return max(policies.values(), key=lambda policy: policy.issued)


# -- the bureaus -------------------------------------------------------------------------------


def say_offices(context: TurnContext, session: Session, argument: str) -> Turn:
    """Say how to reach these bureaus, or that it is not known. `argument`: names joined by +."""
    turn = _describe_bureaus(context, session, argument, context.phrasebook.office_of)
    known = context.knowledge.bureaus
    is_known = any(known[name].has_office for name in argument.split("+") if name in known)
    return turn if is_known else turn._replace(outcome="unknown")


def say_present_names(context: TurnContext, session: Session, argument: str) -> Turn:
    """Say what these bureaus are called today, how to reach them, and what they lead."""

    def describe(name: str) -> str:
        return context.phrasebook.compose(
            context.phrasebook.present_name(name), _what_it_leads(context, name)
        )

    return _describe_bureaus(context, session, argument, describe)


def _what_it_leads(context: TurnContext, name: str) -> str:
    """Return the first supports that a bureau leads, with their number; "" if it leads none."""
    knowledge, say = context.knowledge, context.phrasebook.say
    prefix = knowledge.locality.bureau_prefix
    led = [
        support.title
        for support in knowledge.benefits
        if knowledge.clauses[support.clause].lead.removeprefix(prefix) == name
    ]
    if not led:
        return ""
    return say("bureau_leads", count=str(len(led)), titles=SEPARATOR.join(led[:MAX_LED]))


def _describe_bureaus(
    context: TurnContext, session: Session, argument: str, describe: Callable[[str], str]
) -> Turn:
    known = context.knowledge.bureaus
    names = [name for name in argument.split("+") if name in known]
    if not names:
        return say_stale(context, session)
    phrasebook = context.phrasebook
    text = "\n".join(describe(name) for name in names)
    reply = Reply(text, main_options(phrasebook), links=(phrasebook.call_link(),))
    return interview.ask_pending(context, Turn(session, (reply,), outcome="answer"))
