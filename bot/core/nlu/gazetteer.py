"""What people say for the choices of a slot, found in a text: the longest words first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from bot.core.domain.knowledge import NEEDS, Slot
from bot.core.nlu.patterns import LACK, NEVER, NOT, ONCE
from bot.core.text.normalizer import Lexicon

# Before the id of a choice: what sounds like it and is not.
LIKE = "!"
# How much may stand inside “从英国（读完硕士）回来”.
GAP = 10
# Texts of which it is remembered what they name.
FOUND = 512
_BACK = re.compile(r"回来|回国|归来|回柳")
_PAUSE = re.compile(r"[,，。?？!！;；\s]")


@dataclass(frozen=True, slots=True)
class Named:
    """A choice named in a text, and where; `denied`: “不是学生”."""

    start: int
    end: int
    choice: str
    denied: bool = False

    def inside(self, other: Named) -> bool:
        """Whether this name is only a part of a longer one."""
        here, there = (self.start, self.end), (other.start, other.end)
        return there[0] <= here[0] and here[1] <= there[1] and here != there


@lru_cache(maxsize=16)
def _openings(clean: str) -> frozenset[str]:
    """How a word that stands in this text can begin. Every list of a turn asks this."""
    return frozenset({*clean, *map("".join, pairwise(clean))})


class WordList:
    """Words with what each means, of which a message can hold only a few."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._by_opening: dict[str, list[int]] = {}
        for number, (word, _) in enumerate(pairs):
            self._by_opening.setdefault(word[:2], []).append(number)

    def in_reach(self, clean: str) -> list[tuple[str, str]]:
        """Those whose first two characters stand in the message, in their own order."""
        by_opening = self._by_opening
        here = by_opening.keys() & _openings(clean)
        return [
            self.pairs[n] for n in sorted([n for opening in here for n in by_opening[opening]])
        ]


class Gazetteer:
    """The words of one slot with their choices."""

    def __init__(self, slot: Slot, lexicon: Lexicon) -> None:
        self._slot = slot
        pairs = {
            (lexicon.normalize(word), choice.id)
            for choice in slot.choices
            for word in (choice.label, *choice.label.split("/"), *choice.words)
        }
        pairs |= {
            (lexicon.normalize(word), LIKE + choice.id)
            for choice in slot.choices
            for word in choice.not_words
        }
        # What only sounds like a choice comes before words of the same length.
        self._list = WordList(
            sorted(pairs, key=lambda p: (-len(p[0]), not p[1].startswith(LIKE), p[0]))
        )
        self._words = frozenset(pairs)
        self._ends = {choice.id: choice.replaces for choice in slot.choices}
        self._ending = frozenset(ended for ends in self._ends.values() for ended in ends)
        # “英国回来” is also said with a story in between.
        heads = {(w.removeprefix("从")[:-2], c) for w, c in pairs if w.endswith("回来")}
        self._heads = tuple(sorted((h, c) for h, c in heads if len(h) >= 2))

    def words(self) -> list[str]:
        """Everything that is said for a choice, or sounds like one."""
        return [word for word, _ in self._list.pairs]

    def knows(self, word: str, choice: str) -> bool:
        """Whether this is a word for this choice."""
        return (word, choice) in self._words

    def find(self, clean: str) -> tuple[Named, ...]:
        """Every choice named, in the order of the text. A turn asks several times."""
        return self._found(clean)[0]

    def unlike(self, clean: str) -> tuple[Named, ...]:
        """Every choice that the text sounds like and does not mean: “租户” is no operator."""
        return tuple(name for name in self._found(clean)[1] if not name.denied)

    @cached_property
    def _found(self) -> Callable[[str], tuple[tuple[Named, ...], tuple[Named, ...]]]:
        return lru_cache(maxsize=FOUND)(self._find)

    def _denied(self, before: str, choice: str) -> bool:
        """Whether what stands before a word says no to it."""
        if self._slot.id == NEEDS:
            return bool(NOT.search(before) and not LACK.search(before))
        once = choice in self._ending and ONCE.search(before)
        return bool(once or NEVER.search(before) or NOT.search(before))

    def _find(self, clean: str) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
        found: list[Named] = []
        idle: dict[str, list[Named]] = {}
        for word, choice in self._list.in_reach(clean):
            start = clean.find(word)
            while start >= 0:
                end = start + len(word)
                mine = choice.removeprefix(LIKE)
                taken = (*found, *idle.get(mine, ()))
                if all(end <= n.start or start >= n.end for n in taken):
                    name = Named(start, end, mine, self._denied(clean[:start], mine))
                    (found if mine == choice else idle.setdefault(mine, [])).append(name)
                start = clean.find(word, start + 1)
        found += self._told_apart(clean, found) if "回" in clean or "归来" in clean else []
        unlike = tuple(name for names in idle.values() for name in names)
        return tuple(sorted(found, key=lambda n: (n.start, n.end))), unlike

    def _told_apart(self, clean: str, found: Sequence[Named]) -> list[Named]:
        apart = []
        for head, choice in self._heads:
            start = clean.find(head)
            back = _BACK.search(clean, start + len(head)) if start >= 0 else None
            if back is None or any(n.start <= start and back.end() <= n.end for n in found):
                continue
            between = clean[start + len(head) : back.start()]
            if len(between) <= GAP and not _PAUSE.search(between):
                denied = self._denied(clean[:start], choice)
                apart.append(Named(start, back.end(), choice, denied))
        return apart

    def _over(self, name: Named, found: Sequence[Named]) -> bool:
        """Whether another name says that this is over: “我是应届大学生，刚毕业” and
        “毕业两年的大学生”, but not “本科毕业，现在读研”."""
        return any(
            name.choice in self._ends[later.choice]
            and not later.denied
            and (later.start > name.start or later.end + 1 >= name.start)
            for later in found
        )

    def meant(self, found: Sequence[Named]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The choices said and the choices denied, of those that were found."""
        slot = self._slot
        order = [n.choice for n in found if not n.denied and not self._over(n, found)]
        if slot.none_choice in order and len(set(order)) > 1:
            order = [c for c in order if c != slot.none_choice]
        refused = [n.choice for n in found if n.denied and n.choice not in order]
        if not slot.multiple:
            order = order[-1:]
        return tuple(dict.fromkeys(order)), tuple(dict.fromkeys(refused))
