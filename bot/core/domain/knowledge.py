"""The knowledge as immutable values: policies, clauses, supports, slots and phrases.

`bot.content` builds them from YAML; the core only reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

from bot.core.domain.phrases import PhraseId

# Ids of the slots with special rules in the code. The knowledge may have more slots.
IDENTITY = "identity"
STAGE = "stage"
NEEDS = "needs"
DISTRICT = "district"
# Ends a part of a statement of a later rule.
_PARTS = re.compile(r"[；;。]")


class PolicyStatus(StrEnum):
    """Whether the policy is in force today, as far as the admin could verify."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    UNVERIFIED = "unverified"


class SupportStatus(StrEnum):
    """Whether the support is available today."""

    OPEN = "open"
    EXHAUSTED = "exhausted"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    UNVERIFIED = "unverified"


class Basis(StrEnum):
    """Where a condition comes from: the words of the paper, or our reading of them."""

    PAPER = "paper"
    READING = "reading"


class SupportKind(StrEnum):
    """A benefit is evaluated for a profile and listed in results; background (goals, lead bureaus)
    is not. An unlisted support is for people whom the interview does not know (pupils): it answers
    direct questions and is never listed."""

    BENEFIT = "benefit"
    BACKGROUND = "background"
    UNLISTED = "unlisted"


class ChoiceRole(StrEnum):
    """What a choice means beyond its words: a firm that is planned, one younger than
    `Choice.under_years`, an older one, or that somebody has a firm."""

    PLANNED = "planned"
    YOUNG = "young"
    OLDER = "older"
    FIRM = "firm"


@dataclass(frozen=True, slots=True)
class Locality:
    """The city that the service is for.

    `product`: the name of the service. `city`, `city_full`: its short and its full name (the
    present-day names of bureaus begin with the latter); `city_words`: how people name it.
    `hotline`: the public service line. `bureau_prefix`: what stands before the names of bureaus in
    a policy. `county_bureau`: the entry of `Clause.bureaus` that means the government of each
    county. `arrivals`: words that make a question local although it names another city;
    `returns`: words of a return to the city. Two switches for emergencies: `paused`: the bot
    answers nothing but what it stores of a person; `suspended`: ids of supports that count as
    suspended.
    """

    product: str = ""
    city: str = ""
    city_full: str = ""
    city_words: tuple[str, ...] = ()
    hotline: str = ""
    time_zone: str = "UTC"
    bureau_prefix: str = ""
    county_bureau: str = ""
    arrivals: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    paused: bool = False
    suspended: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """Return the placeholders that every phrase may use."""
        return {"product": self.product, "city": self.city, "city_hotline": self.hotline}


@dataclass(frozen=True, slots=True)
class Supersedes:
    """What a policy replaces: a whole earlier policy, or these of its supports."""

    policy: str
    supports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document with its issuer, date and status.

    `effective`: the first day in force; `valid_until`: the last one. `lead_clause`: the clause
    that names the bureaus for all whose own clause names none. `short_name`: how the policy is
    called where several are listed. `supersedes`: what it replaces of earlier policies. `basis`:
    the documents that it names as what it carries out, with their numbers. `review_by`: the day by
    which an admin wants to look at it again.
    """

    id: str
    title: str
    issuer: str
    issued: date
    source: str
    status: PolicyStatus
    doc_no: str = ""
    target_year: int | None = None
    last_verified: date | None = None
    effective: date | None = None
    valid_until: date | None = None
    lead_clause: str = ""
    short_name: str = ""
    supersedes: tuple[Supersedes, ...] = ()
    basis: tuple[str, ...] = ()
    review_by: date | None = None

    @property
    def name(self) -> str:
        """Return the short name, or else the title."""
        return self.short_name or self.title


@dataclass(frozen=True, slots=True)
class Bureau:
    """A bureau named in the policy.

    `now` is the present-day name, `telephone`, `address` and `url` reach the office; each is ""
    without proof. `confidence`, `source` and `verified` are the proof: its grade, where it was
    seen, and its date. `review_by`: as of Policy.
    """

    name: str
    aliases: tuple[str, ...] = ()
    now: str = ""
    verified: str = ""
    note: str = ""
    confidence: str = ""
    source: str = ""
    telephone: str = ""
    address: str = ""
    url: str = ""
    review_by: date | None = None

    @property
    def has_office(self) -> bool:
        """Return whether it is known how to reach the bureau."""
        return bool(self.telephone or self.address or self.url)


@dataclass(frozen=True, slots=True)
class Hotline:
    """A public telephone number that a source confirms. `id`: what the knowledge files call it, ""
    for its number. `review_by`: as of Policy."""

    number: str
    title: str
    review_by: date | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered paragraph of the policy, verbatim.

    `bureaus` has the printed names in the order of the text; the first one is the lead bureau.
    `open_list`: the printed list ends in 等.
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
        """Return the printed name of the lead bureau; "" if the clause names none."""
        return self.bureaus[0] if self.bureaus else ""


@dataclass(frozen=True, slots=True)
class PersonKind:
    """A kind of people that a later rule names.

    `words`: what people of this kind say of themselves. `identities`: the choices of the identity
    slot that belong to this kind. `once`: membership is sensitive; it is told when it is said and
    never stored.
    """

    label: str
    words: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    once: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """A statement of a later rule about a support or an out-of-scope topic, with date and source.

    `about`: what it states and the policy does not: fields (amount, deadline, …), and words of
    unstated topics (担保, 编制). `always`: it belongs to every answer on its support or topic.
    `words`: such a rule warns; who says one of these words gets it too, whatever the answer is.
    `people`: the kinds of people that it names. `questions`: how users ask for just this;
    `follow_ups`: the same once they talk about its support, so these are not searched.
    `confidence`: A for a government website, B for a named news source. `file`: where it stands in
    the knowledge folder; `review_by`: as of Policy.
    """

    title: str
    issuer: str
    dated: str
    say: str
    confidence: str
    source: str
    valid_until: date | None = None
    about: tuple[str, ...] = ()
    always: bool = False
    words: tuple[str, ...] = ()
    people: tuple[PersonKind, ...] = ()
    questions: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    file: str = ""
    review_by: date | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the statement that may be said one by one."""
        return tuple(part for part in _PARTS.split(self.say) if part)

    def states(self, topic: str) -> bool:
        """Return whether this statement answers an unstated topic: a word of `about` is in it."""
        return any(word in topic for word in self.about)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which answers to a slot meet a condition.

    `allowed`: the choices that meet it. `perhaps`: choices of which the paper means some or does
    not say. Any other answer fails it if the list is `closed` by the paper's own words, and leaves
    it open otherwise. `anyone`: the paper restricts nobody; then every choice meets the condition
    except `perhaps` and `barred`. `quote`: the words of the clause that name the people.
    """

    slot: str
    allowed: tuple[str, ...] = ()
    basis: Basis = Basis.READING
    closed: bool = False
    quote: str = ""
    perhaps: tuple[str, ...] = ()
    anyone: bool = False
    barred: tuple[str, ...] = ()

    def meets(self, choice: str) -> bool:
        """Return whether a choice meets the condition."""
        if self.anyone:
            return choice not in self.perhaps and choice not in self.barred
        return choice in self.allowed

    def fails(self, choice: str) -> bool:
        """Return whether a choice fails the condition."""
        if self.anyone:
            return choice in self.barred
        return self.closed and choice not in self.allowed and choice not in self.perhaps


@dataclass(frozen=True, slots=True)
class Support:
    """One benefit of a clause, or one background fact.

    `alike`: supports of other policies that the same questions ask for. `covers`: out-of-scope
    topics that this support answers: they are none any more. `general`: what the city builds or
    promotes, which nobody applies for; listed after what one can apply for. `review_by`: as of
    Policy.
    """

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
    alike: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    general: bool = False
    valid_until: date | None = None
    status: SupportStatus = SupportStatus.OPEN
    last_verified: date | None = None
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class OutOfScopeTopic:
    """A topic that users ask about and the policy does not cover.

    `hotline`: the number to call; "" if no office is responsible (poems, the weather). `see`: ids
    of related supports. `updates`: what later rules state on the topic.
    """

    id: str
    title: str
    hotline: str
    keywords: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    updates: tuple[Update, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer to a slot.

    `words`: expressions that state this choice. `not_words`: expressions that contain such a word
    and state something else (renting a desk in an incubator is not operating one).
    `possible_if`: a user who did not state this choice may still have it if the other slot has, or
    may get, one of these answers. A student with a registered firm may also be a company, so the
    verdict is maybe.
    `not_with`: choices of the same slot beside which this one is never presumed: a university is
    no company.
    `replaces`: choices that this one ends when it is stated later (a graduate is no student).
    `office`: the government to contact if the choice is a district.
    `denied_by`: expressions by which a user denies this choice without naming it.
    `lasting`: what was so once stays so: somebody who worked elsewhere is a returning worker.
    `role`: its meaning where ages and plans of firms are understood; `under_years`: the age in
    years below which a firm is young.
    """

    id: str
    label: str
    words: tuple[str, ...] = ()
    possible_if: Condition | None = None
    replaces: tuple[str, ...] = ()
    office: str = ""
    not_words: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    lasting: bool = False
    denied_by: tuple[str, ...] = ()
    role: ChoiceRole | None = None
    under_years: int | None = None


@dataclass(frozen=True)
class Slot:
    """A question of the interview.

    `why`: the reason for the question, shown on request. `changeable`: `what_if` may vary it.
    `none_choice`: the id of the choice "none of these". `unless`: the slot is not asked if all
    answers to another slot are among these (the stage changes nothing for a mentor).
    """

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
        """Return the choice with this id, or None."""
        return self._by_id.get(choice_id)

    @cached_property
    def _by_id(self) -> dict[str, Choice]:
        return {choice.id: choice for choice in self.choices}

    def label(self, choice_id: str) -> str:
        """Return the label of a choice; its id if it left the knowledge."""
        found = self.choice(choice_id)
        return found.label if found else choice_id


@dataclass(frozen=True, slots=True)
class FactSample:
    """What somebody says, and the facts that it states about the speaker: slot → choices."""

    text: str
    facts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Knowledge:
    """One version of the knowledge folder. All turns share it; nothing changes it.

    `signposts`: the out-of-scope topics by id. `silences`: words of `Support.unstated` → how users
    ask for them. `unwritten`: topics that no clause states for any support → how users ask for
    them. `confirmations`: the words for yes and no to the question whether to delete everything.
    `switched_off`: the status that the supports of `Locality.suspended` have by their own file.
    `elsewhere`: names of other cities. `function_words`: English words without content.
    `fillers`: the words without content beside what a question is about, by kind of question.
    `questions`: the words that give a question its
    form (yes/no, hearsay …), by kind. `bureau_questions`: samples of messages that name a bureau,
    by what they ask about it; `paper_questions`: samples of questions about a paper, by detail.
    `acts`: samples of talk about the bot or the conversation, by act; `aspect_questions`: samples
    of questions for one aspect of a support; `requests`: samples of messages about policy, by
    kind; `fact_samples`: samples of what people say of themselves. `spoken`: dialect words → the
    standard words that are searched instead. `people`: the name of a person other than the user,
    as replies say it → how users name that person. `scopes`: the words that tell of whom, when
    and how sure a statement is, by kind.
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
    confirmations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unwritten: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    function_words: tuple[str, ...] = ()
    fillers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bureau_questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paper_questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    locality: Locality = Locality()
    spoken: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aspect_questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fact_samples: tuple[FactSample, ...] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    switched_off: Mapping[str, SupportStatus] = field(default_factory=dict)

    def without_switches(self) -> Knowledge:
        """Return the knowledge as it is written, without the switches for emergencies. Scenarios
        are checked with it: what they expect must not keep an admin from a switch."""
        if not (self.locality.paused or self.switched_off):
            return self
        own = {
            name: replace(self.supports[name], status=status)
            for name, status in self.switched_off.items()
        }
        return replace(
            self,
            supports={name: own.get(name, support) for name, support in self.supports.items()},
            locality=replace(self.locality, paused=False, suspended=()),
            switched_off={},
        )

    @cached_property
    def deciding(self) -> dict[str, tuple[str, ...]]:
        """Return, for each support, the slots whose answers can decide its verdict."""
        return {s.id: self._slots_behind(s.conditions) for s in self.supports.values()}

    @cached_property
    def deciding_any(self) -> tuple[str, ...]:
        """Return the slots that can decide the verdict of any support."""
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
        """Return the supports that are evaluated for a profile, in the order of the policy."""
        return tuple(s for s in self.supports.values() if s.kind is SupportKind.BENEFIT)

    @cached_property
    def later_rules(self) -> dict[str, tuple[Update, ...]]:
        """The statements of the later rules, by the title of the rule."""
        rules = [update for support in self.supports.values() for update in support.updates]
        rules += [update for topic in self.signposts.values() for update in topic.updates]
        found: dict[str, dict[str, Update]] = {}
        for update in rules:
            found.setdefault(update.title, {}).setdefault(update.say, update)
        return {title: tuple(said.values()) for title, said in found.items()}

    @cached_property
    def words_of_rules(self) -> dict[str, tuple[str, ...]]:
        """The texts that tell a statement of a later rule, by the title of the rule."""
        return {
            title: (title, *(part for update in said for part in update.parts))
            for title, said in self.later_rules.items()
        }

    @cached_property
    def always_rules(self) -> dict[Update, tuple[Support | OutOfScopeTopic, ...]]:
        """The statements of later rules that belong to every answer on their supports and topics,
        with these."""
        found: dict[Update, list[Support | OutOfScopeTopic]] = {}
        entries: list[Support | OutOfScopeTopic] = [*self.supports.values()]
        entries += self.signposts.values()
        for entry in entries:
            for update in entry.updates:
                if update.always:
                    found.setdefault(update, []).append(entry)
        return {update: tuple(carriers) for update, carriers in found.items()}

    @cached_property
    def distinct_conditions(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the different conditions of the benefits, each once."""
        return tuple(dict.fromkeys(s.conditions for s in self.benefits))

    @cached_property
    def benefit_conditions(self) -> tuple[int, ...]:
        """Return for each benefit the place of its conditions in `distinct_conditions`."""
        places = {conditions: n for n, conditions in enumerate(self.distinct_conditions)}
        return tuple([places[support.conditions] for support in self.benefits])

    def policy_status(self, policy: Policy, today: date) -> PolicyStatus:
        """Return the status of a policy on this day: its own, unless its last day is past or
        another policy in force replaces the whole of it."""
        whole = (
            other
            for other in self.policies.values()
            for entry in other.supersedes
            if entry.policy == policy.id and not entry.supports
        )
        if any(other.effective is None or other.effective <= today for other in whole):
            return PolicyStatus.SUPERSEDED
        if policy.status is PolicyStatus.SUPERSEDED:
            return policy.status
        ended = policy.valid_until and policy.valid_until < today
        return PolicyStatus.EXPIRED if ended else policy.status

    @cached_property
    def _superseded(self) -> dict[str, tuple[date | None, ...]]:
        """The supports that policies replace → the first days in force of these policies."""
        found: dict[str, tuple[date | None, ...]] = {}
        for policy in self.policies.values():
            for entry in policy.supersedes:
                whole = (s.id for s in self.supports.values() if s.policy == entry.policy)
                for support in entry.supports or whole:
                    found[support] = (*found.get(support, ()), policy.effective)
        return found

    def is_superseded(self, support: str, today: date) -> bool:
        """Return whether a policy that is in force on this day replaces a support, by its own
        words."""
        return any(day is None or day <= today for day in self._superseded.get(support, ()))

    @cached_property
    def _alike(self) -> dict[str, frozenset[str]]:
        """The supports that look alike, in both directions."""
        found: dict[str, set[str]] = {}
        for support in self.supports.values():
            for other in support.alike:
                found.setdefault(support.id, set()).add(other)
                found.setdefault(other, set()).add(support.id)
        return {support: frozenset(others) for support, others in found.items()}

    def alike(self, support: str) -> frozenset[str]:
        """Return the supports of other policies that the same questions ask for."""
        return self._alike.get(support, frozenset())

    def precedes(self, first: str, second: str, today: date) -> bool:
        """Return whether the first of two supports that look alike answers instead of the second:
        the second is not available or superseded, or only the first is in force, or the first is
        newer and both are in force."""
        one, other = self.supports[first], self.supports[second]
        closed = [self.closure(support, today) is not None for support in (one, other)]
        if closed[0] != closed[1]:
            return closed[1]
        superseded = [self.is_superseded(support, today) for support in (first, second)]
        if superseded[0] != superseded[1]:
            return superseded[1]
        policies = [self.policies[support.policy] for support in (one, other)]
        in_force = [policy.status is PolicyStatus.IN_FORCE for policy in policies]
        newer = policies[0].issued > policies[1].issued
        return in_force == [True, False] or (all(in_force) and newer)

    @cached_property
    def person_kinds(self) -> dict[str, PersonKind]:
        """Return the kinds of people that later rules name, by label."""
        kinds = (k for s in self.supports.values() for u in s.updates for k in u.people)
        return {kind.label: kind for kind in kinds}

    def say(self, phrase: str, **values: str) -> str:
        """Return the phrase, given by a literal id, with its placeholders filled. Raises KeyError
        for an unknown phrase and for a placeholder without a value."""
        return self.phrases[phrase].format(**self._locality_values, **values)

    def say_id(self, phrase: PhraseId, **values: str) -> str:
        """Return the phrase, given by a marked id (`phrase_id`); else like `say`."""
        return self.say(phrase, **values)

    @cached_property
    def _locality_values(self) -> dict[str, str]:
        return self.locality.values

    def closure(self, support: Support, today: date) -> PolicyStatus | SupportStatus | None:
        """Return why a support is not available on this day: the status of its policy, or its own;
        None if it is available as far as the knowledge states."""
        status = self.policy_status(self.policies[support.policy], today)
        if status in (PolicyStatus.EXPIRED, PolicyStatus.SUPERSEDED):
            return status
        if self.is_superseded(support.id, today):
            return SupportStatus.SUPERSEDED
        if support.status not in (SupportStatus.OPEN, SupportStatus.UNVERIFIED):
            return support.status
        if support.valid_until and support.valid_until < today:
            return SupportStatus.EXPIRED
        return None

    def bureau(self, printed: str) -> Bureau | None:
        """Return the bureau with a name as printed in a clause (市科技局 → 科技局), or None. An
        alias is a name too."""
        return self._bureaus_by_name.get(printed) or self._bureaus_by_name.get(
            printed.removeprefix(self.locality.bureau_prefix)
        )

    @cached_property
    def _bureaus_by_name(self) -> dict[str, Bureau]:
        aliases = {a: bureau for bureau in self.bureaus.values() for a in bureau.aliases}
        return {**aliases, **self.bureaus}
