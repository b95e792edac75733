"""A conversation so far: ordered answers and where the talk stands. The profile is a fold.

A session goes to the store and back as plain JSON values; `Session.load` takes what an older
version wrote, and drops what it cannot read instead of failing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
SCHEMA = 1

Profile = Mapping[str, tuple[str, ...]]


def profile_key(profile: Profile) -> Hashable:
    """The same for two people who gave the same answers in the same order."""
    return tuple((slot, tuple(choices)) for slot, choices in profile.items())


class Mode(StrEnum):
    """Where the talk stands; a free question is welcome in every one of them."""

    IDLE = "idle"
    INTERVIEW = "interview"
    RESULTS = "results"
    DETAIL = "detail"
    CLARIFY = "clarify"


_MODES = {mode.value: mode for mode in Mode}


class Answer(NamedTuple):
    """The choices given for a slot. Empty: the founder skipped it or does not know."""

    slot: str
    choices: tuple[str, ...] = ()


class Option(NamedTuple):
    """Something to tap: `id` is one of `a:<slot>:<choice>` `s:<support>` `f:<field>:<support>`
    `c:<command>`, at most 48 bytes; `label` is what the founder reads."""

    id: str
    label: str


class Session(NamedTuple):
    """All that is kept about a conversation. `Session()` is a new one. `listed`: the supports of
    the last list, which “第二个” still means when one of them has been opened."""

    answers: tuple[Answer, ...] = ()
    mode: Mode = Mode.IDLE
    pending: str = ""
    focus: str = ""
    offered: tuple[Option, ...] = ()
    asked: str = ""
    page: int = 0
    version: str = ""
    interviewing: bool = False
    listed: tuple[str, ...] = ()

    @property
    def profile(self) -> Profile:
        """The answers so far, without what was skipped."""
        return {a.slot: a.choices for a in self.answers if a.choices}

    def answered(self, slot: str) -> Answer | None:
        """The answer given for this slot, a skipped one too."""
        return next((a for a in self.answers if a.slot == slot), None)

    def with_answer(self, slot: str, choices: Iterable[str]) -> Session:
        """The same talk with this answer; a changed answer keeps its place in the order."""
        new = Answer(slot, tuple(choices))
        if self.answered(slot):
            return self._replace(answers=tuple(new if a.slot == slot else a for a in self.answers))
        return self._replace(answers=(*self.answers, new))

    def without(self, slot: str) -> Session:
        """The same talk as if this slot had never been answered."""
        return self._replace(answers=tuple(a for a in self.answers if a.slot != slot))

    def dump(self) -> dict[str, Any]:
        """Plain JSON values; `load` gives the same session back."""
        return {
            "v": SCHEMA,
            "answers": [[a.slot, list(a.choices)] for a in self.answers],
            "mode": self.mode.value,
            "pending": self.pending,
            "focus": self.focus,
            "offered": [[o.id, o.label] for o in self.offered],
            "asked": self.asked,
            "page": self.page,
            "version": self.version,
            "interviewing": self.interviewing,
            "listed": list(self.listed),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Session:
        """The session that `dump` wrote; unreadable parts are dropped, never fatal."""
        mode, page, listed = data.get("mode"), data.get("page"), data.get("listed")
        return cls(
            answers=tuple(
                [
                    Answer(str(slot), tuple(map(str, choices)))
                    for slot, choices in _pairs(data.get("answers"), list)
                ]
            ),
            mode=_MODES.get(str(mode), Mode.IDLE),
            pending=str(data.get("pending", "")),
            focus=str(data.get("focus", "")),
            offered=tuple([_option(Option, pair) for pair in _pairs(data.get("offered"), str)]),
            asked=str(data.get("asked", "")),
            page=page if isinstance(page, int) and page >= -1 else 0,
            version=str(data.get("version", "")),
            interviewing=bool(data.get("interviewing", False)),
            listed=tuple(map(str, listed)) if isinstance(listed, list) else (),
        )


# What Option(…) does in the end; a dozen options are read in every turn.
_option: Callable[[type[Option], tuple[str, str]], Option] = tuple.__new__


def _pairs(value: object, kind: type[T]) -> list[tuple[str, T]]:
    """The entries of a list that are pairs of a text and this kind of value."""
    if not isinstance(value, list):
        return []
    return [
        (e[0], e[1])
        for e in value
        if type(e) is list and len(e) == 2 and type(e[0]) is str and type(e[1]) is kind
    ]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What came in: words, or the id of something tapped (`a:needs:funding+venue` ticks two)."""

    text: str = ""
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Effects:
    """What the shell has to do after the turn, besides sending the replies."""

    forget: bool = False
    feedback: tuple[str, bool] | None = None
    unanswered: str = ""
