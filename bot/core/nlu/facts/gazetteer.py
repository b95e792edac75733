"""Find the words of the choices of all slots in one pass over a text, the longest words first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bot.core.domain.knowledge import Choice, Slot
from bot.core.nlu.facts.word_scanner import WordScanner
from bot.core.text.normalizer import Lexicon

# Longest text, in characters, between the parts of a split mention: “从英国（读完硕士）回来”.
# Chosen by hand on the development questions.
SPLIT_GAP_MAX = 10
# Entries in the LRU cache of texts and their mentions.
CACHE_SIZE = 256
# Stand in a word for other text between two parts: without a pause, and with or without a comma.
GAP, WIDE_GAP = "...", "...,..."
_BACK = "回来"
_PAUSES, _STOPS = ",，。?？!！;； ", "。?？!！;；"


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of a choice: the characters `start:end` of a text."""

    start: int
    end: int
    choice: str


class _Word(NamedTuple):
    """What a word means: a choice, or with `decoy` no mention of it. `frames`: the tails that may
    follow with other text between, each with whether that may have a comma."""

    slot: str
    choice: str
    decoy: bool = False
    tail: str = ""
    wide: bool = False


class _Hit(NamedTuple):
    """A word in a text. It sorts before those that it hides: `known` is the negative number of
    characters that its word has, without other text between its parts."""

    known: int
    real: bool
    start: int
    end: int
    choice: str


@dataclass(frozen=True, slots=True)
class Found:
    """The mentions and the decoys of one slot in a text, in the order of the text."""

    mentions: tuple[Mention, ...] = ()
    decoys: tuple[Mention, ...] = ()


class Gazetteer:
    """Finds the choices of all slots by their labels and words. A decoy is a text that contains a
    word of a choice and does not mean it (`Choice.not_words`, `Choice.denied_by`)."""

    def __init__(
        self, slots: Iterable[Slot], lexicon: Lexicon, returns: Sequence[str] = ()
    ) -> None:
        """Build it. `returns`: words of a return to the city, which count as 回来."""
        self._slots = {slot.id: slot for slot in slots}
        words: set[tuple[str, _Word]] = set()
        for slot in self._slots.values():
            for choice in slot.choices:
                words.update(self._words_of(slot.id, choice, lexicon, returns))
        self._words = words
        self._scanner = WordScanner(sorted(words))
        self.find_all: Callable[[str], Mapping[str, Found]]
        self.find_all = lru_cache(maxsize=CACHE_SIZE)(self._find)

    def _words_of(
        self, slot: str, choice: Choice, lexicon: Lexicon, returns: Sequence[str]
    ) -> Iterable[tuple[str, _Word]]:
        own = (choice.label, *choice.label.split("/"), *choice.words)
        for decoy, texts in ((False, own), (True, (*choice.not_words, *choice.denied_by))):
            for text in texts:
                gap = next((g for g in (WIDE_GAP, GAP) if g in text), "")
                head, _, tail = text.partition(gap) if gap else (text, "", "")
                wide = gap == WIDE_GAP
                for end in (tail, *(returns if tail == _BACK else ())):
                    word = _Word(slot, choice.id, decoy, lexicon.normalize(end), wide)
                    yield lexicon.normalize(head), word

    def words(self, slot: str) -> list[str]:
        """Return every word of a slot without a gap, decoys included."""
        return [word for word, meaning in self._words if meaning.slot == slot and not meaning.tail]

    def find(self, clean: str, slot: str) -> tuple[Mention, ...]:
        """Return the mentions of the choices of a slot, in the order of the text."""
        return self.find_all(clean).get(slot, Found()).mentions

    def _find(self, clean: str) -> Mapping[str, Found]:
        """Return the mentions and the decoys of a normalized text, by slot."""
        hits: dict[str, list[_Hit]] = {}
        for start, end, word in self._scanner.scan(clean):
            last = _tail_end(clean, end, word) if word.tail else end
            if last:
                known = end - start + len(word.tail)
                hit = _Hit(-known, not word.decoy, start, last, word.choice)
                hits.setdefault(word.slot, []).append(hit)
        return {slot: _longest(spans) for slot, spans in hits.items()}

    def resolve(
        self, slot_id: str, mentions: Sequence[tuple[Mention, bool]]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Reduce mentions, each with whether it is negated, to the choices stated and the choices
        denied. A slot with one answer keeps the last one stated."""
        slot = self._slots[slot_id]
        found = [
            mention.choice
            for mention, negated in mentions
            if not negated and not self._is_replaced(slot, mention, mentions)
        ]
        if slot.none_choice in found and len(set(found)) > 1:
            found = [c for c in found if c != slot.none_choice]
        denied = [m.choice for m, negated in mentions if negated and m.choice not in found]
        return tuple(dict.fromkeys(found if slot.multiple else found[-1:])), tuple(
            dict.fromkeys(denied)
        )

    @staticmethod
    def _is_replaced(
        slot: Slot, mention: Mention, mentions: Sequence[tuple[Mention, bool]]
    ) -> bool:
        """Return whether another mention replaces this choice: 毕业 replaces 大学生 in
        “我是应届大学生，刚毕业” and “毕业两年的大学生”, not in “本科毕业，现在读研”."""
        return any(
            not negated
            and (other.start > mention.start or other.end + 1 >= mention.start)
            and mention.choice
            in (choice.replaces if (choice := slot.choice(other.choice)) else ())
            for other, negated in mentions
        )


def _tail_end(clean: str, end: int, word: _Word) -> int:
    """Return where the second part of a split word ends; 0 if it does not follow."""
    at = clean.find(word.tail, end, end + SPLIT_GAP_MAX + len(word.tail))
    stops = _STOPS if word.wide else _PAUSES
    if at < 0 or any(c in stops for c in clean[end:at]):
        return 0
    return at + len(word.tail)


def _longest(hits: list[_Hit]) -> Found:
    """Keep the longest of overlapping words; a decoy comes before a word of the same length and
    hides the words of its choice only."""
    mentions: list[Mention] = []
    decoys: list[Mention] = []
    for _, real, start, end, choice in sorted(hits):
        taken = [*mentions, *(d for d in decoys if d.choice == choice)]
        if all(end <= m.start or start >= m.end for m in taken):
            (mentions if real else decoys).append(Mention(start, end, choice))
    mentions.sort(key=lambda m: (m.start, m.end))
    decoys.sort(key=lambda m: (m.start, m.end))
    return Found(tuple(mentions), tuple(decoys))
