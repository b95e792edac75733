"""Recognise what is no part of the meaning of a message, or whose matter it is."""

from __future__ import annotations

from dataclasses import replace

from bot.core.dialogue.long_message import read_message, split_long_message, store_background
from bot.core.dialogue.understanding.situation import Found, Reading, Situation
from bot.core.dialogue.whose_matter import only_turns, turn_to_person
from bot.core.nlu.classifiers.acts import OTHER_PERSON
from bot.core.nlu.message_parser import is_empty
from bot.core.nlu.patterns import has_content
from bot.core.nlu.understanding import Act
from bot.core.text.expressions import stands_for_no_text, strip_expressions
from bot.core.text.personal_numbers import without_personal_numbers

# Probability from which a message that names the person spoken of asks nothing else: 那我自己呢.
ONLY_TURNS_FROM = 0.8


def personal_number(situation: Situation) -> Found:
    """Recognise a telephone, identity or account number. It is dropped from the message."""
    kept = without_personal_numbers(situation.text)
    if kept == situation.text:
        return None
    warning = Act("give_contact")
    if not has_content(situation.context.parser.clean(kept)):
        return warning
    return Reading([warning], kept)


def expression(situation: Situation) -> Found:
    """Recognise a picture, a voice message without text, or a message of emoji only."""
    if stands_for_no_text(situation.text):
        return Act("nontext")
    plain = strip_expressions(situation.text)
    if plain != situation.text and is_empty(situation.context.parser.clean(plain)):
        return Act("nod")
    return None


def long_message(situation: Situation) -> Found:
    """Take a polite opening away and, of a long message, the background: the sentences besides
    the one that asks. The facts in them are stored."""
    context, session = situation.context, situation.session
    text = read_message(situation.text)
    background, part = split_long_message(context, session.profile, text)
    if not background:
        return Reading((), part) if part != situation.text else None
    session, _ = store_background(context, session, background)
    act = Act("background", choices=background)
    return Reading([act], part, replace(situation, session=session, text=part))


def person(situation: Situation) -> Found:
    """Recognise whose matter the message is, and facts about other people."""
    context, text = situation.context, situation.text
    session, about = turn_to_person(context, situation.session, text)
    if session == situation.session:
        named = situation.facts.about == session.about
        asks = situation.score.requests.get(OTHER_PERSON, 0.0) >= ONLY_TURNS_FROM
        only = named and asks and only_turns(context, session, text)
        return Act("only_turns", text) if only else None
    act = Act("turn_to_person", text, argument=session.about)
    if about and only_turns(context, session, text):
        return Reading([act, Act("only_turns")])
    return Reading([act], text, replace(situation, session=session))


def nothing(situation: Situation) -> Found:
    """Recognise a message of punctuation only."""
    return Act("nothing") if is_empty(situation.clean) else None
