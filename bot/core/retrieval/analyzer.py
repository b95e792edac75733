"""A question taken apart: words, character pairs, syllable pairs, and the terms it means.

Terms are what the knowledge calls things (titles, keywords, synonyms). They are found literally,
through a synonym, through their English name, or by sound; jieba's dictionary is left alone,
since long terms in it would swallow their parts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from bot.core.domain.knowledge import Knowledge, OutOfScopeTopic, Support
from bot.core.text.locality import OtherCityDetector
from bot.core.text.normalizer import Cut, Lexicon, any_of, fold_syllable, is_han, runs

PAIR = 0.8
SOUND = 0.3
EXPANDED = 0.5
REPAIRED = 0.85
FOLDED = 0.6
TERM_MAX = 10
SOUND_MAX = 8
# Pairs of characters whose weight is remembered.
PAIRS = 8_192
SMALL_SHARE = 0.25

# Words and pairs that everybody uses in every question: they tell nothing.
_SMALL_WORDS = """
的 了 吗 呢 啊 吧 呀 嘛 么 咩 哦 我 你 您 他 她 它 我们 你们 他们 咱 俺 是 在 有 和 与 及 或
就 都 也 还 又 很 太 不 没 没有 要 想 能 会 可以 可 得 把 被 给 让 对 到 从 去 来 个 些 这
那 这个 那个 什么 怎么 怎样 如何 哪 哪里 哪个 多少 几 请问 请 一下 一个 现在 是不是 有没有
能不能 可不可以 行不行 知道 问 说 讲 听说 然后 但是 因为 所以 如果 而且 已经 柳州 柳州市 市
里 上 下 一 不是 只 才 再 那么 这么 这样 那样
"""
_SMALL_PAIRS = """
怎么 什么 可以 能不 不能 有没 没有 请问 是不 不是 哪里 多少 我们 我想 想问 问一 一下 柳州 我是 现在
知道 一个 这个 那个 怎样 如何 听说 已经 我的 你们 他们 是什 么办 吗请
"""
STOP_WORDS = frozenset(_SMALL_WORDS.split())
STOP_PAIRS = frozenset(_SMALL_PAIRS.split())


@dataclass(frozen=True, slots=True)
class Analysis:
    """A question as features (with weights), its character pairs, and the terms found in it."""

    text: str
    features: Mapping[str, float]
    pairs: Mapping[str, float]
    terms: tuple[str, ...]
    elsewhere: bool


@dataclass(frozen=True)
class Analyzer:
    """Takes questions apart the same way as it took the knowledge apart."""

    cut: Cut
    lexicon: Lexicon
    synonyms: Mapping[str, tuple[str, ...]]
    english: Mapping[str, tuple[str, ...]]
    terms: frozenset[str]
    places: OtherCityDetector
    spoken: Mapping[str, str] = field(default_factory=dict)

    def plain(self, text: str) -> str:
        """The text made comparable, and in standard words where it was said in dialect."""
        return in_standard(self.lexicon.normalise(text), self._spoken, self.spoken)

    @cached_property
    def _spoken(self) -> re.Pattern[str]:
        return any_of(self.spoken)

    @cached_property
    def said(self) -> dict[str, str]:
        """What people say → the standard word."""
        return {
            self.plain(say): standard
            for standard, sayings in self.synonyms.items()
            for say in sayings
        }

    @cached_property
    def english_words(self) -> frozenset[str]:
        """Every single English word that the knowledge has a meaning for."""
        return frozenset(word for phrase in self.english for word in phrase.split())

    @cached_property
    def by_sound(self) -> dict[tuple[str, ...], str]:
        """Folded syllables → the term that sounds so (the longest name wins nothing: first)."""
        table: dict[tuple[str, ...], str] = {}
        for term in sorted(self.terms | set(self.said), key=lambda t: (len(t), t)):
            if len(term) >= 2 and all(is_han(c) for c in term):
                sound = tuple(self.lexicon.folded.get(c, c) for c in term)
                table.setdefault(sound, term)
        return table

    def features(self, text: str, *, cap: bool = True) -> dict[str, float]:
        """Words, pairs and sounds of a text of ours, without guessing at what it means."""
        if cap:
            return self._plain(self.plain(text))
        whole: dict[str, float] = defaultdict(float)
        for start in range(0, len(text), 200):
            for feature, weight in self._plain(self.plain(text[start : start + 200])).items():
                whole[feature] += weight
        return whole

    def own_terms(self, entry: Support | OutOfScopeTopic) -> list[str]:
        """The terms that this entry goes by, in a fixed order."""
        names = {self.plain(k) for k in entry.keywords}
        text = self.plain(entry.title)
        names.update(t for t in self.terms if t in text)
        return sorted(names)

    def analyse(self, text: str) -> Analysis:
        """A founder's question: also looks for synonyms, English words, pinyin and homophones."""
        clean = self.plain(text)
        features = dict(self._plain(clean))
        literal = self._windows(clean)
        meant: dict[str, float] = {}
        for window in literal:
            if window in self.said:
                meant[self.said[window]] = EXPANDED
        for word in self._english(clean):
            meant[word] = 1.0
        guessed = self._by_sound(clean, literal)
        for term, weight in {**guessed, **meant}.items():
            for feature, value in self._of_term(term).items():
                features[feature] = max(features.get(feature, 0.0), value * weight)
        # In the order of the text, not of a set: two processes must come to the same answer.
        terms = dict.fromkeys((*(w for w in literal if w in self.terms), *meant, *guessed))
        for term in terms:
            features[f"t:{term}"] = max(meant.get(term, 0.0), guessed.get(term, 0.0)) or 1.0
        pairs = {f: self._pair_weight(f[2:]) for f in features if f[0] in "bl"}
        if not pairs:
            pairs = {f: 1.0 for f in features if f[0] in "wp"}
        return Analysis(
            text=clean,
            features=features,
            pairs=pairs,
            terms=tuple(terms),
            elsewhere=self.places.elsewhere(clean),
        )

    def _plain(self, clean: str) -> dict[str, float]:
        features: dict[str, float] = {}
        for word in self.cut(clean):
            if word in STOP_WORDS or not word[:1].isalnum():
                continue
            if is_han(word[0]):
                features[f"w:{word}"] = 1.0 if len(word) > 1 else 0.4
            elif len(word) > 1 and not self._is_pinyin(word):
                features[f"w:{word}"] = 1.0
        sounds: list[str] = []
        for run in runs(clean):
            if is_han(run[0]):
                for left, right in pairwise(run):
                    if left + right not in STOP_PAIRS:
                        features[f"b:{left}{right}"] = PAIR
                sounds += [self.lexicon.folded.get(c, c) for c in run]
            elif run[0].isalpha():
                syllables = self.lexicon.split_pinyin(run) if self._is_pinyin(run) else ()
                if syllables:
                    sounds += [fold_syllable(s) for s in syllables]
                else:
                    features[f"l:{run}"] = PAIR
                    sounds.append("|")
            else:
                if len(run) > 1:
                    features[f"l:{run}"] = PAIR
                sounds.append("|")
        for first, second in pairwise(sounds):
            if "|" not in (first, second):
                features[f"p:{first} {second}"] = SOUND
        return features

    def _is_pinyin(self, latin: str) -> bool:
        """Whether a Latin run reads as pinyin; words that we know as English are not."""
        return (
            len(latin) > 1
            and latin not in self.english_words
            and bool(self.lexicon.split_pinyin(latin))
        )

    @cached_property
    def _openings(self) -> dict[str, int]:
        """The first two characters of every term and saying → how long the longest one is."""
        openings: dict[str, int] = {}
        for name in (*self.terms, *self.said):
            if 2 <= len(name) <= TERM_MAX:
                openings[name[:2]] = max(len(name), openings.get(name[:2], 0))
        return openings

    def _windows(self, clean: str) -> list[str]:
        """The terms and sayings that stand in the text, in the order of the text."""
        found: dict[str, None] = {}
        for start in range(len(clean) - 1):
            longest = self._openings.get(clean[start : start + 2], 0)
            for end in range(start + 2, min(len(clean), start + longest) + 1):
                window = clean[start:end]
                if window in self.terms or window in self.said:
                    found[window] = None
        return list(found)

    def _of_term(self, term: str) -> Mapping[str, float]:
        """The features of a term of ours; made once a term."""
        known = self._term_features.get(term)
        if known is None:
            known = self._term_features[term] = self._plain(self.plain(term))
        return known

    @cached_property
    def _term_features(self) -> dict[str, Mapping[str, float]]:
        return {}

    def _english(self, clean: str) -> list[str]:
        words = [r for r in runs(clean) if r[0].isascii() and r[0].isalpha()]
        meant: list[str] = []
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + 3) + 1):
                meant += self.english.get(" ".join(words[start:end]), ())
        return meant

    @cached_property
    def _sounds(self) -> dict[tuple[str, ...], int]:
        """The first two syllables of every term by sound → how long the longest one is."""
        sounds: dict[tuple[str, ...], int] = {}
        for sound in self.by_sound:
            sounds[sound[:2]] = max(len(sound), sounds.get(sound[:2], 0))
        return sounds

    def _by_sound(self, clean: str, literal: Sequence[str]) -> dict[str, float]:
        """Terms that sound like a stretch of the text and do not stand in it themselves."""
        guessed: dict[str, float] = {}
        for syllables, chars in self._sounding(clean):
            folded = [fold_syllable(s) for s in syllables]
            for start, opening in enumerate(pairwise(folded)):
                longest = min(self._sounds.get(opening, 0), SOUND_MAX)
                for end in range(start + 2, min(len(folded), start + longest) + 1):
                    term = self.by_sound.get(tuple(folded[start:end]))
                    if term is None:
                        continue
                    typed = "".join(chars[start:end])
                    if any(term in word or (typed and typed in word) for word in literal):
                        continue
                    if typed and not self._close(typed, term):
                        continue
                    exact = all(
                        self.lexicon.syllables.get(c) == s
                        for c, s in zip(term, syllables[start:end], strict=True)
                    )
                    weight = REPAIRED if exact else FOLDED
                    standard = self.said.get(term, term)
                    guessed[standard] = max(guessed.get(standard, 0.0), weight)
                    guessed[term] = max(guessed.get(term, 0.0), weight)
        return guessed

    @staticmethod
    def _close(typed: str, term: str) -> bool:
        same = sum(a == b for a, b in zip(typed, term, strict=True))
        return same >= 1 and same * 3 >= len(term)

    def _sounding(self, clean: str) -> list[tuple[list[str], list[str]]]:
        """Stretches of syllables with the characters behind them ("" where pinyin was typed)."""
        stretches: list[tuple[list[str], list[str]]] = []
        latin: tuple[list[str], list[str]] = ([], [])
        for run in runs(clean):
            if is_han(run[0]):
                stretches.append(([self.lexicon.syllables.get(c, c) for c in run], list(run)))
            elif self._is_pinyin(run):
                syllables = self.lexicon.split_pinyin(run)
                latin[0].extend(syllables)
                latin[1].extend("" for _ in syllables)
        if latin[0]:
            stretches.append(latin)
        return stretches

    @cached_property
    def _pair_weight(self) -> Callable[[str], float]:
        return lru_cache(maxsize=PAIRS)(self._weigh_pair)

    def _weigh_pair(self, pair: str) -> float:
        if not is_han(pair[0]):
            return 0.8
        weight = sum(map(self.lexicon.weight, pair)) / len(pair)
        return weight if STOP_WORDS.isdisjoint(pair) else weight * SMALL_SHARE

    def is_elsewhere(self, text: str) -> bool:
        """Whether a question is about another city."""
        return self.places.elsewhere(self.plain(text))


def in_standard(clean: str, words: re.Pattern[str], spoken: Mapping[str, str]) -> str:
    """A normalised text with each word of dialect replaced by the standard one."""
    return words.sub(lambda found: spoken[found[0]], clean)


def analyser(knowledge: Knowledge, cut: Cut, lexicon: Lexicon) -> Analyzer:
    """An analyser for this knowledge: its terms are the names that the entries go by."""
    supports = tuple(knowledge.supports.values())
    entries: tuple[Support | OutOfScopeTopic, ...] = (*supports, *knowledge.signposts.values())
    words = any_of(knowledge.spoken)

    def plain(text: str) -> str:
        return in_standard(lexicon.normalise(text), words, knowledge.spoken)

    names: set[str] = set(knowledge.synonyms)
    for entry in entries:
        names.update(plain(keyword) for keyword in entry.keywords)
        names.update(w for w in cut(plain(entry.title)) if len(w) > 1)
    for support in supports:
        names.update(w for w in cut(plain(support.quote)) if len(w) > 2)
    return Analyzer(
        cut=cut,
        lexicon=lexicon,
        synonyms=knowledge.synonyms,
        english=knowledge.english,
        terms=frozenset(n for n in names if 2 <= len(n) <= TERM_MAX and n not in STOP_WORDS),
        places=OtherCityDetector.of(knowledge, lexicon),
        spoken=knowledge.spoken,
    )
