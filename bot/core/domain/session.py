"""The state of a conversation: ordered answers, mode, focus and offered options.

A session is stored as plain JSON values. `Session.load` reads what an older version wrote and
drops what it cannot read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.told import MAX_TOLD

T = TypeVar("T")
SCHEMA = 2
# People whose answers a session keeps; the oldest leaves.
MAX_PEOPLE = 6
# Supports that a session remembers as shown.
SHOWN_MAX = 8
# The key of `Session.follows` in its JSON.
FOLLOWS = "follows"

Profile = Mapping[str, tuple[str, ...]]


def profile_key(profile: Profile) -> Hashable:
    """Return a hashable key: equal for equal answers in equal order."""
    return tuple((slot, tuple(choices)) for slot, choices in profile.items())


class Mode(StrEnum):
    """What the last turn showed. Questions are answered in every mode."""

    IDLE = "idle"
    INTERVIEW = "interview"
    RESULTS = "results"
    DETAIL = "detail"
    CLARIFY = "clarify"


_MODES = {mode.value: mode for mode in Mode}


class Answer(NamedTuple):
    """The choices for a slot; empty if the user skipped it."""

    slot: str
    choices: tuple[str, ...] = ()


class Person(NamedTuple):
    """The answers about a person whose matter is not the present one. `name`: "" for the user."""

    name: str
    answers: tuple[Answer, ...] = ()
    kinds: tuple[str, ...] = ()


class Follow(NamedTuple):
    """What the user wants to hear changes of: a support, or "" for the results. `mark`: what was
    told of it last (`bot.core.responses.changes`)."""

    support: str
    mark: tuple[str, ...] = ()


class Option(NamedTuple):
    """An option to tap. `id` is `a:<slot>:<choice>`, `s:<support>`, `f:<field>:<support>` or
    `c:<command>`, at most 48 bytes; `label` is the text that the user sees."""

    id: str
    label: str


class Session(NamedTuple):
    """The stored state of a conversation; `Session()` is a new one.

    `pending`: the slot that is asked. `focus`: the support that follow-ups refer to.
    `offered`: the options that numbers refer to. `asked`: the question that a clarification is
    about. `page`: the last page of the results that was shown, from 0; -1 before the first.
    `version`: the knowledge version of the last turn. `listed`: the supports of the last list,
    for "第二个" after one of them was opened. `kinds`: labels of the kinds of people of later
    rules that the user belongs to, as stated; `kinds_told`: those that were noted already.
    `shown`: the supports that were shown, the latest last, at most SHOWN_MAX.
    `answers` and `kinds` are those of the person whose matter this is now; `about`: the name of
    that person, "" for the user. `people`: the others spoken of.
    `told`: keys of what was said (`told_key`), the newest last. `follows`: what the user wants to
    hear changes of. `question`: the last question that was answered from the support in focus,
    scrubbed; "" if that was opened in another way.
    """

    answers: tuple[Answer, ...] = ()
    mode: Mode = Mode.IDLE
    pending: str = ""
    focus: str = ""
    offered: tuple[Option, ...] = ()
    asked: str = ""
    page: int = -1
    version: str = ""
    interviewing: bool = False
    listed: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    kinds_told: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    about: str = ""
    people: tuple[Person, ...] = ()
    told: tuple[str, ...] = ()
    follows: tuple[Follow, ...] = ()
    question: str = ""

    @property
    def profile(self) -> Profile:
        """Return the answers without skipped slots."""
        return {a.slot: a.choices for a in self.answers if a.choices}

    def answered(self, slot: str) -> Answer | None:
        """Return the answer to a slot, also a skipped one; None if the slot was not asked."""
        return next((a for a in self.answers if a.slot == slot), None)

    def with_answer(self, slot: str, choices: Iterable[str]) -> Session:
        """Return the session with this answer. A changed answer keeps its place in the order."""
        new = Answer(slot, tuple(choices))
        if self.answered(slot):
            return self._replace(answers=tuple(new if a.slot == slot else a for a in self.answers))
        return self._replace(answers=(*self.answers, new))

    def with_shown(self, support: str) -> Session:
        """Return the session after this support was shown."""
        shown = (*(s for s in self.shown if s != support), support)
        return self._replace(shown=shown[-SHOWN_MAX:])

    def without(self, slot: str) -> Session:
        """Return the session without the answer to this slot."""
        return self._replace(answers=tuple(a for a in self.answers if a.slot != slot))

    def turned_to(self, name: str) -> Session:
        """Return the session about the matter of this person; "" for the user. The answers of the
        person who was spoken of are kept."""
        if name == self.about:
            return self
        kept = [p for p in self.people if p.name not in (name, self.about)]
        if self.answers or self.kinds:
            kept.append(Person(self.about, self.answers, self.kinds))
        known = next((p for p in self.people if p.name == name), Person(name))
        return self._replace(
            about=name,
            people=tuple(kept[-MAX_PEOPLE:]),
            answers=known.answers,
            kinds=known.kinds,
            kinds_told=(),
        )

    def with_told(self, keys: Iterable[str]) -> Session:
        """Return the session with these keys of what was said; the oldest keys go first."""
        new = tuple(dict.fromkeys(keys))
        if not new:
            return self
        kept = tuple(key for key in self.told if key not in new)
        return self._replace(told=(*kept, *new)[-MAX_TOLD:])

    def dump(self) -> dict[str, Any]:
        """Return plain JSON values that `load` reads. Only followers have the key `follows`, by
        which stores find them."""
        follows = [[f.support, list(f.mark)] for f in self.follows]
        return {
            "v": SCHEMA,
            "answers": _plain_answers(self.answers),
            "mode": self.mode.value,
            "pending": self.pending,
            "focus": self.focus,
            "offered": [[o.id, o.label] for o in self.offered],
            "asked": self.asked,
            "page": self.page,
            "version": self.version,
            "interviewing": self.interviewing,
            "listed": list(self.listed),
            "kinds": list(self.kinds),
            "kinds_told": list(self.kinds_told),
            "shown": list(self.shown),
            "about": self.about,
            "people": [
                [p.name, {"answers": _plain_answers(p.answers), "kinds": list(p.kinds)}]
                for p in self.people
            ],
            "told": list(self.told),
            **({FOLLOWS: follows} if follows else {}),
            "question": self.question,
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Session:
        """Return the session that `dump` returned as values. Unreadable parts are dropped."""
        mode, page = data.get("mode"), data.get("page")
        return cls(
            answers=_answers(data.get("answers")),
            mode=_MODES.get(str(mode), Mode.IDLE),
            pending=str(data.get("pending", "")),
            focus=str(data.get("focus", "")),
            offered=tuple([_option(Option, pair) for pair in _pairs(data.get("offered"), str)]),
            asked=str(data.get("asked", "")),
            page=page if isinstance(page, int) and page >= -1 else -1,
            version=str(data.get("version", "")),
            interviewing=bool(data.get("interviewing", False)),
            listed=_strings(data.get("listed")),
            kinds=_strings(data.get("kinds")),
            kinds_told=_strings(data.get("kinds_told")),
            shown=_strings(data.get("shown")),
            about=str(data.get("about", "")),
            people=tuple(
                [
                    Person(name, _answers(kept.get("answers")), _strings(kept.get("kinds")))
                    for name, kept in _pairs(data.get("people"), dict)
                ]
            ),
            told=_strings(data.get("told")),
            follows=tuple(
                [
                    Follow(support, tuple(map(str, mark)))
                    for support, mark in _pairs(data.get(FOLLOWS), list)
                ]
            ),
            question=str(data.get("question", "")),
        )


# Faster than Option(…): a session has about a dozen options.
_option: Callable[[type[Option], tuple[str, str]], Option] = tuple.__new__


def _strings(value: object) -> tuple[str, ...]:
    """Return the entries of a list as strings; () for another value."""
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _plain_answers(answers: Iterable[Answer]) -> list[list[Any]]:
    return [[a.slot, list(a.choices)] for a in answers]


def _answers(value: object) -> tuple[Answer, ...]:
    """Return the answers that a value holds; unreadable ones are dropped."""
    return tuple([Answer(slot, tuple(map(str, c))) for slot, c in _pairs(value, list)])


def _pairs(value: object, kind: type[T]) -> list[tuple[str, T]]:
    """Return the entries of a list that are pairs of a string and a value of this type."""
    if not isinstance(value, list):
        return []
    return [
        (e[0], e[1])
        for e in value
        if type(e) is list and len(e) == 2 and type(e[0]) is str and type(e[1]) is kind
    ]


@dataclass(frozen=True, slots=True)
class Utterance:
    """An input: a text, or the id of an option (`a:needs:funding+venue` taps two choices).

    `confirm`: ask before everything is deleted. Channels set it that cannot ask themselves.
    `push`: the channel can send messages by itself, later on.
    `edited`: the text replaces that of an earlier message, which gave these answers; None for a
    new message.
    """

    text: str = ""
    choice: str = ""
    confirm: bool = False
    push: bool = False
    edited: tuple[Answer, ...] | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """What the caller has to do after a turn, in addition to sending the replies.

    `forget`: delete the conversation. `feedback`: a support and whether its answer was useful.
    `entries`: what was not answered well, for the inbox. `withdrawn`: entries of the conversation
    that no longer stand; each withdraws those of its kind with its text and subject, where "" is
    any.
    """

    forget: bool = False
    feedback: tuple[str, bool] | None = None
    entries: tuple[InboxEntry, ...] = ()
    withdrawn: tuple[InboxEntry, ...] = ()

    @property
    def unanswered(self) -> str:
        """Return the questions that nothing answered."""
        return "；".join(e.text for e in self.entries if e.kind is EntryKind.UNKNOWN)
