"""Run a guide one question at a time: every page shows one, and the answers so far are kept.

A guide (`new_support`, `new_policy` …) is a function that asks a Dialogue. Here it runs anew for
each page, over the answers so far, and stops at the first question without one. So a page asks
what a terminal asks, in the same order, and going back means to drop the last answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import (
    Check,
    Command,
    Dialogue,
    Item,
    Option,
    accept,
    find_option,
)
from bot.workshop.authoring.quote_cutting import between, cut_quote, narrowed, pieces
from bot.workshop.editing.saving import Edit

# An answer: one text or id, or several.
Given: TypeAlias = "str | tuple[str, ...]"
Guide = Callable[[Dialogue], Sequence[Edit]]

YES, NO = "yes", "no"
PICK = "pick-"


class Kind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    YES_NO = "yes_no"
    ONE = "one"
    SOME = "some"
    LINES = "lines"
    MARK = "mark"
    COMMAND = "command"

    @property
    def is_several(self) -> bool:
        """Whether the answer is a tuple."""
        return self in (Kind.SOME, Kind.LINES)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for an answer. `default`: what is likely; `source`: the text to mark a
    part of; `items` and `commands`: what can be done with each of several things."""

    kind: Kind
    text: str
    options: tuple[Option, ...] = ()
    default: str = ""
    optional: bool = False
    source: str = ""
    items: tuple[Item, ...] = ()
    commands: tuple[Command, ...] = ()

    @property
    def pieces(self) -> tuple[str, ...]:
        """The source in the pieces that can be ticked."""
        return pieces(self.source)


@dataclass(frozen=True, slots=True)
class Asked:
    """The guide waits. `fault`: what is wrong with the answer `given`, "" before any; `told`: what
    it said since the last answer; `past`: the questions before and their answers; `shown`: texts
    to keep in view, by title; `count`: how many of the answers were used."""

    question: Question
    fault: str
    given: Given
    told: tuple[str, ...]
    past: tuple[tuple[str, str], ...]
    shown: Mapping[str, str]
    count: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The guide has come to its end. `edits`: what it would write."""

    edits: tuple[Edit, ...]
    told: tuple[str, ...]
    past: tuple[tuple[str, str], ...]


def advance(guide: Guide, given: Sequence[Given]) -> Asked | Finished:
    """Run a guide over these answers. All but the last were accepted before and are not judged
    again, unless they answer no question any more. Raises EditRefused if the guide does."""
    dialogue = _Guided(given)
    try:
        edits = guide(dialogue)
    except _Waiting as waiting:
        return waiting.asked
    return Finished(tuple(edits), tuple(dialogue.told), tuple(dialogue.past))


def read_answer(question: Question, form: Mapping[str, str]) -> Given:
    """Return the answer that a form gives. Raises EditRefused if it gives none."""
    text = form.get("text", "")
    if question.kind is Kind.LINES:
        lines = (" ".join(line.split()) for line in text.splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))
    if question.kind in (Kind.SOME, Kind.MARK):
        picks = [name for name in form if name.startswith(PICK)]
        if question.kind is Kind.SOME:
            wanted = {form[name] for name in picks}
            return tuple(name for name, _ in question.options if name in wanted)
        numbers = sorted(int(n) for p in picks if (n := p.removeprefix(PICK)).isdecimal())
        return _marked(question.source, numbers, text.strip(), form.get("end", "").strip())
    # `more`: what a command needs beside its word and number.
    return " ".join([*text.split(), *form.get("more", "").split()])


def _marked(source: str, numbers: Sequence[int], beginning: str, end: str) -> str:
    """Return the part of the source from the first to the last piece that was ticked, cut by the
    words where it begins and ends if these were typed."""
    if numbers:
        return narrowed(between(source, numbers[0], numbers[-1]), beginning, end)
    if not beginning:
        raise EditRefused("先勾上说这件事的那几段。")
    return cut_quote(source, beginning, end)


class _Waiting(Exception):
    """There is no answer to a question yet, or none that can be used."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked.question.text)
        self.asked = asked


class _Guided(Dialogue):
    """A dialogue over answers that were given before."""

    def __init__(self, given: Sequence[Given]) -> None:
        super().__init__(iter(()), lambda text: None)
        self._given = given
        self._used = 0
        self.told: list[str] = []
        self.past: list[tuple[str, str]] = []
        self._kept: dict[str, str] = {}

    def begin(self, text: str) -> None:
        self.tell(text)

    def tell(self, text: str) -> None:
        if text.strip():
            self.told.append(text.strip())

    def show(self, title: str, text: str) -> None:
        self._kept[title] = text

    def ask(
        self, question: str, *, default: str = "", optional: bool = False, check: Check = accept
    ) -> str:
        asked = Question(Kind.TEXT, question, default=default, optional=optional)

        def fault(answer: str) -> str:
            if not answer:
                return "" if optional or default else "这一项要写。"
            return check(answer)

        answer = self._one(asked, fault)
        return answer or ("" if optional else default)

    def confirm(self, question: str, *, default: bool) -> bool:
        options = ((YES, "是"), (NO, "不是"))
        asked = Question(Kind.YES_NO, question, options, YES if default else NO)
        return self._one(asked, lambda a: "" if a in (YES, NO) else "请选“是”或“不是”。") == YES

    def choose(self, question: str, options: Sequence[Option], *, default: str = "") -> str:
        likely = find_option(default, options)
        asked = Question(Kind.ONE, question, tuple(options), likely)
        names = {name for name, _ in options}
        return self._one(asked, lambda answer: "" if answer in names else "请选一个。")

    def choose_some(self, question: str, options: Sequence[Option]) -> tuple[str, ...]:
        asked = Question(Kind.SOME, question, tuple(options), optional=True)
        names = {name for name, _ in options}
        return self._several(asked, lambda answer: "" if answer in names else "请再选一次。")

    def list(self, question: str, *, check: Check = accept) -> tuple[str, ...]:
        return self._several(Question(Kind.LINES, question, optional=True), check)

    def mark(self, question: str, source: str, *, check: Check = accept) -> str:
        def fault(answer: str) -> str:
            return check(answer) if answer and answer in source else "原文里没有这几个字。"

        return self._one(Question(Kind.MARK, question, source=source), fault)

    def command(self, question: str, items: Sequence[Item], commands: Sequence[Command]) -> str:
        asked = Question(Kind.COMMAND, question, items=tuple(items), commands=tuple(commands))
        return self._one(asked, lambda answer: "")

    def _one(self, question: Question, check: Check) -> str:
        given = self._next(question)
        if isinstance(given, tuple):
            raise self._waiting(question)
        # What was chosen must still be there; a text that was accepted stays accepted.
        fault = check(given) if self._is_last or question.options else ""
        if fault:
            raise self._waiting(question, fault, given)
        self._note(question, given)
        return given

    def _several(self, question: Question, check: Check) -> tuple[str, ...]:
        given = self._next(question)
        if not isinstance(given, tuple):
            raise self._waiting(question)
        faults = [check(each) for each in given] if self._is_last or question.options else []
        told = [f"“{each}”：{why}" for each, why in zip(given, faults, strict=False) if why]
        if told:
            raise self._waiting(question, "\n".join(told), given)
        self._note(question, *given)
        return given

    def _next(self, question: Question) -> Given:
        if self._used == len(self._given):
            raise self._waiting(question)
        return self._given[self._used]

    @property
    def _is_last(self) -> bool:
        return self._used == len(self._given) - 1

    def _note(self, question: Question, *given: str) -> None:
        labels = dict(question.options)
        self.past.append((question.text.strip(), "、".join(labels.get(g, g) for g in given)))
        self._used += 1
        self.told.clear()

    def _waiting(self, question: Question, fault: str = "", given: Given = "") -> _Waiting:
        told, past = tuple(self.told), tuple(self.past)
        return _Waiting(Asked(question, fault, given, told, past, self._kept, self._used))
