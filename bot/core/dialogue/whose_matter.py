"""Whose matter a message is: the user's own, or that of a person whom the user speaks of.

The session has a profile for each of them; the answers, verdicts and results of a turn are those
of the person whose matter it is now.
"""

from __future__ import annotations

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.domain.replies import Turn
from bot.core.domain.session import Mode, Session
from bot.core.nlu.classifiers.acts import OTHER_PERSON
from bot.core.nlu.facts.entities import Situation
from bot.core.nlu.profile_extractor import Facts


def read_facts(context: TurnContext, session: Session, text: str) -> Facts:
    """Return the facts that a message states in this session."""
    last = session.about or next((p.name for p in reversed(session.people) if p.name), "")
    return context.parser.facts(
        text,
        Situation(
            pending=session.pending if session.interviewing else "",
            bare=session.interviewing or session.mode is Mode.RESULTS,
            last_person=last,
            speaker=session.about,
            year=context.today.year,
            known=not session.about and bool(session.answers),
        ),
    )


def turn_to_person(context: TurnContext, session: Session, text: str) -> tuple[Session, list[str]]:
    """Return the session about the person whose matter the message is, with the facts that the
    message states about other people, and a note if the person changed."""
    facts = read_facts(context, session, text)
    about = session.about if facts.about is None else facts.about
    for person in ("", *facts.others):
        given = facts.of(person)
        # The facts of the present person are stored with the answer to the message.
        if person != about and facts.sure and (given.stated or given.denied):
            other, _ = interview.store_facts(context, session.turned_to(person), given)
            session = other.turned_to(session.about)
    if about == session.about:
        return session, []
    return session.turned_to(about), [_note(context, about)]


def only_turns(context: TurnContext, session: Session, text: str) -> bool:
    """Return whether a message only says whose matter is next: "那我自己呢"."""
    facts = read_facts(context, session, text).of(session.about)
    kind = context.acts.score(context.parser.clean(text)).request
    return kind == OTHER_PERSON and not facts.stated and not facts.denied


def _note(context: TurnContext, about: str) -> str:
    if not about:
        return context.phrasebook.say("about_you")
    return context.phrasebook.say("about_person", who=_named(context, about))


def _named(context: TurnContext, about: str) -> str:
    known = about in context.knowledge.people
    return context.phrasebook.say("your_person", who=about) if known else about


def addressed(context: TurnContext, turn: Turn) -> Turn:
    """Return the turn with verdicts that name the person whose matter it is."""
    about = turn.session.about
    if not about:
        return turn
    you = context.phrasebook.say("to_you")
    person = context.phrasebook.say("to_person", who=_named(context, about))
    replies = tuple(r._replace(text=r.text.replace(you, person)) for r in turn.replies)
    return turn._replace(replies=replies)
