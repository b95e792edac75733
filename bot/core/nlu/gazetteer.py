"""Find mentions of the choices of a slot in a text, the longest words first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from bot.core.domain.knowledge import NEEDS, Slot
from bot.core.nlu.patterns import FORMERLY, LACK, NEGATION, NEVER
from bot.core.text.normalizer import Lexicon, any_of

# Prefix of a choice id for a decoy: a word that contains a word of the choice and does not mean it
# (`Choice.not_words`).
DECOY = "!"
# Stands in a word for other text between its two parts.
GAP = "..."
# Longest text, in characters, between the parts of a split mention: “从英国（读完硕士）回来”.
# Chosen by hand on the development questions.
SPLIT_GAP_MAX = 10
# Entries in the LRU cache of texts and their mentions, per slot.
CACHE_SIZE = 512
_BACK = ("回来", "回国", "归来")
_PAUSE = re.compile(r"[,，。?？!！;；\s]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of a choice: the characters `start:end` of a text. `negated`: “不是学生”."""

    start: int
    end: int
    choice: str
    negated: bool = False

    def inside(self, other: Mention) -> bool:
        """Return whether this mention is a proper part of another one."""
        here, there = (self.start, self.end), (other.start, other.end)
        return there[0] <= here[0] and here[1] <= there[1] and here != there


@lru_cache(maxsize=16)
def _prefixes(clean: str) -> frozenset[str]:
    """Return every character and character pair of a text. Cached: one turn searches the same
    text in several word lists."""
    return frozenset({*clean, *map("".join, pairwise(clean))})


class WordList:
    """Pairs of word and meaning, indexed by the first two characters of the word."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._by_prefix: dict[str, list[int]] = {}
        for number, (word, _) in enumerate(pairs):
            self._by_prefix.setdefault(word[:2], []).append(number)

    def candidates(self, clean: str) -> list[tuple[str, str]]:
        """Return the pairs whose first two characters occur in the text, in the given order."""
        by_prefix = self._by_prefix
        found = by_prefix.keys() & _prefixes(clean)
        return [self.pairs[n] for n in sorted([n for prefix in found for n in by_prefix[prefix]])]


class Gazetteer:
    """Finds the choices of one slot by their labels and words."""

    def __init__(self, slot: Slot, lexicon: Lexicon, returns: Sequence[str] = ()) -> None:
        self._slot = slot
        self._back = any_of((*_BACK, *returns))
        pairs = {
            (lexicon.normalize(word), choice.id)
            for choice in slot.choices
            for word in (choice.label, *choice.label.split("/"), *choice.words)
        }
        pairs |= {
            (lexicon.normalize(word), DECOY + choice.id)
            for choice in slot.choices
            for word in (*choice.not_words, *choice.denied_by)
        }
        # A decoy comes before a word of the same length.
        self._list = WordList(
            sorted(pairs, key=lambda p: (-len(p[0]), not p[1].startswith(DECOY), p[0]))
        )
        self._words = frozenset(pairs)
        self._replaces = {choice.id: choice.replaces for choice in slot.choices}
        self._replaceable = frozenset(c for replaced in self._replaces.values() for c in replaced)
        # A word such as “英国回来” also matches with other text before 回来.
        heads = {(w.removeprefix("从")[:-2], c) for w, c in pairs if w.endswith("回来")}
        self._heads = tuple(sorted((h, c) for h, c in heads if len(h) >= 2))
        # Two parts with other text between: “出去…打工”.
        gaps = [(w.split(GAP), c) for w, c in sorted(pairs) if GAP in w]
        self._gaps = tuple((parts[0], parts[-1], c) for parts, c in gaps)

    def words(self) -> list[str]:
        """Return every word of the slot, decoys included."""
        return [word for word, _ in self._list.pairs]

    def contains(self, word: str, choice: str) -> bool:
        """Return whether this is a word of this choice."""
        return (word, choice) in self._words

    def find(self, clean: str) -> tuple[Mention, ...]:
        """Return the mentions of choices, in the order of the text."""
        return self._found(clean)[0]

    def find_decoys(self, clean: str) -> tuple[Mention, ...]:
        """Return the decoys in a text, as mentions of the choice that they resemble: “租户” is not
        an operator."""
        return tuple(mention for mention in self._found(clean)[1] if not mention.negated)

    @cached_property
    def _found(self) -> Callable[[str], tuple[tuple[Mention, ...], tuple[Mention, ...]]]:
        return lru_cache(maxsize=CACHE_SIZE)(self._find)

    def _is_negated(self, before: str, choice: str) -> bool:
        """Return whether the text before a mention negates it."""
        if self._slot.id == NEEDS:
            return bool(NEGATION.search(before) and not LACK.search(before))
        former = choice in self._replaceable and FORMERLY.search(before)
        return bool(former or NEVER.search(before) or NEGATION.search(before))

    def _find(self, clean: str) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
        """Return the mentions and the decoys of a text."""
        found: list[Mention] = []
        decoys: dict[str, list[Mention]] = {}
        for word, choice in self._list.candidates(clean):
            start = clean.find(word)
            while start >= 0:
                end = start + len(word)
                actual = choice.removeprefix(DECOY)
                taken = (*found, *decoys.get(actual, ()))
                if all(end <= m.start or start >= m.end for m in taken):
                    negated = self._is_negated(clean[:start], actual)
                    mention = Mention(start, end, actual, negated)
                    (found if actual == choice else decoys.setdefault(actual, [])).append(mention)
                start = clean.find(word, start + 1)
        found += self._split_mentions(clean, found) if "回" in clean or "归来" in clean else []
        for mention in self._gap_mentions(clean):
            if not any(m.start <= mention.start and mention.end <= m.end for m in found):
                found.append(mention)
        return (
            tuple(sorted(found, key=lambda m: (m.start, m.end))),
            tuple(mention for mentions in decoys.values() for mention in mentions),
        )

    def _split_mentions(self, clean: str, found: Sequence[Mention]) -> list[Mention]:
        """Return mentions of words that end in 回来 with other text before the 回来."""
        split = []
        for head, choice in self._heads:
            start = clean.find(head)
            back = self._back.search(clean, start + len(head)) if start >= 0 else None
            if back is None or any(m.start <= start and back.end() <= m.end for m in found):
                continue
            between = clean[start + len(head) : back.start()]
            if len(between) <= SPLIT_GAP_MAX and not _PAUSE.search(between):
                negated = self._is_negated(clean[:start], choice)
                split.append(Mention(start, back.end(), choice, negated))
        return split

    def _gap_mentions(self, clean: str) -> list[Mention]:
        """Return the mentions of words with other text between their two parts."""
        mentions = []
        for head, tail, choice in self._gaps:
            start = clean.find(head)
            end = clean.find(tail, start + len(head)) if start >= 0 else -1
            if end < 0 or choice.startswith(DECOY):
                continue
            between = clean[start + len(head) : end]
            if len(between) <= SPLIT_GAP_MAX and not _PAUSE.search(between):
                negated = self._is_negated(clean[:start], choice)
                mentions.append(Mention(start, end + len(tail), choice, negated))
        return mentions

    def _is_replaced(self, mention: Mention, found: Sequence[Mention]) -> bool:
        """Return whether another mention replaces this choice: 毕业 replaces 大学生 in
        “我是应届大学生，刚毕业” and “毕业两年的大学生”, not in “本科毕业，现在读研”."""
        return any(
            mention.choice in self._replaces[other.choice]
            and not other.negated
            and (other.start > mention.start or other.end + 1 >= mention.start)
            for other in found
        )

    def resolve(self, found: Sequence[Mention]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Reduce mentions to the choices stated and the choices denied. A slot with one answer
        keeps the last one stated."""
        slot = self._slot
        stated = [m.choice for m in found if not m.negated and not self._is_replaced(m, found)]
        if slot.none_choice in stated and len(set(stated)) > 1:
            stated = [c for c in stated if c != slot.none_choice]
        denied = [m.choice for m in found if m.negated and m.choice not in stated]
        if not slot.multiple:
            stated = stated[-1:]
        return tuple(dict.fromkeys(stated)), tuple(dict.fromkeys(denied))
