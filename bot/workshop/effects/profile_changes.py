"""Compare the verdicts of two versions of the knowledge for every profile.

A verdict depends on the slots of the conditions only, so the profiles are the combinations of the
answers to these slots. Answers that no condition tells apart are one group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product
from math import prod

from bot.core.domain.knowledge import Condition, Knowledge, Slot, Support, SupportKind
from bot.core.eligibility.verdicts import Verdict, evaluate

# A group of answers to one slot that no condition tells apart, each a set of choices that are
# given together (one choice, or two of a slot with several); () stands for no answer.
Answers = tuple[tuple[str, ...], ...]
# One group for each slot.
Cell = tuple[Answers, ...]
Verdicts = tuple[Verdict | None, Verdict | None]
UNANSWERED: Answers = ((),)
_OPEN = (Verdict.APPLIES, Verdict.MAYBE)


@dataclass(frozen=True, slots=True)
class People:
    """The people with one of these answers to each slot: slot → answers, each a set of choices
    given together; an empty set: the slot is not answered. A slot that is not named may have any
    answer."""

    answers: tuple[tuple[str, Answers], ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """A verdict that changes for some people. None: there is no such support, or it is not
    evaluated. `before`: () for any other verdict than `after`."""

    people: tuple[People, ...]
    before: tuple[Verdict | None, ...]
    after: Verdict | None


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """Supports whose verdicts change in the same way. `supports`: their ids and titles. `lost`,
    `gained`: whether some people could get them before and cannot now, or the reverse.
    `is_regression`: some lose them otherwise than by a status, which an editor sets on purpose."""

    supports: tuple[tuple[str, str], ...]
    transitions: tuple[Transition, ...]
    lost: bool
    gained: bool
    is_regression: bool


def compare_profiles(old: Knowledge, new: Knowledge, today: date) -> tuple[ProfileChange, ...]:
    """Return the supports whose verdict changes for any profile on this day."""
    merged: dict[tuple[tuple[Transition, ...], bool, bool, bool], list[tuple[str, str]]] = {}
    for name in dict.fromkeys((*new.supports, *old.supports)):
        pair = _Pair(old, new, old.supports.get(name), new.supports.get(name), today)
        cells = pair.changed()
        if cells:
            lost = {after for before, after in cells.values() if before in _OPEN} - {*_OPEN}
            gained = any(v in _OPEN and before not in _OPEN for before, v in cells.values())
            key = (pair.transitions(cells), bool(lost), gained, bool(lost - {Verdict.CLOSED}))
            title = (new.supports.get(name) or old.supports[name]).title
            merged.setdefault(key, []).append((name, title))
    return tuple(ProfileChange(tuple(found), *key) for key, found in merged.items())


@dataclass(frozen=True)
class _Pair:
    """A support in both versions; None where a version does not have it."""

    old: Knowledge
    new: Knowledge
    before: Support | None
    after: Support | None
    today: date

    def changed(self) -> dict[Cell, Verdicts]:
        """Return the cells whose verdict changes. People with two answers to one slot are looked
        at only if nothing changes for anybody with one: else their change follows from it."""
        groups = {slot: self.groups(slot) for slot in self.slots()}
        found = self._changed_in(groups)
        if found:
            return found
        for slot in self.multiple():
            if slot in groups:
                pairs = tuple(_pairs(groups[slot]))
                found |= self._changed_in({**groups, slot: pairs})
        return found

    def _changed_in(self, groups: Mapping[str, Sequence[Answers]]) -> dict[Cell, Verdicts]:
        found = {}
        for cell in product(*groups.values()):
            profile = {s: group[0] for s, group in zip(groups, cell, strict=True) if group[0]}
            verdicts = (
                _verdict(self.before, profile, self.old, self.today),
                _verdict(self.after, profile, self.new, self.today),
            )
            if _differs(*verdicts):
                found[cell] = verdicts
        return found

    def slots(self) -> tuple[str, ...]:
        """Return the slots that can decide the verdict in one of the versions."""
        both = ((self.before, self.old), (self.after, self.new))
        used = {slot for s, knowledge in both if s for slot in knowledge.deciding[s.id]}
        order = dict.fromkeys((*self.new.slots, *self.old.slots))
        return (*(slot for slot in order if slot in used), *sorted(used - {*order}))

    def multiple(self) -> list[str]:
        """Return the slots that take several answers."""
        slots = {**self.old.slots, **self.new.slots}
        return [slot.id for slot in slots.values() if slot.multiple]

    def groups(self, slot: str) -> tuple[Answers, ...]:
        """Return the answers to a slot, those that no condition tells apart in one group; the
        first group is no answer."""
        choices: dict[str, None] = {}
        for knowledge in (self.new, self.old):
            found = knowledge.slots.get(slot)
            choices |= dict.fromkeys(choice.id for choice in (found.choices if found else ()))
        alike: dict[tuple[object, ...], list[tuple[str, ...]]] = {}
        for choice in choices:
            alike.setdefault(self._signature(slot, choice), []).append((choice,))
        return (UNANSWERED, *(tuple(group) for group in alike.values()))

    def _signature(self, slot: str, choice: str) -> tuple[object, ...]:
        """Return what the conditions of both versions see of a choice."""
        return (
            *_seen(slot, choice, self.before, self.old.slots),
            *_seen(slot, choice, self.after, self.new.slots),
        )

    def transitions(self, cells: Mapping[Cell, Verdicts]) -> tuple[Transition, ...]:
        """Describe changed cells. A cell with an unanswered slot is left out if a possible answer
        leads to another changed cell."""
        groups = [self.groups(slot) for slot in self.slots()]
        after = {verdict for _, verdict in cells.values()}
        if len(cells) == prod(map(len, groups)) and len(after) == 1:
            before = {verdict for verdict, _ in cells.values()}
            told = tuple(before) if len(before) == 1 and after != {Verdict.CLOSED} else ()
            return (Transition((People(),), told, after.pop()),)
        answered = [cell for cell in cells if UNANSWERED not in cell]
        rest = [c for c in cells if UNANSWERED in c and not any(_leads(c, a) for a in answered)]
        answers = [frozenset(each) - {UNANSWERED} for each in groups]
        every = [frozenset(each) for each in groups]
        return (*self._described(cells, answered, answers), *self._described(cells, rest, every))

    def _described(
        self,
        cells: Mapping[Cell, Verdicts],
        chosen: Sequence[Cell],
        whole: Sequence[frozenset[Answers]],
    ) -> Iterator[Transition]:
        """Yield a transition for each change of verdict among the chosen cells. `whole`: the
        groups of each slot; a slot with all of them is not named."""
        by_verdicts: dict[Verdicts, list[Cell]] = {}
        for cell in chosen:
            by_verdicts.setdefault(cells[cell], []).append(cell)
        for (before, now), found in by_verdicts.items():
            people = tuple(_people(self.slots(), whole, block) for block in _blocks(found))
            yield Transition(people, (before,), now)


def _leads(cell: Cell, answered: Cell) -> bool:
    """Return whether answers to the open slots of a cell lead to another cell."""
    pairs = zip(cell, answered, strict=True)
    return all(group in (UNANSWERED, other) for group, other in pairs)


def _differs(before: Verdict | None, after: Verdict | None) -> bool:
    """Return whether a verdict changes. What was not there and cannot be had is no change."""
    if before is None or after is None:
        return before in _OPEN or after in _OPEN
    return before is not after


def _verdict(
    support: Support | None,
    profile: Mapping[str, tuple[str, ...]],
    knowledge: Knowledge,
    today: date,
) -> Verdict | None:
    if support is None or support.kind is not SupportKind.BENEFIT:
        return None
    return evaluate(support, profile, knowledge, today).verdict


def _seen(
    slot: str, choice: str, support: Support | None, slots: Mapping[str, Slot]
) -> Iterator[object]:
    """Yield all that `check_condition` can see of one choice of a slot."""
    for condition in support.conditions if support else ():
        related = list(_possible(condition, slots))
        if condition.slot == slot:
            yield condition.meets(choice), condition.fails(choice)
            yield tuple(choice in not_with for _, not_with in related)
        yield tuple(choice in possible.allowed for possible, _ in related if possible.slot == slot)


def _possible(
    condition: Condition, slots: Mapping[str, Slot]
) -> Iterator[tuple[Condition, tuple[str, ...]]]:
    slot = slots.get(condition.slot)
    for name in condition.allowed:
        choice = slot.choice(name) if slot else None
        if choice and choice.possible_if:
            yield choice.possible_if, choice.not_with


def _pairs(groups: Sequence[Answers]) -> Iterator[Answers]:
    """Yield the pairs of answers from two groups."""
    for first, second in combinations([g for g in groups if g != UNANSWERED], 2):
        yield tuple((*one, *other) for one in first for other in second)


def _blocks(cells: Sequence[Cell]) -> list[tuple[tuple[Answers, ...], ...]]:
    """Return the cells as blocks: for each slot the groups that are combined with all groups of
    the other slots in the block."""
    if not cells or not cells[0]:
        return [()]
    rests: dict[Answers, list[Cell]] = {}
    for cell in cells:
        rests.setdefault(cell[0], []).append(cell[1:])
    alike: dict[tuple[Cell, ...], list[Answers]] = {}
    for group, rest in rests.items():
        alike.setdefault(tuple(rest), []).append(group)
    return [
        (tuple(groups), *block) for rest, groups in alike.items() for block in _blocks(list(rest))
    ]


def _people(
    slots: Sequence[str],
    whole: Sequence[frozenset[Answers]],
    block: Sequence[tuple[Answers, ...]],
) -> People:
    named = [
        (slot, tuple(answer for group in groups for answer in group))
        for slot, every, groups in zip(slots, whole, block, strict=True)
        if frozenset(groups) != every
    ]
    return People(tuple(named))
