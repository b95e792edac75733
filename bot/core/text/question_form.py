"""The form of a question as a value: yes/no, hearsay, claimed figures, and its words."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.text.figures import Figure


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """The form of one normalized message.

    `clean`: what is asked or claimed, without a frame such as “听说”; `rest`: the same without the
    words for an aspect. `asks`: it asks or reports something. `able`: it asks whether something
    can be done; `negated`: it says that something cannot. `certain`: it claims that something
    always holds; `only`: the word that says that nothing else does. `ahead`: it asks for a step
    before the one in focus. `still`: it asks whether something holds today. `points`: it points at
    what is spoken of; `affects`: it asks whether a circumstance matters to that; `outcome`: it
    asks what became of it. `turns`: it leaves the topic. `about_bot`: it addresses the bot.
    `said`: what is asked or claimed in the words of the asker, "" if that cannot be repeated.
    `figures`: the sums, shares and durations in it.
    """

    clean: str
    rest: str = ""
    asks: bool = False
    yes_no: bool = False
    hearsay: bool = False
    able: bool = False
    negated: bool = False
    certain: bool = False
    only: str = ""
    ahead: bool = False
    still: bool = False
    points: bool = False
    affects: bool = False
    outcome: bool = False
    turns: bool = False
    about_bot: bool = False
    said: str = ""
    figures: tuple[Figure, ...] = ()
