"""What the guide knows, as values: the paper, its clauses, its supports, and what people answer.

Everything here is frozen. The catalog builds it from YAML; the core only reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

# The slots that the code knows by name; what else is asked is the knowledge's own business.
IDENTITY = "identity"
STAGE = "stage"
NEEDS = "needs"
DISTRICT = "district"
# In a clause's list of bureaus: the government of the county or district that it is about.
COUNTIES = "各县区政府"


class PolicyStatus(StrEnum):
    """Whether the paper binds today, as far as the admin could verify."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    UNVERIFIED = "unverified"


class SupportStatus(StrEnum):
    """Whether a support can be had today."""

    OPEN = "open"
    EXHAUSTED = "exhausted"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    UNVERIFIED = "unverified"


class SupportKind(StrEnum):
    """A benefit is held against a profile; background (goals, who leads) only informs."""

    BENEFIT = "benefit"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy paper: who issued it, when, and whether it still binds."""

    id: str
    title: str
    issuer: str
    issued: date
    source: str
    status: PolicyStatus
    doc_no: str = ""
    target_year: int | None = None
    last_verified: date | None = None


@dataclass(frozen=True, slots=True)
class Bureau:
    """A body named in the paper. `now` is empty unless a source proves the present-day name."""

    name: str
    aliases: tuple[str, ...] = ()
    now: str = ""
    verified: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hotline:
    """A public telephone line that a source proves."""

    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered paragraph of the paper, word for word.

    `bureaus` stand as printed, in source order: the first is the lead. `open_list` is true where
    the paper's list ends in 等.
    """

    id: str
    policy: str
    place: str
    title: str
    text: str
    bureaus: tuple[str, ...] = ()
    open_list: bool = False
    bureaus_label: str = "责任单位"

    @property
    def lead(self) -> str:
        """The lead bureau as printed, or "" where the paper names none."""
        return self.bureaus[0] if self.bureaus else ""


@dataclass(frozen=True, slots=True)
class Update:
    """What a later rule says on the same matter; shown apart, dated, never as the clause.
    `about`: the fields (amount, deadline …) that it answers where the paper is silent."""

    title: str
    issuer: str
    dated: str
    say: str
    confidence: str
    source: str
    valid_until: date | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A slot and the answers of it that are allowed; one of them is enough."""

    slot: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """One concrete benefit in a clause (or one background fact of the paper)."""

    id: str
    policy: str
    clause: str
    title: str
    summary: str
    quote: str
    kind: SupportKind = SupportKind.BENEFIT
    conditions: tuple[Condition, ...] = ()
    also_requires: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()
    ask: str = ""
    amount: str = ""
    steps: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    updates: tuple[Update, ...] = ()
    valid_until: date | None = None
    status: SupportStatus = SupportStatus.OPEN
    last_verified: date | None = None


@dataclass(frozen=True, slots=True)
class OutOfScopeTopic:
    """A topic that people ask about and the paper does not cover, with the line that helps; none
    where no office would (a poem, the weather). `see`: supports that may help all the same."""

    id: str
    title: str
    hotline: str
    keywords: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer to a slot. `words`: what people say when they mean it; `not_words`: what
    holds such a word and means something else (who rents a desk in an incubator does not run it).

    `possible_if`: somebody who did not name this choice may hold it all the same when the other
    slot has (or may yet get) one of these answers: a student who has registered a firm may be a
    company too, so the guide says “maybe”, never “no”. `replaces`: choices that end when this
    one is said later (who has graduated is no student any more). `office`: the government to see
    where the choice is a place.
    """

    id: str
    label: str
    words: tuple[str, ...] = ()
    possible_if: Condition | None = None
    replaces: tuple[str, ...] = ()
    office: str = ""
    not_words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slot:
    """A thing that the interview asks. `unless`: nobody is asked all of whose answers to the other
    slot are among these (how far a mentor's own firm is changes nothing for a mentor)."""

    id: str
    name: str
    question: str
    why: str
    choices: tuple[Choice, ...]
    multiple: bool = False
    changeable: bool = False
    none_choice: str = ""
    unless: Condition | None = None

    def choice(self, choice_id: str) -> Choice | None:
        """The choice with this id, or None."""
        return self._by_id.get(choice_id)

    @cached_property
    def _by_id(self) -> dict[str, Choice]:
        return {choice.id: choice for choice in self.choices}

    def label(self, choice_id: str) -> str:
        """What the choice is called; its id where it is unknown (an old session, say)."""
        found = self.choice(choice_id)
        return found.label if found else choice_id


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that one version of the knowledge folder says. Read-only, shared by every turn.

    `silences`: words of what is listed as unsaid → how people ask for it. `unwritten`: what no
    clause says of anything → how people ask for it. `elsewhere`: names of
    other cities, whose policies are not ours to tell. `overview`: the words of “what is there for
    me”: those that ask, what is asked for, and what else may stand beside. `spoken`: words of
    dialect with the standard ones that they are searched as.
    """

    version: str
    policies: Mapping[str, Policy]
    clauses: Mapping[str, Clause]
    supports: Mapping[str, Support]
    bureaus: Mapping[str, Bureau]
    hotlines: Mapping[str, Hotline]
    slots: Mapping[str, Slot]
    signposts: Mapping[str, OutOfScopeTopic]
    phrases: Mapping[str, str]
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    english: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unwritten: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    overview: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spoken: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def deciding(self) -> dict[str, tuple[str, ...]]:
        """For each support the slots whose answers can decide its verdict; the others only order
        what is shown."""
        return {s.id: self._slots_behind(s.conditions) for s in self.supports.values()}

    @cached_property
    def deciding_any(self) -> tuple[str, ...]:
        """The slots that can decide a verdict at all."""
        return tuple(dict.fromkeys(slot for slots in self.deciding.values() for slot in slots))

    def _slots_behind(self, conditions: Sequence[Condition]) -> tuple[str, ...]:
        slots: dict[str, None] = {}
        for condition in conditions:
            slots[condition.slot] = None
            slot = self.slots.get(condition.slot)
            for choice_id in condition.allowed:
                choice = slot.choice(choice_id) if slot else None
                if choice and choice.possible_if:
                    slots[choice.possible_if.slot] = None
        return tuple(slots)

    @cached_property
    def benefits(self) -> tuple[Support, ...]:
        """The supports that are held against a profile, in the order of the paper."""
        return tuple(s for s in self.supports.values() if s.kind is SupportKind.BENEFIT)

    def say(self, phrase_id: str, **values: str) -> str:
        """Return the phrase with its placeholders filled. Raises KeyError for an unknown phrase
        and for a placeholder without a value."""
        return self.phrases[phrase_id].format(**values)

    def bureau(self, printed: str) -> Bureau | None:
        """The bureau behind a name as printed in a clause (市科技局 → 科技局)."""
        return self.bureaus.get(printed) or self.bureaus.get(printed.removeprefix("市"))
