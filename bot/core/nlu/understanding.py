"""What a message means, as values: the acts that it performs, its facts and its form."""

from __future__ import annotations

from typing import NamedTuple

from bot.core.nlu.profile_extractor import Facts
from bot.core.text.question_form import QuestionForm


class Act(NamedTuple):
    """One thing that a message does.

    `name`: a key of the dialogue policy (`bot.core.dialogue.policy`). `text`: the part of the
    message that does it. `confidence`: from 0 to 1; 1 for what follows from a rule. `recogniser`:
    the name of the recogniser that found it. `clause`: the number of its clause, from 0.
    `argument`: what the act names: a command, a slot, a topic. `supports`: ids of the supports
    that it is about. `aspects`: the sides of a support that are asked for. `choices`: ids of
    options, or choices of a slot. `facts`: what the act states. `parts`: the acts that it consists
    of.
    """

    name: str
    text: str = ""
    confidence: float = 1.0
    recogniser: str = ""
    clause: int = 0
    argument: str = ""
    supports: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    facts: Facts | None = None
    parts: tuple[Act, ...] = ()


class Understanding(NamedTuple):
    """The meaning of a message. `acts`: in the order in which they are carried out; only the last
    one is answered in full. `facts`: what the message states, if the facts were read. `form`: the
    form of the question, if it asks one."""

    acts: tuple[Act, ...]
    facts: Facts | None = None
    form: QuestionForm | None = None
